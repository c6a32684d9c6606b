"""Which money is of which remittance, payment posted by hand, or day of patient payments.

A pure function of facts and decisions, in this order: what a person decided; the trace number (TRN02, which CAQH CORE
rule 370 has the bank pass on); a returned item and the deposit it takes back; then, where the bank gives no trace,
amount and day, and only where there is one way to do it; equal amounts of patients in order of days. What has two
candidates is left for a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import TypeVar

from data_access.posting.bank.facts import ZERO, Decision, Line, Office, Posted, Receipt, Remit, Source
from data_access.posting.bank.order import in_order

Member = TypeVar("Member", Line, Remit, Receipt)

#: Days from payment date to deposit within which one trace number is one payment: numbers come again after years.
TRACE_DAYS = (-7, 120)
#: The same without a trace number: checks travel, EFTs settle.
AMOUNT_DAYS = (-2, 14)
EFT_DAYS = (-2, 5)
#: From posting by hand to deposit, with a check number and without: some offices post first, others deposit first.
POSTED_TRACE_DAYS = (-60, 120)
POSTED_DAYS = (-10, 10)
#: Days from posting a patient's payment to its deposit.
PATIENT_DAYS = (0, 5)
RETURNED_DAYS = 45
#: Why a remittance is open whose money came and went again.
TAKEN_BACK = "Its deposit was taken back by the bank."
REPEATED_DAYS = 180
#: Posting days, or remittance days of one payer, that one deposit may gather: a long weekend.
GATHERED = 4

_BY_REMITTANCE = {"eft", "check", "lockbox", "other", None}
#: Method of a deposit -> methods of patient payments it may hold; others hold any.
_HOLDS = {
    "card": {"card", "portal", "point_of_service"},
    "portal": {"portal", "card"},
    "eft": {"portal", "card"},
    "cash": {"cash", "point_of_service"},
    "check": {"check", "point_of_service"},
    "lockbox": {"check"},
}


def match(office: Office, decisions: Sequence[Decision]) -> None:
    """Tie every line, remittance and receipt that can be tied."""
    _repeated_lines(office, decisions)
    for decision in decisions:
        if decision.decision == "match":
            _by_hand(office, decision)
    for remit in office.free_remits():
        if remit.amount == ZERO:
            office.tie("no_money_due", None, (), [remit])
    _give_way(office)
    _by_trace(office)
    _returned_without_trace(office)
    _by_amount(office)
    _several_remittances(office)
    _several_receipts(office)


def _repeated_lines(office: Office, decisions: Sequence[Decision]) -> None:
    """One bank line in two exports counts once, unless a person said that it is another deposit."""
    more = Counter(key for decision in decisions if decision.decision == "count" for key in decision.lines)
    seen: Counter[str] = Counter()
    for line in office.lines:
        seen[line.key] += 1
        number, key = seen[line.key], line.key
        if number > 1 + more[key]:
            office.tie("repeated", "bank", [line], reason="The same bank line was loaded before.")
        elif number > 1:
            line.key = f"{key}#{number}"


def _by_hand(office: Office, decision: Decision) -> None:
    """What a person put together holds while all of it is loaded."""
    lines = [line for line in office.free_lines() if line.key in decision.lines]
    sources = decision.remits | decision.posted
    remits = [remit for remit in office.free_remits() if remit.key in sources]
    receipts = [receipt for receipt in office.free_receipts() if receipt.key in decision.receipts]
    found = (len(lines), len(remits), len(receipts))
    if found != (len(decision.lines), len(sources), len(decision.receipts)):
        return
    got, due = _sum(lines), _sum([*remits, *receipts])
    state = "matched" if got == due and lines and (remits or receipts) else "explained"
    office.tie(state, "hand", lines, [*remits, *receipts], decision.reason)


def _sum(members: Iterable[Line | Source]) -> Decimal:
    return sum((member.amount for member in members), ZERO)


def _within(line: Line, on: date, days: tuple[int, int]) -> bool:
    return days[0] <= (line.on - on).days <= days[1]


def _trace_days(remit: Remit) -> tuple[int, int]:
    return POSTED_TRACE_DAYS if isinstance(remit, Posted) else TRACE_DAYS


def _give_way(office: Office) -> None:
    """A payment posted by hand under the number of a remittance is in that remittance, which counts instead.

    The payer need not be the same where it is not stated or the amount agrees: offices have codes of their own for it.
    """
    by_trace: dict[str, list[Remit]] = defaultdict(list)
    for remit in office.remits:
        if remit.trace and remit.amount and not isinstance(remit, Posted):
            by_trace[remit.trace].append(remit)
    for posted in office.free_remits():
        if not isinstance(posted, Posted):
            continue
        if posted.remitted:
            office.tie("in_remittance", "hand", (), [posted], "A person said that a remittance holds it, and counts.")
            continue
        for remit in by_trace.get(posted.trace, []):
            same = posted.payer in ("", remit.payer) or posted.amount == remit.amount
            if same and abs((remit.on - posted.on).days) <= max(TRACE_DAYS):
                why = "A remittance with this number is loaded and counts instead."
                if posted.amount != remit.amount:
                    why += f" It says {remit.amount:.2f}."
                office.tie("in_remittance", "trace", (), [posted], why)
                break


# by trace number


def _by_trace(office: Office) -> None:
    lines, remits = defaultdict(list), defaultdict(list)
    for line in office.free_lines():
        if line.trace:
            lines[line.trace].append(line)
    for remit in office.free_remits():
        if remit.trace:
            remits[remit.trace].append(remit)
    # a number that one remittance has and no line can tie nothing: most numbers, where checks are posted by hand
    alone = {trace for trace, together in remits.items() if len(together) == 1} - lines.keys()
    for trace in sorted((lines.keys() | remits.keys()) - alone):
        _one_trace(office, lines.get(trace, []), remits.get(trace, []))


def _one_trace(office: Office, lines: list[Line], remits: list[Remit]) -> None:
    _equal(office, [line for line in lines if line.amount < ZERO], remits)
    _taken_back(office, lines)
    _equal(office, lines, remits)
    _repeated_remittances(office, [remit for remit in remits if not isinstance(remit, Posted)])
    by_payer = [[remit for remit in remits if remit.payer == payer] for payer in sorted({r.payer for r in remits})]
    for together in [remits, *by_payer] if len(by_payer) > 1 else [remits]:
        left, due = _free(lines), _free(together)
        if left and due and _sum(left) == _sum(due) and _near(left, due):
            office.tie("matched", "trace", left, due)
    left, due = _free(lines), _free(remits)
    if len(left) == len(due) == 1 and _near(left, due):
        office.tie("differing", "trace", left, due, "The trace number agrees, the amount does not.")
    if any(line.group and line.group.state == "returned" for line in lines):
        for remit in _free(remits):
            remit.reason = TAKEN_BACK


def _free(members: list[Member]) -> list[Member]:
    return [member for member in members if member.group is None]


def _near(lines: list[Line], remits: list[Remit]) -> bool:
    return all(_within(line, remit.on, _trace_days(remit)) for line in lines for remit in remits)


def _equal(office: Office, lines: list[Line], remits: list[Remit]) -> None:
    """One line for one remittance of the same amount, the nearest days first."""
    pairs = [
        (abs((line.on - remit.on).days), line.on, remit.on, line, remit)
        for line in _free(lines)
        for remit in _free(remits)
        if line.amount == remit.amount and _within(line, remit.on, _trace_days(remit))
    ]
    for *_, line, remit in sorted(pairs, key=lambda pair: (*pair[:3], pair[3].key, pair[4].key)):
        if line.group is None and remit.group is None:
            office.tie("matched", "trace", [line], [remit])


def _taken_back(office: Office, lines: list[Line]) -> None:
    """A negative line takes back the latest deposit of its amount before it."""
    for line in _free(lines):
        given = [other for other in _free(lines) if other.amount == -line.amount and other.on <= line.on]
        if line.amount < ZERO and given:
            office.tie("returned", "bank", [given[-1], line], reason="The bank gave this money and took it back.")


def _repeated_remittances(office: Office, remits: list[Remit]) -> None:
    """A payer's second remittance with one trace number and amount is the first one sent again.

    TRN02 is unique between payer and payee (x12.org RFI 217, 654).
    """
    for remit in _free(remits):
        for first in remits:
            same = (first.payer, first.amount) == (remit.payer, remit.amount) and first is not remit
            near = abs((first.on - remit.on).days) <= REPEATED_DAYS
            stands = first.group is not None and first.group.state != "repeated"
            if same and near and (stands or remits.index(first) < remits.index(remit)):
                why = "The same payer, trace number and amount as another remittance; no second deposit came."
                office.tie("repeated", "trace", (), [remit], why)
                break


# without a trace number


def _returned_without_trace(office: Office) -> None:
    given = [line for line in office.free_lines() if line.amount > ZERO and not line.trace]
    candidates: dict[Line, list[list[Line]]] = {}
    for line in office.free_lines():
        if line.method == "returned":
            back = [
                [other]
                for other in given
                if other.amount == -line.amount
                and 0 <= (line.on - other.on).days <= RETURNED_DAYS
                and (line.account is None or other.account in (None, line.account))
            ]
            candidates[line] = back
            if not back:
                line.reason = "A returned item, and no deposit of this amount: reverse the payment on its account."
    for line, found in _only_ways(candidates):
        why = "The bank gave this money and took it back."
        office.tie("returned", "bank", [*found, line], reason=why)


def _by_amount(office: Office) -> None:
    """A line without a trace: one remittance of its amount, or one day's patient payments by a method it may hold."""
    remits, receipts = defaultdict(list), defaultdict(list)
    for remit in office.free_remits():
        remits[remit.amount].append(remit)
    for receipt in office.free_receipts():
        receipts[receipt.amount].append(receipt)
    of_remits: dict[Line, list[list[Remit]]] = {}
    of_days: dict[Line, list[Receipt]] = {}
    for line in _to_guess(office):
        ways = [remit for remit in remits[line.amount] if _could_be(line, remit)]
        days = [receipt for receipt in receipts[line.amount] if _could_hold(line, receipt)]
        if ways and days:
            line.reason = "A remittance and a day of patient payments have this amount: choose by hand."
        elif ways:
            of_remits[line] = [[remit] for remit in ways]
        elif days:
            of_days[line] = days
    for line, found in _only_ways(of_remits):
        office.tie("matched", "amount", [line], found)
    _by_day(office, of_days, exact=True)
    _by_day(office, of_days, exact=False)
    in_order(office, of_days, _could_hold)


