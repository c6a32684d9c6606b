"""What the patient owes: statements, payments, plans, charity, small balances, bad debt, refunds."""

from random import Random

from data_access.demo.events import Account, Entry, Events
from data_access.demo.timing import next_weekday

STATEMENT_CYCLE = 30
STATEMENTS = 3
SMALL_BALANCE = 500
METHODS = ("card", "card", "portal", "portal", "check", "cash")
#: Probability that a balance is paid in the end, by its size in cents: the pay-or-walk line lies near $500, and
#: little comes in above $7,500 (Crowe, patient collections 2021-23).
PAYS = ((5_000, 0.62), (20_000, 0.54), (50_000, 0.40), (100_000, 0.25), (750_000, 0.17))
PAYS_LARGE = 0.08
#: Share of the payers who pay after the first, second ... statement.
PAYS_AFTER = (0.55, 0.28, 0.17)


class _Bill:
    """One account's patient balance, and the rows it leads to."""

    def __init__(self, random: Random, account: Account, balance: int, until: int, events: Events) -> None:
        self.random = random
        self.account = account
        self.balance = balance
        self.until = until
        self.entries = events.entries

    def enter(self, day: int, entry_type: str, amount: int = 0, **more: str) -> None:
        if day <= self.until:
            self.entries.append(Entry(self.account, day, entry_type, amount, **more))

    def pay(self, day: int, amount: int) -> None:
        self.enter(day, "patient_payment", amount, method=self.random.choice(METHODS))

    def collect(self, first_statement: int) -> None:
        """Statements every 30 days until paid, forgiven, planned or given up."""
        random, balance = self.random, self.balance
        if self.account.patient.charity:
            self.enter(first_statement, "statement")
            self.enter(first_statement + random.randint(15, 60), "charity", balance)
            return
        chance = next((share for limit, share in PAYS if balance <= limit), PAYS_LARGE)
        pays_after = random.choices(range(STATEMENTS), PAYS_AFTER)[0] if random.random() < chance else STATEMENTS
        for number in range(min(pays_after + 1, STATEMENTS)):
            self.enter(first_statement + number * STATEMENT_CYCLE, "statement")
        if pays_after == STATEMENTS:
            self._give_up(first_statement + STATEMENTS * STATEMENT_CYCLE)
            return
        day = first_statement + pays_after * STATEMENT_CYCLE + random.randint(3, 28)
        if balance > 40_000 and random.random() < 0.45:
            self._plan(day)
        else:
            self.pay(day, balance)

    def _plan(self, day: int) -> None:
        """Monthly instalments; one in four plans stops half way (20 to 30 % of in-house plans do)."""
        parts = self.random.choice((3, 4, 6))
        kept = parts if self.random.random() > 0.25 else parts // 2
        part = self.balance // parts
        for number in range(kept):
            amount = self.balance - part * (parts - 1) if number == parts - 1 else part
            self.pay(day + number * STATEMENT_CYCLE, amount)
        if kept < parts:
            self.enter(day + (kept + 3) * STATEMENT_CYCLE, "bad_debt", self.balance - part * kept)

    def _give_up(self, day: int) -> None:
        """Placed as bad debt after 100 to 180 days, part of it paid before now and then (MGMA polls)."""
        balance, random = self.balance, self.random
        if random.random() < 0.2 and balance > 2_000:
            part = balance * random.randint(20, 50) // 100
            self.pay(day - random.randint(5, 50), part)
            balance -= part
        self.enter(day + random.randint(10, 90), "bad_debt", balance)


def bill_patient(random: Random, account: Account, share: int, since: int, until: int, events: Events) -> None:
    """Bill what is the patient's since a day, less what they paid at the visit; refund what they paid too much."""
    balance = share - account.copay
    bill = _Bill(random, account, balance, until, events)
    if balance < 0:
        if random.random() < 0.8:
            bill.enter(since + random.randint(20, 75), "patient_refund", -balance, method="check")
    elif 0 < balance < SMALL_BALANCE and random.random() < 0.6:
        bill.enter(since + random.randint(10, 40), "write_off", balance, side="patient", reason="small_balance")
    elif balance > 0:
        bill.collect(next_weekday(since + 3, 3))


def collect_self_pay(random: Random, account: Account, until: int, events: Events) -> None:
    """No insurance: something at the visit, a discount for paying oneself, statements for the rest."""
    bill = _Bill(random, account, account.charge, until, events)
    day = account.service_day
    discount = account.charge * 40 // 100
    bill.enter(day + 2, "write_off", discount, side="patient", reason="other")
    bill.balance -= discount
    if random.random() < 0.4:
        part = bill.balance * random.choice((25, 50, 100)) // 100
        bill.enter(day, "patient_payment", part, method="point_of_service")
        bill.balance -= part
    if bill.balance:
        bill.collect(next_weekday(day + 7, 3))
