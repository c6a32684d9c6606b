"""The course of one account: from the charge to its last payment or write-off, as far as time has come."""

from random import Random
from typing import Any

from data_access.demo.adjudication import cost_share, pay_lines, reversed_lines, secondary_lines
from data_access.demo.events import Account, Entry, Events, Paid, PaidLine, ProviderLevel, Sent
from data_access.demo.front_end import FORGOTTEN, LOST, rejection, told_day
from data_access.demo.patient_billing import bill_patient, collect_self_pay
from data_access.demo.practice import Payer
from data_access.demo.reasons import BY_NAME, DUPLICATE, REASONS, WEIGHTS, Reason
from data_access.demo.stories import (
    APPEAL_PROGRAMME,
    AUTHORIZATION_SPIKE,
    ELIGIBILITY_LAPSE,
    MISSED_FILING,
    SLOW_PAYER,
)
from data_access.demo.timing import batch_day, lognormal_days, pay_day

#: Claims that no payer ever answers, and how many of these somebody notices and sends again.
SILENT, NOTICED = 0.012, 0.85
#: A payer now and then pays a claim in two parts.
SPLIT = 0.006
VOIDED, PAID_TWICE, RECOUPED = 0.003, 0.002, 0.002
#: A denial that nobody works is given up after about so many days.
GIVEN_UP_AFTER, FINAL_AFTER = 95, 20


