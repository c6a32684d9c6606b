"""Which files sent were taken and which refused: 999, 997 and TA1 (and a 277CA that refuses a batch) to 837.

A 999 answers a group and transaction by number only (AK102 = GS06, AK202 = ST02), and some senders begin their
numbers anew: it is for the latest transaction of these numbers that was sent by the day of the answer, to whom
answers where both say so. A TA1 repeats date, time and number of the interchange. A claim in a file that was
refused never arrived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, false, insert, or_, select

from data_access.posting.scope import Scope
from data_access.schema import claim, claim_ack, file_ack, unsettled, x12_transaction

#: An answer may be stamped a day before what it answers: the clocks of two time zones.
_CLOCKS = timedelta(days=1)
_CLAIMS = x12_transaction.c.kind.startswith("837")
_BATCH_REFUSED = and_(claim_ack.c.level == "batch", claim_ack.c.verdict == "rejected")


@dataclass(frozen=True)
class Answer:
    """What became of a transaction; `code`: what was wrong with it."""

    accepted: bool
    answered_on: date | None
    code: str | None

    @property
    def order(self) -> tuple:
        """The latest holds; of one day a refusal."""
        return (self.answered_on or date.min, not self.accepted, self.code or "")


@dataclass(frozen=True)
class _Sent:
    """An 837 transaction: its numbers, and what its interchange and header say."""

    place: tuple[int, int]
    group_control: str | None
    control_number: str | None
    receiver: str
    stamp: tuple[str, str]
    interchange: str
    batch: str

    @classmethod
    def of(cls, row: Row) -> _Sent:
        isa = (row.interchange_key or "").split("|") + [""] * 7
        bht = (row.business_key or "").split("|") + [""] * 3
        return cls(
            (row.load_id, row.transaction_no),
            row.group_control,
            row.control_number,
            isa[3].upper(),
            (isa[4], isa[5]),
            "|".join(isa[4:7]),
            bht[2],
        )


def list_answered(connection: Connection, loads: list[int]) -> None:
    """List the account keys of claims whose file's fate these loads may change, be it by an answer or a claim file."""
    own, sent = file_ack.c, x12_transaction.c
    answered = select(own.group_control).where(own.load_id.in_(loads), own.group_control.is_not(None))
    answers = select(own.group_control).where(own.group_control.is_not(None))
    resent = select(sent.group_control).where(sent.load_id.in_(loads), _CLAIMS, sent.group_control.in_(answers))
    conditions: list[ColumnElement[bool]] = [sent.group_control.in_(answered), sent.group_control.in_(resent)]
    interchanges = select(own.interchange).where(own.load_id.in_(loads), own.interchange.is_not(None)).distinct()
    conditions += [
        sent.interchange_key.endswith(f"|{one}", autoescape=True) for one in connection.scalars(interchanges)
    ]
    batches = select(claim_ack.c.batch_reference).where(claim_ack.c.load_id.in_(loads), _BATCH_REFUSED).distinct()
    conditions += [
        sent.business_key.contains(f"|{one.upper()}|", autoescape=True) for one in connection.scalars(batches) if one
    ]
    touched = (
        select(claim.c.account_key)
        .join(x12_transaction, and_(sent.load_id == claim.c.load_id, sent.transaction_no == claim.c.transaction_no))
        .where(_CLAIMS, or_(false(), *conditions))
    )
    moved = select(claim.c.account_key).where(
        claim.c.sent_account_key != claim.c.account_key,
        claim.c.sent_account_key.in_(select(claim_ack.c.account_key).where(claim_ack.c.load_id.in_(loads))),
    )
    for keys in (touched, moved):
        connection.execute(insert(unsettled).from_select(["account_key"], keys.distinct()))


