"""How far each claim came: sent, accepted by clearinghouse and payer, rejected and sent again, adjudicated, paid.

A rejection (A3, A6, A7, A8) is no denial: the claim never was adjudicated, and its filing clock still runs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Insert,
    Integer,
    MetaData,
    String,
    Subquery,
    Table,
    Update,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    type_coerce,
)

from data_access.built_once import built_once
from data_access.bulk import bulk_insert
from data_access.posting import file_answers
from data_access.posting.scope import Scope, days_between, month_of, one_if, set_from
from data_access.posting.standing import in_force, rules_with_their_ends
from data_access.schema import (
    account,
    billing_entry,
    claim,
    claim_ack,
    claim_payment,
    claim_progress,
)

#: The payer has it in its adjudication.
_WITH_PAYER = ("accepted", "pending", "requested", "finalized")
REJECTED = ("rejected", "file_rejected")
#: While nobody has the claim, its days to file run.
CLOCK_RUNS = (*REJECTED, "sent")
_COPIED = ("claim_id", "account_id", "facility_id", "department", "provider_id", "payer_id", "chain_id", "sequence")

#: One object for all: statements over it are compiled once.
_FILES = Table(
    "scratch_file_answers",
    MetaData(),
    Column("load_id", BigInteger),
    Column("transaction_no", Integer),
    Column("file_status", String),
    Column("file_answered_on", Date),
    Column("file_code", String),
    prefixes=["TEMPORARY"],
)


def rejected_claims(connection: Connection, scope: Scope) -> set[int]:
    """Ids of claims in scope that were rejected, themselves or with their file, and not accepted on a later day."""
    found: set[int] = set()
    said = _said(scope)
    stands = or_(said.c.accepted_last_on.is_(None), said.c.accepted_last_on <= said.c.rejected_on)
    if connection.execute(select(claim_ack.c.claim_ack_id).limit(1)).first() is not None:
        found |= set(connection.scalars(select(said.c.claim_id).where(said.c.rejected_on.is_not(None), stands)))
    refused = {place for place, told in file_answers.answers(connection, scope).items() if not told.accepted}
    if refused:
        places = select(claim.c.claim_id, claim.c.load_id, claim.c.transaction_no).where(
            scope.of(claim), claim.c.load_id.in_({load_id for load_id, _ in refused})
        )
        mine = {row.claim_id for row in connection.execute(places) if (row.load_id, row.transaction_no) in refused}
        accepted = set(connection.scalars(select(said.c.claim_id).where(said.c.accepted_last_on.is_not(None))))
        found |= mine - accepted
    return found


def build(connection: Connection, scope: Scope) -> None:
    """Write `claim_progress` of every claim in scope, and the rejections that stand on their accounts."""
    _tell_files(connection, scope)
    connection.execute(_progress(scope))
    _FILES.drop(connection)
    connection.execute(_rejected_accounts(scope))


@built_once
def _progress(scope: Scope) -> Insert:
    links = _links(scope)
    facts = _with_bill(_with_state(links))
    rule = rules_with_their_ends()
    runs = facts.c.state.in_(CLOCK_RUNS)
    deadline = type_coerce(case((runs, facts.c.service_from + rule.c.filing_limit_days)), Date).label("filing_deadline")
    settled = case((facts.c.state.in_(("adjudicated", "paid")), 1), else_=0)
    query = (
        select(*(column for column in facts.c if column.name in claim_progress.c), deadline)
        .outerjoin(rule, in_force(rule, facts.c.payer_id, facts.c.service_from))
        # those that wait lie together, and those of one time: a screen reads on where neither is asked for
        .order_by(settled, facts.c.service_from, facts.c.claim_id)
    )
    return insert(claim_progress).from_select([column.name for column in query.selected_columns], query)


def _tell_files(connection: Connection, scope: Scope) -> None:
    """Fill the scratch table of what became of the files that hold claims in scope."""
    _FILES.create(connection)
    rows = [
        (*place, "accepted" if said.accepted else "rejected", said.answered_on, said.code)
        for place, said in file_answers.answers(connection, scope).items()
    ]
    bulk_insert(connection, _FILES, [column.name for column in _FILES.c], rows)


def _links(scope: Scope) -> Subquery:
    """Every claim in scope with what was said of it and of its file, and what was paid on it."""
    said, latest, paid, by_hand = _said(scope), _latest(scope), _paid(scope), _by_hand(scope)
    row, files = claim.c, _FILES
    order = _sent_order()
    bill: dict[str, Any] = {"partition_by": [row.chain_id, row.sequence]}
    rejected_file = files.c.file_status == "rejected"
    refused_on = case((rejected_file, files.c.file_answered_on))
    return (
        select(
            *(row[name] for name in _COPIED),
            row.counts,
            row.submitted_on.label("sent_on"),
            month_of(row.submitted_on).label("sent_month"),
            row.service_from,
            row.charge,
            func.row_number().over(**bill, order_by=order).label("sent_order"),
            func.count().over(**bill).label("sendings"),
            func.max(one_if(row.chain_role == "void")).over(**bill).label("voids"),
            func.lead(row.submitted_on).over(**bill, order_by=order).label("resent_on"),
            files.c.file_status,
            files.c.file_answered_on,
            files.c.file_code,
            func.coalesce(said.c.acknowledged_on, refused_on).label("acknowledged_on"),
            said.c.clearinghouse_on,
            said.c.payer_on,
            said.c.accepted_last_on,
            func.coalesce(said.c.rejected_on, refused_on).label("rejected_on"),
            case((said.c.rejected_on.is_not(None), latest.c.rejected_by), (rejected_file, "file")).label("rejected_by"),
            latest.c.rejected_category,
            latest.c.rejected_status,
            latest.c.rejected_entity,
            latest.c.category,
            latest.c.status,
            latest.c.entity,
            paid.c.adjudicated_on,
            paid.c.paid_on,
            by_hand.c.by_hand_on,
        )
        .select_from(claim)
        .outerjoin(said, said.c.claim_id == row.claim_id)
        .outerjoin(latest, latest.c.claim_id == row.claim_id)
        .outerjoin(paid, paid.c.claim_id == row.claim_id)
        .outerjoin(by_hand, by_hand.c.claim_id == row.claim_id)
        .outerjoin(files, and_(files.c.load_id == row.load_id, files.c.transaction_no == row.transaction_no))
        .where(scope.of(claim))
        .subquery("links")
    )


def _sent_order() -> list[ColumnElement]:
    """As `chains.Link.order`."""
    row = claim.c
    frequency = case((row.frequency_code == "8", 2), (row.frequency_code == "7", 1), else_=0)
    return [row.submitted_on.asc().nulls_first(), frequency, row.claim_id]


def _of_claims(scope: Scope) -> list[ColumnElement[bool]]:
    mine = select(claim.c.claim_id).where(scope.of(claim))
    return [claim_ack.c.level == "claim", claim_ack.c.claim_id.in_(mine)]


def _said(scope: Scope) -> Subquery:
    """By claim, the days of what was said of it."""
    row = claim_ack.c
    on, clearinghouse = row.stated_on, row.answered_by == "clearinghouse"
    passed = or_(row.verdict == "received", and_(clearinghouse, row.verdict.in_(_WITH_PAYER)))
    with_payer = and_(~clearinghouse, row.verdict.in_(_WITH_PAYER))
    return (
        select(
            row.claim_id,
            func.min(on).label("acknowledged_on"),
            func.min(on).filter(passed).label("clearinghouse_on"),
            func.min(on).filter(with_payer).label("payer_on"),
            func.max(on).filter(or_(passed, with_payer)).label("accepted_last_on"),
            func.max(on).filter(row.verdict == "rejected").label("rejected_on"),
        )
        .where(*_of_claims(scope))
        .group_by(row.claim_id)
        .subquery("said")
    )


def _latest(scope: Scope) -> Subquery:
    """By claim, its latest rejection and its latest word of any kind; of one day the rejection, then by code."""
    row = claim_ack.c
    is_rejection = one_if(row.verdict == "rejected")
    # not by id: the order of loading must not matter
    order = [row.stated_on.desc().nulls_last(), is_rejection.desc(), row.answered_by.desc(), row.category, row.status]
    ranked = (
        select(
            row.claim_id,
            row.category,
            row.status,
            row.entity,
            row.answered_by,
            func.row_number().over(partition_by=row.claim_id, order_by=[*order, row.entity]).label("turn"),
            func.row_number()
            .over(partition_by=[row.claim_id, is_rejection], order_by=[*order, row.entity])
            .label("place"),
            is_rejection.label("is_rejection"),
        )
        .where(*_of_claims(scope))
        .subquery("ranked")
    )
    rejection = and_(ranked.c.is_rejection == 1, ranked.c.place == 1)
    newest = ranked.c.turn == 1
    return (
        select(
            ranked.c.claim_id,
            func.max(ranked.c.answered_by).filter(rejection).label("rejected_by"),
            func.max(ranked.c.category).filter(rejection).label("rejected_category"),
            func.max(ranked.c.status).filter(rejection).label("rejected_status"),
            func.max(ranked.c.entity).filter(rejection).label("rejected_entity"),
            func.max(ranked.c.category).filter(newest).label("category"),
            func.max(ranked.c.status).filter(newest).label("status"),
            func.max(ranked.c.entity).filter(newest).label("entity"),
        )
        .group_by(ranked.c.claim_id)
        .subquery("latest")
    )


def _paid(scope: Scope) -> Subquery:
    row = claim_payment.c
    return (
        select(
            row.claim_id,
            func.min(row.paid_on).label("adjudicated_on"),
            func.min(row.paid_on).filter(row.paid > 0).label("paid_on"),
        )
        .where(scope.of(claim_payment), row.match_status == "confirmed", row.is_reversal.is_not(True))
        .group_by(row.claim_id)
        .subquery("paid")
    )


def _by_hand(scope: Scope) -> Subquery:
    """By claim, when an insurance payment was first posted by hand on its account since: the payer has answered."""
    row, entry = claim.c, billing_entry.c
    return (
        select(row.claim_id, func.min(entry.posted_on).label("by_hand_on"))
        .join(billing_entry, entry.account_id == row.account_id)
        .where(scope.of(claim), entry.entry_type == "insurance_payment", entry.posted_on >= row.submitted_on)
        .group_by(row.claim_id)
        .subquery("by_hand")
    )


def _with_state(links: FromClause) -> Subquery:
    """Where each claim stands. A rejection stands until a later day's acceptance, or an answer by remittance."""
    row = links.c
    since = or_(row.accepted_last_on.is_(None), row.accepted_last_on <= row.rejected_on)
    by_file = and_(row.rejected_by == "file", since)
    state = case(
        (row.paid_on.is_not(None), "paid"),
        (row.adjudicated_on.is_not(None), "adjudicated"),
        (by_file, "file_rejected"),
        (and_(row.rejected_on.is_not(None), since), "rejected"),
        (row.payer_on.is_not(None), "accepted_payer"),
        (row.clearinghouse_on.is_not(None), "accepted_clearinghouse"),
        else_="sent",
    )
    return select(*row, state.label("state")).subquery("stated")