class Course:
    """Makes the events of one account, none later than `events.until`. `front` draws what front ends do."""

    def __init__(self, random: Random, front: Random, account: Account, month: int, events: Events) -> None:
        self.random = random
        self.front = front
        self.account = account
        self.until = events.until
        self.month = month
        self.events = events
        #: Reason for which the first answer denied something.
        self.denied_for = ""
        self._numbers = 0
        self._sent_again = False

    def run(self, twice_of: bool = False) -> None:
        """Play the account; `twice_of`: it is a visit posted a second time by mistake."""
        account, payer = self.account, self.account.patient.payer
        if payer is None:
            self._charge_row()
            collect_self_pay(self.random, account, self.until, self.events)
            return
        if account.copay:
            self.enter(account.service_day, "patient_payment", account.copay, method="point_of_service")
        day = self._submission_day(payer)
        if day > self.until:
            self._charge_row()
            return
        if twice_of:
            self._duplicate(self._send(day, payer))
        elif why := rejection(self.front, account, day, self.until):
            self._mend(self._send(day, payer, rejection=why))
        elif self._silent(day, payer):
            self._chase(self._send(day, payer, lost=self.front.random() < LOST))
        else:
            self._answer(self._send(day, payer))

    # --- small steps ---

    def enter(self, day: int, entry_type: str, amount: int, side: str = "", reason: str = "", method: str = "") -> None:
        """A row of transactions.csv, unless it lies in the future."""
        if day <= self.until:
            self.events.entries.append(Entry(self.account, day, entry_type, amount, side, reason, method))

    def _charge_row(self) -> None:
        self.enter(self.account.service_day, "charge", self.account.charge)

    def _send(self, day: int, payer: Payer, sequence: int = 1, frequency: str = "1", **more: Any) -> Sent:
        sent = Sent(self.account, day, payer, sequence, frequency, **more)
        self.events.sent.append(sent)
        return sent

    def _number(self, payer: Payer) -> str:
        """A payer claim number."""
        self._numbers += 1
        return f"{payer.identifier[3:]}{self.account.number[1:]}{self._numbers}"

    def _pay(self, day: int, payer: Payer, status: str, lines: list[PaidLine], number: str = "", **more: Any) -> Paid:
        paid = Paid(self.account, day, payer, status, number or self._number(payer), lines, **more)
        if day <= self.until:
            self.events.paid.append(paid)
        return paid

    # --- the way to the payer ---

    def _batch_day(self, day: int) -> int:
        return batch_day(day, self.account.provider.clinic.institutional)

    def _submission_day(self, payer: Payer) -> int:
        account, random = self.account, self.random
        before_end = self.until - account.service_day
        late = payer.identifier == MISSED_FILING.payer and account.provider.clinic.npi == MISSED_FILING.clinic
        if late and MISSED_FILING.covers(before_end) and random.random() < MISSED_FILING.strength:
            return self._batch_day(account.service_day + random.randint(95, 112))
        charge_lag = random.choice((0, 0, 0, 1, 1, 2))
        return self._batch_day(account.service_day + charge_lag + lognormal_days(random, 1.3, 0.6))

    def _slow(self, day: int, payer: Payer) -> bool:
        return payer.identifier == SLOW_PAYER.payer and SLOW_PAYER.covers(self.until - day)

    def _silent(self, day: int, payer: Payer) -> bool:
        return self.random.random() < (0.1 if self._slow(day, payer) else SILENT)

    def _mend(self, sent: Sent) -> None:
        """Sent back unread: corrected and sent again as a new claim, or forgotten until it is too late."""
        random, account = self.front, self.account
        if random.random() < FORGOTTEN:
            late = account.service_day + sent.payer.filing_limit + random.randint(5, 40)
            self.enter(late, "denial_write_off", account.charge, reason="timely_filing")
            return
        day = self._batch_day(told_day(sent) + lognormal_days(random, 5, 0.7))
        if day <= self.until:
            self._answer(self._send(day, sent.payer))

    def _chase(self, sent: Sent) -> None:
        """Nobody answers: sent again when noticed, else written off when it is too late."""
        random = self.random
        if random.random() < NOTICED:
            day = self._batch_day(sent.day + random.randint(45, 80))
            if day <= self.until:
                self._answer(self._send(day, sent.payer))
        else:
            self.enter(
                sent.day + random.randint(160, 280), "denial_write_off", self.account.charge, reason="timely_filing"
            )

    def _answer_day(self, sent: Sent) -> int:
        payer = sent.payer
        lag = max(11.0, payer.lag - 4) if payer.benefit == "medicare" else payer.lag - 5.5
        if self._slow(sent.day, payer):
            lag *= SLOW_PAYER.strength
        return pay_day(
            payer, sent.day + lognormal_days(self.random, lag, 0.16 if payer.benefit == "medicare" else 0.26)
        )

    # --- the answer ---

    def _answer(self, sent: Sent) -> None:
        day = self._answer_day(sent)
        if day > self.until:
            return
        denied = self._denied_lines(sent, day)
        lines = self._adjudicate(sent, day, denied)
        reason = next(iter(denied.values()), None)
        self.denied_for = reason.name if reason else ""
        whole = reason is not None and len(denied) == len(self.account.lines)
        paid = self._pay_first(sent, day, lines, reason is None)
        if reason is None:
            self._after_payment(paid)
        else:
            self._after_denial(sent, paid, reason, whole)

    def _adjudicate(self, sent: Sent, day: int, denied: dict[int, Reason]) -> list[PaidLine]:
        share = cost_share(self.random, sent.payer, self.month, self.account.copay)
        return pay_lines(self.random, self.account, sent.payer, share, denied, self.until - day)

    def _denied_lines(self, sent: Sent, day: int) -> dict[int, Reason]:
        """Reason by line position; empty when nothing is denied."""
        account, random, payer = self.account, self.random, sent.payer
        reason = self._story_reason(sent, day)
        if reason is None and random.random() < payer.denial_rate:
            reason = random.choices(REASONS, WEIGHTS)[0]
        if reason is None:
            return {}
        count = len(account.lines)
        whole = count == 1 or reason.name in ("eligibility", "coordination", "timely filing") or random.random() < 0.62
        return dict.fromkeys(range(count) if whole else [random.randrange(count)], reason)

    def _story_reason(self, sent: Sent, day: int) -> Reason | None:
        account, chance = self.account, self.random.random()
        if sent.day - account.service_day > sent.payer.filing_limit:
            return BY_NAME["timely filing"]
        spike = sent.payer.identifier == AUTHORIZATION_SPIKE.payer and account.provider.specialty.needs_authorization
        if spike and AUTHORIZATION_SPIKE.covers(self.until - day) and chance < AUTHORIZATION_SPIKE.strength:
            return BY_NAME["authorization"]
        lapse = account.provider.clinic.npi == ELIGIBILITY_LAPSE.clinic
        if lapse and ELIGIBILITY_LAPSE.covers(self.until - account.service_day) and chance < ELIGIBILITY_LAPSE.strength:
            return BY_NAME["eligibility"]
        return None

    def _pay_first(self, sent: Sent, day: int, lines: list[PaidLine], clean: bool) -> Paid:
        """The first claim payment, or two when the payer splits the claim."""
        patient = self.account.patient
        forwards = clean and patient.second_payer is not None and patient.crossover
        crossover = patient.second_payer.name if forwards and patient.second_payer else ""
        if clean and len(lines) > 1 and self.random.random() < SPLIT:
            self._pay(day, sent.payer, "1", lines[:1])
            rest = self._pay(day, sent.payer, "1", lines[1:])
            return Paid(self.account, day, sent.payer, "1", rest.number, lines)
        return self._pay(day, sent.payer, "19" if crossover else "1", lines, crossover=crossover)

    # --- after it ---

    def _after_payment(self, paid: Paid) -> None:
        random = self.random
        chance = random.random()
        if chance < VOIDED:
            self._void(paid)
            return
        if chance < VOIDED + PAID_TWICE:
            again = self._pay(pay_day(paid.payer, paid.day + 7), paid.payer, "1", paid.lines)
            self._take_back(again, pay_day(paid.payer, paid.day + random.randint(60, 110)))
        elif chance < VOIDED + PAID_TWICE + RECOUPED:
            self._recoup(paid)
        self._bill_rest(paid)

    def _bill_rest(self, paid: Paid) -> None:
        """What the primary left goes to the secondary, else to the patient."""
        if paid.share and self.account.patient.second_payer:
            self._secondary(paid)
        else:
            bill_patient(self.random, self.account, paid.share, paid.day, self.until, self.events)

    def _secondary(self, primary: Paid) -> None:
        patient, random = self.account.patient, self.random
        payer = patient.second_payer
        assert payer is not None
        if primary.crossover:
            day = primary.day + random.randint(8, 20)
        else:
            day = self._batch_day(primary.day + random.randint(2, 9))
            if day > self.until:
                return
            self._send(day, payer, sequence=2, prior_paid=primary.paid)
            day += lognormal_days(random, payer.lag, 0.4)
        if random.random() < 0.03:  # lost on the way
            self.enter(primary.day + 300, "write_off", primary.share, reason="timely_filing")
            return
        lines = secondary_lines(primary.lines, covers_all=random.random() < 0.85)
        paid = self._pay(pay_day(payer, day), payer, "2", lines)
        bill_patient(random, self.account, paid.share, paid.day, self.until, self.events)

    def _take_back(self, paid: Paid, day: int) -> None:
        """Reversal of a claim payment (CLP02 = 22), under its own payer claim number."""
        self._pay(day, paid.payer, "22", reversed_lines(paid.lines), paid.number)

    def _void(self, paid: Paid) -> None:
        """Billed in error: void (frequency 8), and the payer takes its payment back."""
        day = self._batch_day(paid.day + self.random.randint(5, 20))
        if day <= self.until:
            self._send(day, paid.payer, frequency="8", original_reference=paid.number)
            self._take_back(paid, pay_day(paid.payer, day + self.random.randint(14, 28)))
            if self.account.copay:
                self.enter(day + 10, "patient_refund", self.account.copay, method="check")

    def _recoup(self, paid: Paid) -> None:
        """The payer finds that it paid too much and keeps it from a later payment (PLB WO)."""
        amount = paid.paid // 5
        day = pay_day(paid.payer, paid.day + self.random.randint(60, 150))
        if amount and day <= self.until:
            self.events.provider_level.append(ProviderLevel(paid.payer, day, "WO", paid.number, amount))
            self.enter(day, "recoupment", amount)
            self.enter(day, "write_off", amount, reason="other")

    def _duplicate(self, sent: Sent) -> None:
        day = pay_day(sent.payer, sent.day + self.random.randint(12, 24))
        if day > self.until:
            return
        denied = dict.fromkeys(range(len(self.account.lines)), DUPLICATE)
        paid = self._pay(day, sent.payer, "1", self._adjudicate(sent, day, denied))
        void_on = self._batch_day(day + self.random.randint(35, 70))
        if void_on <= self.until:
            self._send(void_on, sent.payer, frequency="8", original_reference=paid.number)

    # --- denials ---

    def _after_denial(self, sent: Sent, paid: Paid, reason: Reason, whole: bool) -> None:
        random, day = self.random, paid.day
        to_patient = any(
            group == "PR" and code not in "123" for line in paid.lines for group, code, _ in line.adjustments
        )
        if to_patient:
            bill_patient(random, self.account, paid.share, day, self.until, self.events)
            return
        rework, success, quick = reason.rework, reason.success, 1.0
        if sent.payer.identifier == APPEAL_PROGRAMME.payer:
            rework, success, quick = APPEAL_PROGRAMME.strength, 0.96, 0.4
        if self._sent_again:
            rework = 0.0
        denied = sum(line.line.charge for line in paid.lines if not line.paid and not line.share)
        if random.random() >= rework:
            if not whole:
                self._bill_rest(paid)
            after = GIVEN_UP_AFTER if not self._sent_again and reason.name != "timely filing" else FINAL_AFTER
            self.enter(day + lognormal_days(random, after, 0.45), "denial_write_off", denied, reason=reason.write_off)
            return
        self._sent_again = True
        rework_day = self._batch_day(day + lognormal_days(random, 11 * quick, 0.6))
        if random.random() < success:
            self._overturned(sent, paid, reason, whole, rework_day)
        else:
            self._upheld(sent, paid, reason, whole, rework_day, denied)

    def _reworked(self, sent: Sent, paid: Paid, reason: Reason, whole: bool, day: int) -> int | None:
        """Send the correction or file the appeal; the day of the payer's answer, None when that is in the future."""
        if day > self.until:
            return None
        if reason.by_appeal:
            answer = day + lognormal_days(self.random, 28, 0.35)
        else:
            correct = not whole or reason.name not in ("eligibility", "coordination") or self.random.random() < 0.5
            if correct:
                self._send(day, sent.payer, frequency="7", original_reference=paid.number)
            else:
                self._send(day, sent.payer)
            answer = day + lognormal_days(self.random, sent.payer.lag * 0.8, 0.3)
        answer = pay_day(sent.payer, answer)
        return answer if answer <= self.until else None

    def _overturned(self, sent: Sent, paid: Paid, reason: Reason, whole: bool, day: int) -> None:
        answer = self._reworked(sent, paid, reason, whole, day)
        if answer is None:
            if not whole:
                self._bill_rest(paid)
            return
        if not whole or reason.by_appeal or self.random.random() < 0.6:
            self._take_back(paid, answer)
        lines = self._adjudicate(sent, answer, {})
        corrected = self._pay(answer, sent.payer, "1", lines, original_reference=paid.number)
        self._bill_rest(corrected)

    def _upheld(self, sent: Sent, paid: Paid, reason: Reason, whole: bool, day: int, denied: int) -> None:
        if not whole:
            self._bill_rest(paid)
        answer = self._reworked(sent, paid, reason, whole, day)
        if answer is None:
            return
        if whole:
            upheld = Reason("upheld", 0, (("CO", "193", "", 1),), 0, True, 0, "") if reason.by_appeal else reason
            lines = self._adjudicate(sent, answer, dict.fromkeys(range(len(self.account.lines)), upheld))
            if not any(group == "PR" for line in lines for group, _, _ in line.adjustments):
                self._take_back(paid, answer)
                self._pay(answer, sent.payer, "1", lines, original_reference=paid.number)
        self.enter(
            answer + lognormal_days(self.random, FINAL_AFTER, 0.5), "denial_write_off", denied, reason=reason.write_off
        )
