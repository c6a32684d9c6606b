"""What files say of patients and payers: the newest word holds, in whatever order the files came.

Each file's words are kept as facts, so undoing a load leaves what the standing files say. A word that leaves the
address out takes none away.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, Table, func, or_, select

from data_access.posting.scope import set_from
from data_access.schema import patient, patient_word, payer, payer_word

#: Of each party, what is said together: the newest word that states the first column of a group gives all of it.
_GROUPS: tuple[tuple[Table, Table, tuple[str, ...]], ...] = (
    (patient, patient_word, ("last_name", "first_name")),
    (patient, patient_word, ("sex",)),
    (patient, patient_word, ("street", "city", "state", "postal_code")),
    (payer, payer_word, ("name",)),
)


def apply(connection: Connection, loads: list[int] | None = None) -> None:
    """Let the newest word hold of the parties that these loads name, or of all."""
    for party, word, columns in _GROUPS:
        key = f"{party.name}_id"
        named = select(word.c[key]).where(word.c.load_id.in_(loads or []))
        newest = _newest(word, key, columns, [] if loads is None else [word.c[key].in_(named)])
        set_from(connection, party, _changed(party, newest, key, columns), key, *columns)


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
