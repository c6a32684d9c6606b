"""What files say of patients, payers, facilities and providers: the newest word holds, in whatever order they came.

Each file's words are kept as facts, so undoing a load leaves what the standing files say. A word that leaves the
address out takes none away.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, Table, case, func, literal, null, or_, select, update

from data_access.posting.scope import set_from
from data_access.schema import (
    facility,
    facility_word,
    patient,
    patient_word,
    payer,
    payer_word,
    provider,
    provider_word,
)

#: Of each party, what is said together: the newest word that states the first column of a group gives all of it.
_GROUPS: tuple[tuple[Table, Table, tuple[str, ...]], ...] = (
    (patient, patient_word, ("last_name", "first_name")),
    (patient, patient_word, ("sex",)),
    (patient, patient_word, ("street", "city", "state", "postal_code")),
    (payer, payer_word, ("name",)),
    (facility, facility_word, ("name",)),
    (provider, provider_word, ("name",)),
    (provider, provider_word, ("taxonomy",)),
)


def apply(connection: Connection, loads: list[int] | None = None) -> None:
    """Let the newest word hold of the parties that these loads name, or of all."""
    for party, word, columns in _GROUPS:
        key = f"{party.name}_id"
        named = select(word.c[key]).where(word.c.load_id.in_(loads or []))
        newest = _newest(word, key, columns, [] if loads is None else [word.c[key].in_(named)])
        connection.execute(set_from(party, _changed(party, newest, key, columns), key, *columns))
    if loads is None:
        for party, word in ((facility, facility_word), (provider, provider_word)):
            _forget(connection, party, word, "name", numbered(party))
        _forget(connection, provider, provider_word, "taxonomy", null())


def numbered(party: Table) -> ColumnElement:
    """What a facility or provider is called of which files give the number alone."""
    return case((party.c.npi.is_not(None), literal("NPI ") + party.c.npi), else_=party.c.name)


def _forget(connection: Connection, party: Table, word: Table, name: str, unsaid: ColumnElement) -> None:
    """Take away what no standing file says."""
    key = f"{party.name}_id"
    said = select(word.c[key]).where(word.c[name].is_not(None))
    nobody = (party.c[key].not_in(said), party.c[name].is_distinct_from(unsaid))
    connection.execute(update(party).where(*nobody).values({name: unsaid}))


def _newest(word: Table, key: str, columns: tuple[str, ...], where: list[ColumnElement[bool]]) -> FromClause:
    said = [word.c[name] for name in columns]
    # of two words of one day the choice is as good as any, but must not depend on which was loaded first
    order = [word.c.stated_on.desc().nulls_last(), *(column.desc().nulls_last() for column in said)]
    place = func.row_number().over(partition_by=word.c[key], order_by=order).label("place")
    ranked = select(word.c[key], *said, place).where(said[0].is_not(None), *where).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()


def _changed(party: Table, newest: FromClause, key: str, columns: tuple[str, ...]) -> FromClause:
    differs = or_(*(party.c[name].is_distinct_from(newest.c[name]) for name in columns))
    return select(newest).join(party, party.c[key] == newest.c[key]).where(differs).subquery()
