"""Tables of practice rounds: which cases a person was given, and what they answered."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Index, Integer, String, Table

from data_access.schema import metadata

practice_round = Table(
    "practice_round",
    metadata,
    Column("round_id", BigInteger, nullable=False, autoincrement=False, comment="1, 2, 3 ... in order"),
    Column("person_id", BigInteger, nullable=False, comment="who practises"),
    Column("seed", BigInteger, nullable=False, comment="what the cases and the order of their actions follow from"),
    Column("started_at", DateTime, nullable=False, comment="UTC"),
    Column("started_on", Date, nullable=False, comment="the office's day"),
)

practice_answer = Table(
    "practice_answer",
    metadata,
    Column("round_id", BigInteger, nullable=False, comment="the round"),
    Column("place", Integer, nullable=False, comment="1 to 10"),
    Column("case_id", Integer, nullable=False, comment="the practice account, as in reference/practice_accounts.csv"),
    Column("action", String, comment="what was answered; null: not answered yet"),
    Column("correct", Boolean, comment="whether it was the best action when it was answered"),
    Column("answered_at", DateTime, comment="UTC"),
)

INDEXES = [Index("ix_practice_answer_round", practice_answer.c.round_id)]
