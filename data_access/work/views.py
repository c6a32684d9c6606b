"""Saved views: a screen with its filters under a name, for oneself or for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from sqlalchemy import Engine, Select, delete, func, insert, or_, select

from data_access.built_once import built_once
from data_access.engine import Source, next_number, write
from data_access.frames import read_rows
from data_access.work.tables import person, saved_view

LONGEST_NAME = 60


class NotSaved(ValueError):
    """The view cannot be saved or removed; the message says why."""


class NameInUse(NotSaved):
    """The person has a view of this name on this screen; the message says so."""


@dataclass(frozen=True)
class View:
    """A saved view. `parameters`: of its link, each with its values; `owner`: who saved it."""

    view_id: int
    person_id: int
    owner: str
    name: str
    screen: str
    parameters: dict[str, list[str]]
    shared: bool


def save(
    engine: Engine,
    person_id: int,
    name: str,
    screen: str,
    parameters: Mapping[str, Sequence[str]],
    shared: bool,
    replace: bool = False,
) -> int:
    """Save a view and return its id.

    Args:
        replace: a view of the same name, screen and owner gives way to it.

    Raises:
        NameInUse: there is such a view, and it is not to be replaced.
        NotSaved: it has no name, or too long a one.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise NotSaved(f"Please give the view a name of at most {LONGEST_NAME} letters.")
    row = saved_view.c
    with write(engine) as connection:
        mine = (row.person_id == person_id, row.screen == screen, func.lower(row.name) == name.lower())
        taken = connection.scalar(select(row.name).where(*mine))
        if taken and not replace:
            raise NameInUse(f"You have a view named {taken} on this screen already.")
        connection.execute(delete(saved_view).where(*mine))
        number = next_number(connection, row.view_id)
        text = urlencode({key: list(values) for key, values in parameters.items()}, doseq=True)
        connection.execute(
            insert(saved_view).values(
                view_id=number, person_id=person_id, name=name, screen=screen, parameters=text, shared=shared
            )
        )
    return number


def views(engine: Source, person_id: int | None) -> list[View]:
    """The views one may use, by name: one's own, and those that others share."""
    return [
        View(
            found.view_id,
            found.person_id,
            found.owner,
            found.name,
            found.screen,
            parse_qs(found.parameters),
            found.shared,
        )
        for found in read_rows(engine, _to_use(person_id or 0))
    ]


@built_once
def _to_use(person_id: int) -> Select:
    row = saved_view.c
    return (
        select(saved_view, person.c.name.label("owner"))
        .join(person, person.c.person_id == row.person_id)
        .where(or_(row.shared.is_(True), row.person_id == person_id))
        .order_by(func.lower(row.name), row.view_id)
    )


def remove(engine: Engine, view_id: int, person_id: int) -> None:
    """Remove a view of one's own.

    Raises:
        NotSaved: it is somebody else's, or gone.
    """
    row = saved_view.c
    with write(engine) as connection:
        own = (row.view_id == view_id, row.person_id == person_id)
        if not connection.scalar(select(func.count()).where(*own)):
            raise NotSaved("Only who saved a view can remove it.")
        connection.execute(delete(saved_view).where(*own))
