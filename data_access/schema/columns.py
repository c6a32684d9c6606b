"""What every table's columns are made of."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Numeric, String

metadata = MetaData()

#: On the embedded database ids ascend in file order, so block statistics find a row by id without an
#: index; only what is looked up by account gets one. A server gets them all.
SERVER_ONLY = {"server_only": True}


def id_column(name: str, comment: str) -> Column:
    """A number that tells rows apart; given by us, never by the database."""
    return Column(name, BigInteger, nullable=False, autoincrement=False, comment=comment)


def ref(name: str, comment: str, nullable: bool = True) -> Column:
    """The id of a row of another table."""
    return Column(name, BigInteger, nullable=nullable, comment=comment)


def money(name: str, comment: str, nullable: bool = True) -> Column:
    """An amount in dollars and cents."""
    return Column(name, Numeric(14, 2), nullable=nullable, comment=comment)


def text(name: str, comment: str, nullable: bool = True) -> Column:
    """Text of any length."""
    return Column(name, String, nullable=nullable, comment=comment)


def day(name: str, comment: str) -> Column:
    """A date without a time."""
    return Column(name, Date, comment=comment)


def flag(name: str, comment: str) -> Column:
    """Yes, no or unknown."""
    return Column(name, Boolean, comment=comment)


def count(name: str, comment: str) -> Column:
    """A whole number."""
    return Column(name, Integer, comment=comment)


def source() -> list[Column]:
    """Where in which file a fact was read."""
    return [
        ref("load_id", "the load this row came from", nullable=False),
        count("transaction_no", "ordinal of the ST..SE in its file, from 1"),
        Column("segment_no", BigInteger, comment="ordinal of the first segment in its file, from 1"),
    ]


def dimensions() -> list[Column]:
    """What every screen filters by; the same names on every table a screen reads."""
    return [
        ref("facility_id", "where the service was given"),
        text("department", "department of the rendering provider, or 'Unassigned'"),
        ref("provider_id", "rendering provider"),
        ref("payer_id", "payer whose receivable or claim this is; primary payer for patient rows"),
    ]
