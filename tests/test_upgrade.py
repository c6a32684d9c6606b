"""A database of an older version is brought up to date where it stands, with what people recorded in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, inspect, select, text

from data_access import schema as s
from data_access.check import check
from data_access.engine import SchemaMismatch, data_version, open_engine, write
from data_access.ingest.undo import undo
from data_access.posting import settle
from data_access.upgrade import open_office, upgrade
from data_access.work import activities, documents
from data_access.work.tables import work_state
from tests.ingest.loading import contents, load
from tests.ingest.test_words import FIRST, SECOND, named
from tests.queries.test_underpayments import fill


def as_of_7(engine: Engine) -> None:
    """What versions 8 to 13 brought is not there."""
    as_of_8(engine)
    with write(engine) as connection:
        connection.execute(text("DROP TABLE contract_month"))
        for index in s.INDEXES:
            if index.table is s.claim:
                index.drop(connection, checkfirst=True)
        for name in ("first_paid", "first_interest"):
            connection.execute(text(f"ALTER TABLE claim DROP COLUMN {name}"))
        for index in s.INDEXES:
            if index.table is s.claim and not (index.info.get("server_only") and engine.dialect.name == "duckdb"):
                index.create(connection)
        set_version(connection, "7")


def as_of_8(engine: Engine) -> None:
    """What versions 9 to 13 brought is not there."""
    as_of_9(engine)
    with write(engine) as connection:
        connection.execute(text("DROP TABLE prompt_pay_term"))
        for name in ("ix_ledger_type", "ix_claim_payment_unapplied", "ix_claim_progress_sent"):
            connection.execute(text(f"DROP INDEX IF EXISTS {name}"))
        connection.execute(s.setting.delete().where(s.setting.c.name == "posting"))
        set_version(connection, "8")


def as_of_9(engine: Engine) -> None:
    """What versions 10 to 13 brought is not there."""
    as_of_10(engine)
    dropped = {
        s.claim: "decided_on",
        s.claim_progress: "accepted_last_on",
        s.claim_payment: "repeats",
        s.account: "unprocessable",
    }
    with write(engine) as connection:
        for table, name in dropped.items():
            drop_column(connection, table, name)
        for name in ("repeated_entry", "patient_word", "payer_word"):
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(work_state.update().values(last_touch_on=None, touches=0))
        set_version(connection, "9")


def as_of_10(engine: Engine) -> None:
    """What versions 11 to 13 brought is not there."""
    as_of_11(engine)
    with write(engine) as connection:
        drop_column(connection, s.claim_payment, "stands")
        set_version(connection, "10")


def as_of_11(engine: Engine) -> None:
    """What versions 12 and 13 brought is not there."""
    as_of_12(engine)
    with write(engine) as connection:
        for name in ("facility_word", "provider_word"):
            connection.execute(text(f"DROP TABLE {name}"))
        set_version(connection, "11")


def as_of_12(engine: Engine) -> None:
    """What version 13 brought is not there."""
    with write(engine) as connection:
        connection.execute(text("DROP TABLE answer_month"))
        set_version(connection, "12")


def drop_column(connection: Connection, table: Table, name: str) -> None:
    """Drop a column of a table whose indexes stand in the way."""
    of_table = [index for index in s.INDEXES if index.table is table]
    for index in of_table:
        index.drop(connection, checkfirst=True)
    connection.execute(text(f"ALTER TABLE {table.name} DROP COLUMN {name}"))
    for index in of_table:
        if not (index.info.get("server_only") and connection.dialect.name == "duckdb"):
            index.create(connection)


def filled(engine: Engine) -> None:
    """An office with contracts and a prompt-pay rule for all its payers, which added papers to two accounts."""
    fill(engine)
    rule = {"load_id": 1, "row_no": 2, "payer_type": "Other", "days": 30, "annual_interest_percent": 18}
    with write(engine) as connection:
        connection.execute(insert(s.prompt_pay_rule).values(**rule, counts_from="submitted"))
    settle(engine)
    for account_id in (7, 7, 8):
        documents.attach(engine, account_id, 1, "letter.txt", b"synthetic", "A letter")


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    """That office, in a database of each kind."""
    return copy_of(request.param, filled)


def indexes(engine: Engine) -> set[str]:
    """The names of the indexes of a server's tables."""
    if engine.dialect.name == "duckdb":
        return set()
    found = {index["name"] for of in inspect(engine).get_multi_indexes().values() for index in of}
    assert "ix_ledger_type" in found
    return found


def broken(engine: Engine) -> set[str]:
    """The rules that do not hold: of these facts, made without their files, one of files."""
    return {finding.rule for finding in check(engine) if not finding.ok}


