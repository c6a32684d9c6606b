"""A practice many times its size: copied inside the database, with ids and keys of its own for every copy.

Making ten million claims one by one takes hours; copying one million ten times takes minutes. Days, amounts, payers,
facilities and providers stay the same; loads, facts, patients and accounts are each copy's own. The copies of a row lie
together, and the numbers of the copies of a load follow each other: tables stay in order of time and of the loads they
came from, as they would be had all been made one by one, and are looked up as fast.
"""

from sqlalchemy import BigInteger, Column, Engine, Index, String, Table, text

from data_access import schema
from data_access.engine import write
from data_access.ids import row_id
from data_access.posting import collectibility, settle
from data_access.posting.months import KEPT

#: Written once for the office, whatever its size.
_SHARED = (schema.payer_rule, schema.department_assignment)
_TABLES = (
    *(table for table in schema.FACT_TABLES if table not in _SHARED),
    *schema.DERIVED_TABLES,
    schema.patient,
    schema.load,
    schema.load_problem,
    schema.source_chunk,
    schema.x12_transaction,
)
#: Ids that are hashes: moved round the circle of their values.
_HASHED = ("account_id", "account_key", "sent_account_id", "sent_account_key", "patient_id")
_OF_THE_OFFICE = ("payer", "facility", "billing", "provider", "person", "decision")
#: Texts that tell one file, account or claim from all others.
_TELLING = (
    "account_number",
    "member_id",
    "payer_claim_number",
    "reference",
    "original_reference",
    "trace_number",
    "check_number",
    "sha256",
    "body_sha256",
    "business_key",
    "interchange_key",
)
#: Sums that are kept of what is copied.
_SUMS = {
    **{kept.table.name: kept.sums for kept in KEPT},
    "month_end_balance": ("balance", "accounts"),
}
_CIRCLE = 1 << 63
_STEP = 0x1F3D5B79A2C4E681  # odd, so that no copy meets another
_LOAD = row_id(1, 0)  # what the ids of one load's facts are apart from those of the next


def multiply(engine: Engine, times: int) -> None:
    """Add `times` - 1 copies of all that is in an embedded database that was posted.

    Raises:
        ValueError: it holds copies already: theirs would meet them.
    """
    _refuse_copies(engine)
    indexes = [index for index in schema.INDEXES if index.table in _TABLES and not index.info.get("server_only")]
    with write(engine) as connection:
        loads = int(connection.scalar(text("SELECT value FROM setting WHERE name = 'next_load_id'")))
        for index in indexes:
            connection.execute(text(f"DROP INDEX {index.name}"))
    for table in _TABLES:
        _copy(engine, table, times)
    with write(engine) as connection:
        for table, sums in _SUMS.items():
            each = ", ".join(f"{name} = {name} * {times}" for name in sums)
            connection.execute(text(f"UPDATE {table} SET {each}"))
        connection.execute(
            text("UPDATE setting SET value = :value WHERE name = 'next_load_id'"), {"value": str(loads * times)}
        )
    _index(engine, indexes)
    with write(engine) as connection:
        collectibility.observe(connection)
    settle(engine)  # what the bank received is matched anew


def _refuse_copies(engine: Engine) -> None:
    moved = f"((account_id::HUGEINT + {_STEP % _CIRCLE}) % {_CIRCLE})::BIGINT"
    with engine.connect() as connection:
        if connection.scalar(text(f"SELECT 1 FROM account WHERE {moved} IN (SELECT account_id FROM account) LIMIT 1")):
            raise ValueError("This practice holds copies already: give --made the number that were made one by one.")


def _index(engine: Engine, indexes: list[Index]) -> None:
    for index in indexes:
        with write(engine) as connection:
            index.create(connection)


def _copy(engine: Engine, table: Table, times: int) -> None:
    """Put `times` copies in the place of a table's rows."""
    values = ", ".join(_value(column, times) for column in table.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with write(engine) as connection:
        connection.execute(text(f'CREATE TABLE original AS SELECT * FROM "{table.name}"'))
        connection.execute(text(f'DELETE FROM "{table.name}"'))
    with write(engine) as connection:  # a transaction cannot give a key again that it deleted
        connection.execute(
            text(
                f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM original, range({times}) AS copy (number) '
                "ORDER BY original.rowid, number"
            )
        )
        connection.execute(text("DROP TABLE original"))


def _value(column: Column, times: int) -> str:
    name = f'"{column.name}"'
    if column.name == "load_id":
        return f"{name} * {times} + number"
    if column.name in _HASHED:
        return f"(({name}::HUGEINT + number::HUGEINT * {_STEP} % {_CIRCLE}) % {_CIRCLE})::BIGINT"
    if isinstance(column.type, String) and column.name in _TELLING:
        return f"CASE WHEN number = 0 THEN {name} ELSE {name} || '-' || number END"
    of_the_office = any(word in column.name for word in _OF_THE_OFFICE) and column.name not in _FACT_IDS
    if isinstance(column.type, BigInteger) and (column.name in _FACT_IDS or column.name.endswith("_id")):
        return name if of_the_office else f"({name} // {_LOAD} * {times} + number) * {_LOAD} + {name} % {_LOAD}"
    return name


_FACT_IDS = {f"{table.name}_id" for table in schema.FACT_TABLES} | {"chain_id", "reversal_of"}
