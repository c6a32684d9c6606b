"""Problems of a load that show only beside what other loads brought, listed once its rows are written."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from data_access.ingest.rows import Problem
from data_access.schema import load_problem


def list_more(connection: Connection, load_id: int, problems: list[Problem]) -> None:
    """Add problems to those that a load has."""
    own = load_problem.c
    last = connection.scalar(select(func.max(own.problem_no)).where(own.load_id == load_id)) or 0
    rows = [
        {
            "load_id": load_id,
            "problem_no": number,
            "severity": problem.severity,
            "transaction_no": problem.transaction_no,
            "segment_no": problem.segment_no,
            "code": problem.code,
            "message": problem.message,
        }
        for number, problem in enumerate(problems, last + 1)
    ]
    connection.execute(insert(load_problem), rows)
