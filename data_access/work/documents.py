"""Papers of an account as they were sent or added: the very bytes, each kept with the activity it belongs to."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from sqlalchemy import Connection, Engine, exists, insert, select

from data_access.engine import Source, next_number, write
from data_access.work import activities
from data_access.work.entries import Incomplete, check_entry
from data_access.work.tables import activity, document

LARGEST = 10 * 1024 * 1024
PDF = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """A document without its body. `taken_back`: the activity it belongs to was undone."""

    document_id: int
    activity_id: int
    day: date
    kind: str
    note: str | None
    file_name: str
    media_type: str
    taken_back: bool


def keep(connection: Connection, papers: Sequence[tuple[int, int, str, str, bytes]]) -> None:
    """Keep documents within the caller's `write` transaction: activity, account, file name, media type, body."""
    first = next_number(connection, document.c.document_id)
    rows = [
        {
            "document_id": number,
            "activity_id": activity_id,
            "account_id": account_id,
            "file_name": name,
            "media_type": media_type,
            "sha256": hashlib.sha256(body).hexdigest(),
            "body": body,
        }
        for number, (activity_id, account_id, name, media_type, body) in enumerate(papers, first)
    ]
    if rows:
        connection.execute(insert(document), rows)


def attach(engine: Engine, account_id: int, person_id: int, file_name: str, body: bytes, note: str) -> int:
    """Add a paper to an account, as an activity; returns the activity's id.

    Raises:
        Incomplete: it is empty, too large, or nothing says what it is.
    """
    if not body:
        raise Incomplete("The file is empty.")
    if len(body) > LARGEST:
        raise Incomplete(f"The file is larger than {LARGEST // 1024 // 1024} MB: scan it at a lower resolution.")
    if not note.strip():
        raise Incomplete("Please say what it is, such as: payer's letter of 3 March.")
    name = PurePath(file_name.replace("\\", "/")).name[:120] or "document"
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    entry = {"kind": "document", "account_id": account_id, "note": note}
    check_entry(entry, date.today())
    with write(engine) as connection:
        (activity_id,) = activities.add(connection, [entry], person_id, date.today())
        keep(connection, [(activity_id, account_id, name, media_type, body)])
        activities.keep_state(connection, account_id)
    return activity_id


def papers(engine: Source, account_id: int) -> list[Paper]:
    """The papers of an account, newest first, without their bodies."""
    row, undo = activity.c, activity.alias("undo")
    taken_back = exists().where(undo.c.undoes == row.activity_id)
    query = (
        select(
            document.c.document_id,
            row.activity_id,
            row.day,
            row.kind,
            row.note,
            document.c.file_name,
            document.c.media_type,
            taken_back.label("taken_back"),
        )
        .join(activity, row.activity_id == document.c.activity_id)
        .where(document.c.account_id == account_id)
        .order_by(document.c.document_id.desc())
    )
    with engine.connect() as connection:
        return [Paper(**found) for found in connection.execute(query).mappings()]


def body(engine: Source, document_id: int) -> bytes:
    """The bytes of a paper.

    Raises:
        LookupError: there is no such paper.
    """
    with engine.connect() as connection:
        found = connection.scalar(select(document.c.body).where(document.c.document_id == document_id))
    if found is None:
        raise LookupError("There is no such paper.")
    return bytes(found)