def _by_day(office: Office, of_days: dict[Line, list[Receipt]], exact: bool) -> None:
    """One day's payments by one method for each line; equal amounts of one method are alike: first come, first served.

    Args:
        exact: by the line's own method; else by any one method that it may hold.
    """
    for line, days in of_days.items():
        left = [receipt for receipt in days if receipt.group is None and (receipt.method == line.method or not exact)]
        if line.group is None and left and len({receipt.method for receipt in left}) == 1:
            office.tie("matched", "day", [line], left[:1])


def _could_hold(line: Line, receipt: Receipt) -> bool:
    """Whether a day's patient payments may be in this line: method and days agree."""
    held = _HOLDS.get(line.method or "other")
    return not line.trace and _within(line, receipt.on, PATIENT_DAYS) and (held is None or receipt.method in held)


def _to_guess(office: Office) -> list[Line]:
    """Lines that no trace number tied and nothing was said about yet."""
    return [line for line in office.free_lines() if line.amount > ZERO and line.reason is None]


def _could_be(line: Line, remit: Remit) -> bool:
    """Whether a remittance's money may have come as this line: method and days agree, and no number speaks against it.

    A line under a number is of that number; only what was posted by hand without one may be it all the same.
    """
    if line.trace and (remit.trace or not isinstance(remit, Posted)):
        return False
    by_check = line.method in ("check", "lockbox")
    if line.method not in _BY_REMITTANCE or remit.amount <= ZERO:
        return False
    if (by_check and remit.method == "ACH") or (line.method == "eft" and remit.method == "CHK"):
        return False
    if isinstance(remit, Posted):
        return _within(line, remit.on, POSTED_DAYS)
    return _within(line, remit.on, EFT_DAYS if remit.method == "ACH" else AMOUNT_DAYS)