def answers(connection: Connection, scope: Scope) -> dict[tuple[int, int], Answer]:
    """By load and transaction number, what became of the claim files that hold the claims in scope."""
    interchanges, batches = _whole(connection)
    has_answers = connection.execute(select(file_ack.c.file_ack_id).limit(1)).first()
    if not has_answers and not batches:
        return {}
    sent = x12_transaction.c
    mine = select(claim.c.load_id, claim.c.transaction_no).where(scope.of(claim)).distinct().subquery("mine")
    here = and_(sent.load_id == mine.c.load_id, sent.transaction_no == mine.c.transaction_no)
    own = [_Sent.of(row) for row in connection.execute(select(x12_transaction).join(mine, here))]
    found: dict[tuple[int, int], list[Answer]] = defaultdict(list)
    for one in own:
        found[one.place] += interchanges.get(one.interchange, []) + batches.get(one.batch, [])
    if has_answers:
        wanted = select(sent.group_control).join(mine, here)
        rivals = select(x12_transaction).where(_CLAIMS, sent.status == "loaded", sent.group_control.in_(wanted))
        told = select(file_ack).where(file_ack.c.group_control.in_(wanted))
        _by_number(connection.execute(told).all(), [_Sent.of(row) for row in connection.execute(rivals)], found)
    kept = {one.place for one in own}
    return {
        place: max(said, key=lambda answer: answer.order) for place, said in found.items() if said and place in kept
    }


def _whole(connection: Connection) -> tuple[dict[str, list[Answer]], dict[str, list[Answer]]]:
    """Answers to whole interchanges (TA1 that refuse) and batches (277CA that refuse), by what they name."""
    interchanges: dict[str, list[Answer]] = defaultdict(list)
    refused = select(file_ack).where(file_ack.c.interchange.is_not(None), file_ack.c.accepted.is_(False))
    for row in connection.execute(refused):
        interchanges[row.interchange].append(
            Answer(False, row.answered_on, f"TA1 {row.error_code or row.group_status}")
        )
    batches: dict[str, list[Answer]] = defaultdict(list)
    for row in connection.execute(select(claim_ack).where(_BATCH_REFUSED, claim_ack.c.batch_reference.is_not(None))):
        batches[row.batch_reference.upper()].append(Answer(False, row.stated_on, f"277CA {row.category}"))
    return interchanges, batches


def _by_number(told: Iterable[Row], rivals: list[_Sent], found: dict[tuple[int, int], list[Answer]]) -> None:
    by_group: dict[str | None, list[_Sent]] = defaultdict(list)
    for one in rivals:
        by_group[one.group_control].append(one)
    listed: set[tuple[tuple[int, int], int, int]] = set()
    rest = []
    for row in told:
        meant = _meant(row, by_group[row.group_control])
        if row.control_number is None:
            rest.append((row, meant))
            continue
        for one in meant:
            found[one.place].append(_answer(row))
            listed.add((one.place, row.load_id, row.transaction_no))
    for row, meant in rest:  # what a 999 says of the rest of a group is not about those it lists
        for one in meant:
            if (one.place, row.load_id, row.transaction_no) not in listed:
                found[one.place].append(_answer(row))


def _meant(row: Row, rivals: list[_Sent]) -> list[_Sent]:
    """The transactions an answer is about."""
    if row.transaction_set not in (None, "837"):
        return []
    some = [one for one in rivals if row.control_number in (None, one.control_number)]
    some = [one for one in some if one.receiver and one.receiver == (row.sender or "").upper()] or some
    if row.answered_on is not None:
        some = [one for one in some if _day(one.stamp[0]) <= row.answered_on + _CLOCKS]
    latest = max((one.stamp for one in some), default=None)
    return [one for one in some if one.stamp == latest]


def _answer(row: Row) -> Answer:
    code = row.error_code or row.transaction_status or row.group_status
    where = f" {row.error_segment}" if row.error_segment else ""
    return Answer(bool(row.accepted), row.answered_on, None if row.accepted else f"{row.kind} {code or ''}{where}")


def _day(stamp: str) -> date:
    """ISA09, written YYMMDD; of one that is no date the earliest there is, so that it shuts nothing out."""
    try:
        return datetime.strptime(stamp, "%y%m%d").date()
    except ValueError:
        return date.min
