"""Brings a database that an older version of this program made up to date in place: nothing is loaded again.

What people recorded stays as it is; what is new among what posting works out is worked out from what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import ColumnElement, Connection, Engine, Table, case, func, insert, literal, null, select, union_all

from data_access.engine import (
    add_what_is_missing,
    bump_data_version,
    expect_posting,
    mark_up_to_date,
    open_engine,
    schema_version,
    write,
)
from data_access.posting import PostingFailed, outcomes, prompt_pay, settle
from data_access.posting.kept import Kept
from data_access.posting.months import ANSWER_MONTHS, CONTRACT_MONTHS
from data_access.posting.scope import KEY_SPACE, Posted
from data_access.room import reclaim
from data_access.schema import (
    FACT_TABLES,
    SCHEMA_VERSION,
    claim,
    facility,
    facility_word,
    load,
    patient,
    patient_word,
    payer,
    payer_word,
    provider,
    provider_word,
    unsettled,
)
from data_access.schema.parties import OFFICE
from data_access.work.states import keep_all_again

_PARTS = 20


def open_office(url: str | None = None) -> Engine:
    """Open the database as `open_engine` does, after bringing it up to date where an older version made it.

    An embedded database gives back the room of what was posted anew since it was opened last: now nobody reads it.
    What that posts anew and fails is told by `posting.not_posted`: the load that is the cause must be taken back first.
    """
    brought_up = []

    def bring_up(engine: Engine, version: str) -> bool:
        brought_up.append(upgrade(engine, version))
        return brought_up[-1]

    engine = open_engine(url, bring_up)
    if any(brought_up):
        with suppress(PostingFailed):
            settle(engine)
    reclaim(engine)
    return engine


def upgrade(engine: Engine, version: str) -> bool:
    """Bring a database up to date, whole or not at all; False where its version is not one it can be done for."""
    versions = list(_STEPS)
    if version not in versions:
        return False
    with write(engine) as connection:
        if schema_version(connection) != version:  # done by another process while this one waited
            return schema_version(connection) == SCHEMA_VERSION
        add_what_is_missing(connection)
        for step in versions[versions.index(version) :]:
            _STEPS[step](connection)
        mark_up_to_date(connection)
        expect_posting(connection)  # rules of this version may say otherwise what money is of what
        bump_data_version(connection)
    return True


def _from_7(connection: Connection) -> None:
    """What was paid at first, with interest, stands on the claim; lines measured by contract are kept by month."""
    width = KEY_SPACE // _PARTS + 1
    for part in range(_PARTS):
        connection.execute(outcomes.first_adjudication(Posted(part * width, (part + 1) * width)))
    _add_up(connection, CONTRACT_MONTHS)


def _from_8(connection: Connection) -> None:
    """Prompt-pay rules are kept as they apply to each payer."""
    prompt_pay.refresh(connection)


def _from_9(connection: Connection) -> None:
    """What people recorded says more of its accounts' state; what files say of patients and payers is kept."""
    keep_all_again(connection)
    _keep_what_was_said(connection)


def _from_10(connection: Connection) -> None:
    """All accounts are posted anew: a bill that a payer answers twice is written off and left to the patient once."""
    for table in FACT_TABLES:
        if "account_key" in table.c:
            keys = select(table.c.account_key).where(table.c.account_key.is_not(None)).distinct()
            connection.execute(insert(unsettled).from_select(["account_key"], keys))


def _from_11(connection: Connection) -> None:
    """What files say of facilities and providers is kept: of each load that names one, what is known of it."""
    row = claim.c
    for party, word, columns in (
        (facility, facility_word, (row.facility_id, row.billing_id)),
        (provider, provider_word, (row.provider_id,)),
    ):
        named = union_all(*(select(one.label("party_id"), row.load_id, row.submitted_on) for one in columns)).subquery()
        key, load_id, stated_on = named.c.party_id, named.c.load_id, func.max(named.c.submitted_on)
        each = select(key, load_id, stated_on.label("stated_on")).group_by(key, load_id).subquery()
        known: dict[str, ColumnElement] = {name: party.c[name] for name in ("taxonomy",) if name in word.c}
        by_number = literal("NPI ") + party.c.npi
        known["name"] = case((party.c.name.is_distinct_from(by_number), party.c.name))
        rows = select(*each.c, *known.values()).join(party, party.c[f"{party.name}_id"] == each.c.party_id)
        connection.execute(insert(word).from_select([f"{party.name}_id", "load_id", "stated_on", *known], rows))


def _from_12(connection: Connection) -> None:
    """How long payers took to answer is kept by month."""
    _add_up(connection, ANSWER_MONTHS)


def _add_up(connection: Connection, kept: Kept) -> None:
    names = [column.name for column in kept.table.columns]
    connection.execute(insert(kept.table).from_select(names, kept.added_up(1)))


def _keep_what_was_said(connection: Connection) -> None:
    """What is known of patients and payers is what the load that named them first said, on the day of its claims."""
    said = select(func.min(claim.c.submitted_on)).where(
        claim.c.patient_id == patient.c.patient_id, claim.c.load_id == patient.c.load_id
    )
    _keep_words(connection, patient, patient_word, said.scalar_subquery())
    office = select(load.c.load_id).where(load.c.kind == "payers")
    _keep_words(connection, payer, payer_word, case((payer.c.load_id.in_(office), literal(OFFICE)), else_=null()))


def _keep_words(connection: Connection, party: Table, word: Table, stated_on: ColumnElement) -> None:
    names = [column.name for column in word.columns if column.name in party.c]
    rows = select(*(party.c[name] for name in names), stated_on).where(party.c.load_id.is_not(None))
    connection.execute(insert(word).from_select([*names, "stated_on"], rows))


#: Version -> what brings it to the next one, in order.
_STEPS: dict[str, Callable[[Connection], None]] = {
    "7": _from_7,
    "8": _from_8,
    "9": _from_9,
    "10": _from_10,
    "11": _from_11,
    "12": _from_12,
}