def _several_remittances(office: Office) -> None:
    """One deposit of all that a payer paid on a day or a few days; of a lockbox, of all payers on a day."""
    days: dict[tuple[str, ...], dict[date, list[Remit]]] = defaultdict(lambda: defaultdict(list))
    for remit in office.free_remits():
        sort = "posted" if isinstance(remit, Posted) else "sent"
        for pool in (sort, "either"):  # what was posted by hand is no part of a deposit of remittances, or all of it is
            days[(pool, "all")][remit.on].append(remit)
            if remit.payer or sort == "sent":
                days[(pool, "payer", remit.payer)][remit.on].append(remit)
    sums = defaultdict(list)
    for of, by_day in days.items():
        for together in _runs(by_day, 1 if "all" in of else GATHERED):
            if len(together) > 1:
                sums[_sum(together)].append((of, together))
    candidates: dict[Line, list[list[Remit]]] = {}
    for line in _to_guess(office):
        candidates[line] = _distinct(
            together
            for of, together in sums.get(line.amount, [])
            if all(_could_be(line, remit) for remit in together)
            and ("all" not in of or line.method in ("lockbox", "check"))
        )
    for line, found in _only_ways(candidates):
        office.tie("matched", "several", [line], found)


def _several_receipts(office: Office) -> None:
    """One deposit of a few posting days by one method, or of several methods of one day."""
    sums = defaultdict(list)
    by_method: dict[str, dict[date, list[Receipt]]] = defaultdict(lambda: defaultdict(list))
    by_day: dict[date, list[Receipt]] = defaultdict(list)
    for receipt in office.free_receipts():
        by_method[receipt.method][receipt.on].append(receipt)
        by_day[receipt.on].append(receipt)
    for days in by_method.values():
        for together in _runs(days, GATHERED):
            sums[_sum(together)].append(together)
    for receipts in by_day.values():
        for size in range(2, len(receipts) + 1):
            for subset in combinations(receipts[:8], size):
                sums[_sum(subset)].append(list(subset))
    candidates: dict[Line, list[list[Receipt]]] = {}
    for line in _to_guess(office):
        candidates[line] = _distinct(
            together
            for together in sums.get(line.amount, [])
            if all(_could_hold(line, receipt) for receipt in together)
        )
    for line, found in _only_ways(candidates):
        office.tie("matched", "day", [line], found)


def _runs(by_day: dict[date, list[Member]], longest: int) -> Iterable[list[Member]]:
    """Everything of one day, and of up to `longest` days in a row."""
    days = sorted(by_day)
    for place, first in enumerate(days):
        together: list[Member] = []
        for day in days[place : place + longest]:
            if (day - first).days >= longest:
                break
            together = together + by_day[day]
            yield together


def _distinct(ways: Iterable[list[Member]]) -> list[list[Member]]:
    return list({frozenset(map(id, way)): way for way in ways}.values())


def _only_ways(candidates: dict[Line, list[list[Member]]]) -> list[tuple[Line, list[Member]]]:
    """Lines that can be explained in one way only, by members that could explain no other line."""
    wanted: Counter[int] = Counter()
    for ways in candidates.values():
        wanted.update({id(member) for way in ways for member in way})
    found = []
    for line, ways in candidates.items():
        if len(ways) == 1 and all(wanted[id(member)] == 1 for member in ways[0]):
            found.append((line, ways[0]))
        elif ways:
            line.reason = "There is more than one way to explain this amount: choose by hand."
    return found