def _with_bill(stated: FromClause) -> Subquery:
    """The same with what became of the bill, whichever of its sendings got there, and the codes that stand."""
    row = stated.c
    bill: dict[str, Any] = {"partition_by": [row.chain_id, row.sequence]}
    is_last = row.sent_order == row.sendings
    stands = row.state.in_(REJECTED)
    first_sent = func.min(row.sent_on).over(**bill)
    dates = ("clearinghouse_on", "payer_on", "adjudicated_on", "paid_on")
    earliest = {f"bill_{name}": func.min(row[name]).over(**bill) for name in dates}
    days = dict(zip(dates, ("clearinghouse", "payer", "adjudication", "payment"), strict=True))
    shown = {name: case((stands, row[f"rejected_{name}"]), else_=row[name]) for name in ("category", "entity")}
    status = case((row.state == "file_rejected", row.file_code), (stands, row.rejected_status), else_=row.status)
    replaced = {"category", "entity", "status"}
    return select(
        *(column for column in row if column.name not in replaced),
        (row.sent_order == 1).label("first"),
        is_last.label("last"),
        (row.voids == 1).label("voided"),
        *(column.label(name) for name, column in shown.items()),
        status.label("status"),
        *(column.label(name) for name, column in earliest.items()),
        func.max(case((and_(is_last, stands), row.rejected_on))).over(**bill).label("bill_rejected_on"),
        *(days_between(earliest[f"bill_{on}"], first_sent).label(f"days_to_{name}") for on, name in days.items()),
    ).subquery("facts")


@built_once
def _rejected_accounts(scope: Scope) -> Update:
    """An account with a rejected claim that was not sent again: since when, and by when it must be sent."""
    row = claim_progress.c
    found = (
        select(
            row.account_id,
            func.min(row.rejected_on).label("rejected_on"),
            func.min(row.filing_deadline).label("filing_deadline"),
        )
        .where(scope.account(claim_progress), row.state.in_(REJECTED), row.last, ~row.voided)
        .group_by(row.account_id)
        .subquery()
    )
    return set_from(account, found, "account_id", "rejected_on", "filing_deadline")
