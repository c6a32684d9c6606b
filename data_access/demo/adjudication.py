"""How a payer answers a claim: what it allows, pays, leaves to the patient, or denies, line by line."""

from random import Random

from data_access.demo.events import Account, Cas, PaidLine, ServiceLine
from data_access.demo.practice import Payer
from data_access.demo.reasons import Reason
from data_access.demo.stories import UNDERPAYER, VISIT_UNDERPAYER

#: Paid lines that fall short of the contract in any case (3 to 5 %, by 5 to 20 %).
SHORT, SHORT_BY = 0.04, (0.80, 0.95)


class CostShare:
    """What the member bears of a claim's allowed amounts."""

    __slots__ = ("coinsurance", "copay", "deductible")

    def __init__(self, deductible: int, coinsurance: float, copay: int) -> None:
        self.deductible = deductible
        self.coinsurance = coinsurance
        self.copay = copay

    def take(self, allowed: int) -> list[Cas]:
        """Adjustments of group PR for one line; what was taken here is not taken again."""
        taken: list[Cas] = []
        rest = allowed
        if self.deductible and rest:
            amount = min(self.deductible, rest)
            self.deductible -= amount
            rest -= amount
            taken.append(("PR", "1", amount))
        if self.copay and rest:
            amount = min(self.copay, rest)
            self.copay -= amount
            rest -= amount
            taken.append(("PR", "3", amount))
        elif self.coinsurance and rest:
            amount = round(rest * self.coinsurance)
            if amount:
                taken.append(("PR", "2", amount))
        return taken


def cost_share(random: Random, payer: Payer, month: int, copay: int) -> CostShare:
    """A member's share by kind of benefit; deductibles bite early in the year."""
    early = random.random() < max(0.06, 0.52 - 0.05 * month)
    if payer.benefit == "medicare":
        return CostShare(random.randint(4000, 24000) if early and random.random() < 0.35 else 0, 0.2, 0)
    if payer.benefit == "advantage":
        return CostShare(0, 0.0, copay) if copay else CostShare(0, 0.12, 0)
    if payer.benefit == "medicaid":
        return CostShare(0, 0.0, 300 if random.random() < 0.12 else 0)
    if payer.benefit == "commercial":
        if early:
            return CostShare(random.randint(10000, 200000), 0.2, 0)
        return CostShare(0, 0.0, copay) if copay else CostShare(0, 0.22, 0)
    return CostShare(0, 0.0, 0)


def contract_amount(line: ServiceLine, payer: Payer) -> int:
    """What the payer's contract says of a line; for one without a contract, what it usually allows."""
    return min(line.charge, round(line.fee * payer.price))


def allowed_amount(random: Random, line: ServiceLine, payer: Payer, days_before_end: int) -> int:
    """What the payer allows for a line; now and then less than its contract says."""
    share = 1.0
    if payer.identifier == UNDERPAYER.payer and UNDERPAYER.covers(days_before_end):
        share = UNDERPAYER.strength
    elif random.random() < SHORT:
        share = random.uniform(*SHORT_BY)
    visit = payer.identifier == VISIT_UNDERPAYER.payer and line.modifier == "25"
    if visit and VISIT_UNDERPAYER.covers(days_before_end):
        share = VISIT_UNDERPAYER.strength
    return round(contract_amount(line, payer) * share)


def pay_lines(
    random: Random, account: Account, payer: Payer, share: CostShare, denied: dict[int, Reason], days_before_end: int
) -> list[PaidLine]:
    """Adjudicate every line as primary payer; `denied` names the reason by position of the line."""
    lines = []
    for position, line in enumerate(account.lines):
        reason = denied.get(position)
        if reason is None:
            allowed = allowed_amount(random, line, payer, days_before_end)
            adjustments = share.take(allowed)
            paid = allowed - sum(amount for _, _, amount in adjustments)
            if line.charge > allowed:
                adjustments.insert(0, ("CO", "45", line.charge - allowed))
            lines.append(PaidLine(line, paid, adjustments))
        else:
            group, code, remark, _ = choose(random, reason)
            lines.append(PaidLine(line, 0, [(group, code, line.charge)], remark))
    return lines


def choose(random: Random, reason: Reason) -> tuple[str, str, str, int]:
    """One of the reason's codes, by weight."""
    if len(reason.codes) == 1:
        return reason.codes[0]
    return random.choices(reason.codes, [code[3] for code in reason.codes])[0]


def reversed_lines(lines: list[PaidLine]) -> list[PaidLine]:
    """The lines of a payment taken back (CLP02 = 22); their charges are negated when written."""
    return [
        PaidLine(line.line, -line.paid, [(group, code, -amount) for group, code, amount in line.adjustments])
        for line in lines
    ]


def secondary_lines(lines: list[PaidLine], covers_all: bool) -> list[PaidLine]:
    """A secondary payer's answer: what the primary did is CARC 23, the rest is paid, or most of it."""
    result = []
    for line in lines:
        share = line.share
        adjustments: list[Cas] = []
        if line.line.charge > share:
            adjustments.append(("OA", "23", line.line.charge - share))
        left = 0 if covers_all else round(share * 0.2)
        if left:
            adjustments.append(("PR", "2", left))
        result.append(PaidLine(line.line, share - left, adjustments))
    return result