def words_of_claims(engine: Engine) -> dict[str, list[tuple]]:
    """What files said of facilities and providers, which until version 12 was kept of the first file alone: one word
    of each for every load whose claims name it.
    """
    words = {word.name: contents(engine)[word.name] for word in (s.facility_word, s.provider_word)}
    row, known = s.claim.c, (s.facility, s.provider)
    with engine.connect() as connection:
        parties = {party.name: set(connection.scalars(select(party.c[f"{party.name}_id"]))) for party in known}
        named = connection.execute(select(row.load_id, row.facility_id, row.billing_id, row.provider_id)).all()
    facilities = {(one, load_id) for load_id, *two, _ in named for one in two if one in parties["facility"]}
    providers = {(one, load_id) for load_id, *_, one in named if one in parties["provider"]}
    for name, wanted in (("facility_word", facilities), ("provider_word", providers)):
        assert sorted((party, load_id) for party, load_id, *_ in words[name]) == sorted(wanted)
    return words


def words_of_all(engine: Engine) -> dict[str, list[tuple]]:
    """The same of patients and payers, which until version 10 was kept of the first file alone."""
    words = {word.name: contents(engine)[word.name] for word in (s.patient_word, s.payer_word)}
    with engine.connect() as connection:
        for party, word in ((s.patient, s.patient_word), (s.payer, s.payer_word)):
            stated = select(party).where(party.c.load_id.is_not(None))
            assert len(words[word.name]) == len(connection.execute(stated).all())
    return words


def set_version(connection, version: str) -> None:
    row = s.setting
    connection.execute(row.update().where(row.c.name == "schema_version").values(value=version))


@pytest.mark.parametrize(
    ("older", "made_older"),
    [("7", as_of_7), ("8", as_of_8), ("9", as_of_9), ("10", as_of_10), ("11", as_of_11), ("12", as_of_12)],
)
def test_an_older_database_becomes_what_it_would_be_had_it_been_loaded_anew(
    office: Engine, older: str, made_older: Callable[[Engine], None]
) -> None:
    before, version, sound = contents(office), data_version(office), broken(office)
    found_by = indexes(office)
    assert (
        before["contract_month"]
        and before["prompt_pay_term"]
        and before["answer_month"]
        and any(row.first_paid for row in claims(office))
    )
    made_older(office)
    assert upgrade(office, older)
    settle(office)  # as is due
    words = {} if older == "12" else words_of_claims(office)
    words |= words_of_all(office) if int(older) < 10 else {}
    assert contents(office) == before | words
    assert indexes(office) == found_by
    assert data_version(office) > version, "what was cached is not shown any more"
    assert broken(office) == sound
    assert [activities.state_of(office, number).touches for number in (7, 8)] == touches(office) == [2, 1]
    with office.connect() as connection:
        value = connection.scalar(select(s.setting.c.value).where(s.setting.c.name == "schema_version"))
    assert value == s.SCHEMA_VERSION


def test_what_another_process_did_meanwhile_is_not_done_twice(office: Engine) -> None:
    before = contents(office)
    as_of_7(office)
    assert upgrade(office, "7") and upgrade(office, "7")
    settle(office)
    assert contents(office) == before | words_of_all(office) | words_of_claims(office)


def test_who_was_named_before_is_named_after_his_first_file_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    for file in (FIRST, SECOND):
        assert load(engine, tmp_path, x=file)["x"].status == "loaded"
    before = named(engine)
    as_of_11(engine)
    assert upgrade(engine, "11")
    undo(engine, 1)
    assert named(engine) == before, "of the second file, of which only the first one's words were kept"
    undo(engine, 2)
    assert named(engine) == (None, None, None)


def touches(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(work_state.c.touches).order_by(work_state.c.account_id)))


def claims(engine: Engine):
    with engine.connect() as connection:
        return connection.execute(select(s.claim)).all()


def test_it_is_done_when_the_database_is_opened(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    filled(engine)
    as_of_7(engine)
    engine.dispose()
    with pytest.raises(SchemaMismatch, match="schema version 7"):
        open_engine(url)
    engine = open_office(url)
    assert any(row.first_paid for row in claims(engine))
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(s.unsettled)) == 0, "and all of it is posted anew"
    engine.dispose()
    open_engine(url).dispose()


def test_a_version_of_which_nothing_is_known_is_left_alone(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'office.duckdb'}"
    engine = open_engine(url)
    for version in ("1", "99"):
        with write(engine) as connection:
            set_version(connection, version)
        with pytest.raises(SchemaMismatch, match=f"schema version {version}"):
            open_office(url)
    engine.dispose()


def test_a_step_that_fails_leaves_the_database_as_it_was(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    sound = broken(office)
    as_of_7(office)
    monkeypatch.setattr("data_access.upgrade.mark_up_to_date", fails)
    with pytest.raises(RuntimeError):
        upgrade(office, "7")
    monkeypatch.undo()
    with office.connect() as connection:
        assert not office.dialect.has_table(connection, "contract_month")
        value = connection.scalar(select(s.setting.c.value).where(s.setting.c.name == "schema_version"))
    assert value == "7"
    assert upgrade(office, "7")
    settle(office)
    assert broken(office) == sound
