"""Who works here: a plain list of names until sign-in exists."""

from __future__ import annotations

from sqlalchemy import Engine, func, insert, select, update

from data_access.engine import Source, next_number, write
from data_access.frames import read_rows
from data_access.work.tables import person


class NameTaken(ValueError):
    """Somebody of this name is there already."""


_NAMES = select(person.c.person_id, person.c.name)
_ACTIVE = _NAMES.where(person.c.active).order_by(person.c.name)


def people(engine: Source) -> dict[int, str]:
    """Those who work here by id, in order of name."""
    return {row.person_id: row.name for row in read_rows(engine, _ACTIVE)}


def everybody(engine: Source) -> dict[int, str]:
    """All names by id, also of those who left: their work keeps its author."""
    return {row.person_id: row.name for row in read_rows(engine, _NAMES)}


def add(engine: Engine, name: str) -> int:
    """Add a person and return the id.

    Raises:
        NameTaken: the name is empty or somebody active has it.
    """
    name = " ".join(name.split())
    if not name:
        raise NameTaken("Please write a name.")
    with write(engine) as connection:
        same = select(func.count()).where(func.lower(person.c.name) == name.lower(), person.c.active)
        if connection.scalar(same):
            raise NameTaken(f"There is a {name} already; add an initial to tell the two apart.")
        number = next_number(connection, person.c.person_id)
        connection.execute(insert(person).values(person_id=number, name=name, active=True))
    return number


def retire(engine: Engine, person_id: int) -> None:
    """No longer offer a person; what they did keeps their name."""
    with write(engine) as connection:
        connection.execute(update(person).where(person.c.person_id == person_id).values(active=False))
