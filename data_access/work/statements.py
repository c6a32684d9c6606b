"""Sending statements: each is an activity with its paper, starts or continues the clock, and can be undone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

from sqlalchemy import Connection, Engine, exists, select

from data_access.cells import cell
from data_access.documents.paper import statement_pdf
from data_access.engine import is_synthetic, write
from data_access.posting import settle
from data_access.queries import statements as queries
from data_access.queries.statements import Statement
from data_access.schema import account
from data_access.work import activities, documents
from data_access.work.activities import FIRST_OF_THESE, Incomplete
from data_access.work.office import Office
from data_access.work.tables import activity, document, work_state

#: Statements written in one transaction; others may write in between.
_PIECE = 200


@dataclass(frozen=True)
class Sent:
    """What was sent: the batch's number (None where nothing was), how many statements, and what they ask for."""

    batch_id: int | None
    count: int
    amount: Decimal


def send(
    engine: Engine,
    account_ids: Sequence[int],
    person_id: int,
    office: Office,
    today: date,
    progress: Callable[[int], None] = lambda done: None,
) -> Sent:
    """Make and record the statements of some accounts.

    An account is passed over that owes nothing, is on hold, or was sent a statement today: two people who press the
    button together send one batch between them. Written piece by piece, each whole; what an interruption leaves is
    still due.

    Args:
        progress: called with the number of accounts done.

    Raises:
        Incomplete: the office has no letterhead yet.
    """
    if not office.is_named:
        raise Incomplete("Statements need the office's name and address: set them under Administration.")
    synthetic = is_synthetic(engine)
    batch_id: int | None = None
    count, amount = 0, Decimal("0.00")
    for start in range(0, len(account_ids), _PIECE):
        asked = account_ids[start : start + _PIECE]
        made = [
            (statement, statement_pdf(statement, office, today, synthetic))
            for statement in queries.statements(engine, asked, today, office)
        ]
        batch_id, sent = _record(engine, made, person_id, today, batch_id)
        count += len(sent)
        amount += sum((statement.amount for statement in sent), Decimal(0))
        progress(start + len(asked))
    settle(engine)
    return Sent(batch_id, count, amount)


def _record(
    engine: Engine, made: list[tuple[Statement, bytes]], person_id: int, today: date, batch_id: int | None
) -> tuple[int | None, list[Statement]]:
    with write(engine) as connection:
        barred = _barred(connection, [statement.account_id for statement, _ in made], today)
        made = [(statement, pdf) for statement, pdf in made if statement.account_id not in barred]
        if not made:
            return batch_id, []
        entries = [
            {
                "kind": "statement",
                "account_id": statement.account_id,
                "amount": statement.amount,
                "batch_id": batch_id or FIRST_OF_THESE,
            }
            for statement, _ in made
        ]
        ids = activities.add(connection, entries, person_id, today)
        papers = [
            (number, statement.account_id, f"statement-{today.isoformat()}-{number}.pdf", documents.PDF, pdf)
            for number, (statement, pdf) in zip(ids, made, strict=True)
        ]
        documents.keep(connection, papers)
        for statement, _ in made:
            activities.keep_state(connection, statement.account_id)
        activities.post_again(connection, [statement.account_id for statement, _ in made])
    return batch_id or ids[0], [statement for statement, _ in made]


def _barred(connection: Connection, account_ids: Sequence[int], today: date) -> set[int]:
    row, undo = activity.c, activity.alias("undo")
    sent = select(row.account_id).where(
        row.account_id.in_(account_ids),
        row.kind == "statement",
        row.day == today,
        ~exists().where(undo.c.undoes == row.activity_id),
    )
    held = select(work_state.c.account_id).where(
        work_state.c.account_id.in_(account_ids), work_state.c.holds.is_not(None)
    )
    return {*connection.scalars(sent), *connection.scalars(held)}


def take_back(engine: Engine, batch_id: int, person_id: int, today: date) -> int:
    """Take a whole batch back, as if it had not been sent; returns the number of statements taken back.

    Raises:
        Incomplete: nothing of it stands.
    """
    row, undo = activity.c, activity.alias("undo")
    query = select(row.activity_id, row.account_id).where(
        row.kind == "statement", row.batch_id == batch_id, ~exists().where(undo.c.undoes == row.activity_id)
    )
    with write(engine) as connection:
        standing = connection.execute(query).all()
        if not standing:
            raise Incomplete("This batch was taken back already.")
        entries = [{"kind": "undo", "undoes": one.activity_id, "account_id": one.account_id} for one in standing]
        activities.add(connection, entries, person_id, today)
        for one in standing:
            activities.keep_state(connection, one.account_id)
        activities.post_again(connection, [one.account_id for one in standing])
    settle(engine)
    return len(standing)


def write_zip(engine: Engine, batch_id: int, target: IO[bytes]) -> None:
    """Write the statements of a batch that were not taken back as PDFs, with a list and a manifest of totals.

    The list names account numbers and amounts, no patients; the manifest proves that nothing is missing.
    """
    row, undo = activity.c, activity.alias("undo")
    query = (
        select(account.c.account_number, row.amount, row.day, document.c.file_name, document.c.sha256, document.c.body)
        .join(document, document.c.activity_id == row.activity_id)
        .outerjoin(account, account.c.account_id == row.account_id)
        .where(row.kind == "statement", row.batch_id == batch_id)
        .where(~exists().where(undo.c.undoes == row.activity_id))
        .order_by(row.activity_id)
    )
    listed = io.StringIO()
    lines = csv.writer(listed, lineterminator="\r\n")
    lines.writerow(["account_number", "amount", "sent_on", "file", "sha256"])
    count, amount = 0, Decimal("0.00")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, engine.connect() as connection:
        for found in connection.execution_options(stream_results=True).execute(query):
            archive.writestr(found.file_name, bytes(found.body))
            values = (found.account_number, found.amount, found.day, found.file_name, found.sha256)
            lines.writerow(map(cell, values))
            count, amount = count + 1, amount + found.amount
        body = listed.getvalue().encode("utf-8")
        archive.writestr("statements.csv", body)
        manifest = {
            "batch": batch_id,
            "statements": count,
            "amount": f"{amount:.2f}",
            "list": "statements.csv",
            "list_sha256": hashlib.sha256(body).hexdigest(),
            "synthetic": is_synthetic(engine),
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
