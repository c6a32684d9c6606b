"""Exports of the small office of tests/queries: every row, safe cells, a manifest that agrees, nothing half-written."""

import argparse
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, String, cast, insert, literal, select

from data_access import export, schema
from data_access.cells import cell, lines, written
from data_access.engine import mark_synthetic, write
from data_access.export import REPORTS, ExportError, write_csv
from data_access.queries import accounts, aging
from data_access.queries.table import ColumnSpec, TableReport, page
from tests.queries.office import FIRST, fill, filters


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    return copy_of(request.param, fill)


def run(engine: Engine, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    return export.run(parser.parse_args([*arguments, "--as-of", "2026-06-30"]), engine)


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        (Decimal("-25.00"), "-25.00"),
        (Decimal("1E+3"), "1000"),
        (-3, "-3"),
        (True, "yes"),
        (date(2026, 6, 30), "2026-06-30"),
        (datetime.fromisoformat("2026-06-30T12:05"), "2026-06-30T12:05:00"),
        (None, ""),
    ],
)
def test_cells(value: Any, wanted: str) -> None:
    assert cell(value) == wanted


@pytest.mark.parametrize(
    "values",
    [
        ["=a", "b", None, "b"],
        ["a,b", 'a "b"', "a\nb", "\rb", "", " ", "a;b", "a\u2028b", '=","'],
        [date(2026, 6, 30), None, date(2026, 6, 30)],
        [Decimal("1"), Decimal("1.00"), None, Decimal("1E+3")],
        [1, 0, None, 1],
        [True, False, None],
        [1, True, "1", Decimal("1.0"), None],
        [1.5, None, 1.5],
        [datetime.fromisoformat("2026-06-30T12:05"), None, date(2026, 6, 30)],
        [None, None],
        [],
    ],
)
def test_the_lines_of_a_column_are_those_of_its_cells(values: list[Any]) -> None:
    assert lines([written(values)]) == plain_csv([value] for value in values)
    assert lines([written(values), ["x"] * len(values)]) == plain_csv([value, "x"] for value in values)


def plain_csv(rows: Iterable[Iterable[Any]]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(map(cell, row) for row in rows)
    return target.getvalue()


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_written_as_its_values_read(office: Engine, name: str) -> None:
    report = REPORTS[name](office, filters()).without_phi
    target = io.StringIO(newline="")
    names = write_csv(office, report, filters(), target).columns
    with office.connect() as connection:
        rows = [dict(row) for row in connection.execute(report.sorted()).mappings()]
    for row in rows:
        row["why"] = report.why(row) if report.why else row.get("why")
    assert target.getvalue() == plain_csv([names, *([row[name] for name in names] for row in rows)])


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_the_rows_and_totals_of_its_table(office: Engine, name: str) -> None:
    report = REPORTS[name](office, filters())
    target = io.StringIO(newline="")
    manifest = write_csv(office, report, filters(), target)
    text = target.getvalue()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    shown = page(office, report)
    assert len(rows) == manifest.rows == shown.total_rows
    assert {key: Decimal(total) for key, total in manifest.control_totals.items()} == shown.totals
    for column, total in shown.totals.items():
        assert sum(Decimal(row[column] or 0) for row in rows) == total
    assert manifest.sha256 == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert [column.name for column in report.without_phi.shown] == manifest.columns
    assert not any(column.phi or column.hidden for column in report.columns if column.name in manifest.columns)


def test_rows_come_in_the_order_of_the_table(office: Engine) -> None:
    target = io.StringIO(newline="")
    write_csv(office, accounts.table(filters()), filters(), target)
    rows = list(csv.DictReader(io.StringIO(target.getvalue(), newline="")))
    assert [row["account_number"] for row in rows] == ["C", "G", "B", *sorted_fifties(rows), "A", "F"]
    assert [row["balance"] for row in rows] == ["300.00", "250.00", "200.00", "50.00", "50.00", "15.00", "-25.00"]


def sorted_fifties(rows: list[dict[str, str]]) -> list[str]:
    found = [row["account_number"] for row in rows if row["balance"] == "50.00"]
    assert sorted(found) == ["D", "E"]
    return found


def test_more_rows_than_one_batch_stream_whole(office: Engine) -> None:
    numbers = select(literal(0).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 25_000))
    query = select(numbers.c.n, cast(literal("=1"), String).label("text"))
    report = TableReport(
        "many", "Many", query, (ColumnSpec("n", "N", "count"), ColumnSpec("text", "Text")), (("n", False),)
    )
    target = io.StringIO(newline="")
    assert write_csv(office, report, filters(), target).rows == 25_001
    lines = target.getvalue().split("\r\n")
    assert lines[:2] + lines[-2:] == ["n,text", "0,'=1", "25000,'=1", ""]


class LoadedMeanwhile(io.StringIO):
    """A file; as the first rows are written to it, the office's payers are renamed and its data become synthetic."""

    def __init__(self, office: Engine) -> None:
        super().__init__(newline="")
        self.office = office

    def write(self, text: str) -> int:
        if self.getvalue():
            with write(self.office) as connection:
                mark_synthetic(connection)
                connection.execute(schema.payer.update().values(name="Renamed"))
        return super().write(text)


def test_the_manifest_is_of_the_moment_of_the_rows(office: Engine) -> None:
    chosen = filters(payer_ids=(FIRST,))
    manifest = write_csv(office, accounts.table(chosen), chosen, LoadedMeanwhile(office))
    assert (manifest.filters["payers"], manifest.synthetic) == ("First Payer", False)


def test_patient_data_only_when_asked_for(office: Engine, tmp_path: Path) -> None:
    with write(office) as connection:
        patient = {"patient_id": 5, "last_name": "=Cmd", "first_name": "Núñez", "load_id": 1}
        connection.execute(insert(schema.patient).values(patient))
        connection.execute(schema.account.update().values(patient_id=5))
    without, with_it = tmp_path / "without.csv", tmp_path / "with.csv"
    assert run(office, "accounts", "-o", str(without)) == run(office, "accounts", "--include-phi", "-o", str(with_it))
    assert "patient" not in read(without)[0]
    assert {row["patient"] for row in read(with_it)} == {"'=Cmd, Núñez"}
    kept = [json.loads(path.with_suffix(".manifest.json").read_text("utf-8")) for path in (without, with_it)]
    assert [manifest["patient_data"] for manifest in kept] == [False, True]


def test_the_manifest_beside_a_csv(office: Engine, tmp_path: Path) -> None:
    with write(office) as connection:
        mark_synthetic(connection)
    target = tmp_path / "a.csv"
    assert run(office, "accounts", "--payer", "first payer", "--department", "Cardiology", "-o", str(target)) == 0
    manifest = json.loads((tmp_path / "a.manifest.json").read_text("utf-8"))
    # B 200 and G 250
    assert (manifest["rows"], manifest["control_totals"]) == (2, {"balance": "450.00"})
    assert (manifest["as_of"], manifest["period"]) == ("2026-06-30", ["2026-04-02", "2026-06-30"])
    assert (manifest["filters"]["payers"], manifest["filters"]["departments"]) == ("First Payer", "Cardiology")
    assert manifest["synthetic"] is True
    assert manifest["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.glob("[!t]*")) == ["a.csv", "a.manifest.json"]


def test_a_zip_holds_both(office: Engine, tmp_path: Path) -> None:
    target = tmp_path / "aging.zip"
    assert run(office, "aging", "-o", str(target)) == 0
    with zipfile.ZipFile(target) as archive:
        (table,) = [name for name in archive.namelist() if name.endswith(".csv")]
        manifest = json.loads(archive.read(table.replace(".csv", ".manifest.json")))
        assert manifest["sha256"] == hashlib.sha256(archive.read(table)).hexdigest()
    assert Decimal(manifest["control_totals"]["balance"]) == page(office, aging.summary(filters())).totals["balance"]


def test_a_name_that_two_payers_share_means_both(office: Engine, tmp_path: Path) -> None:
    with write(office) as connection:
        connection.execute(schema.payer.update().where(schema.payer.c.payer_id == 2).values(name="First Payer"))
    run(office, "accounts", "--payer", "First Payer", "-o", str(tmp_path / "a.csv"))
    assert {row["account_number"] for row in read(tmp_path / "a.csv")} == set("ABCDFG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--payer-type", "Medicair"), "no payer type 'Medicair'. There are: Commercial, Medicare, Self-pay"),
        (("--payer", "Acme"), "no payer 'Acme'. There are: First Payer, Second Payer"),
        (("--provider", "Nobody"), "no provider 'Nobody'. There are: Okafor, Ben, Rivera, Ana"),
        (("--from", "2026-06-02", "--to", "2026-06-01"), "ends before it begins"),
    ],
)
def test_what_is_unknown_is_said_and_nothing_is_written(
    office: Engine, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        run(office, "accounts", *arguments, "-o", str(tmp_path / "a.csv"))
    assert not (tmp_path / "a.csv").exists()


def test_an_output_that_cannot_be_written(office: Engine, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"must end in \.csv or \.zip"):
        run(office, "accounts", "-o", str(tmp_path / "a.xlsx"))
    with pytest.raises(ExportError, match="Cannot write"):
        run(office, "accounts", "-o", str(tmp_path / "missing" / "a.csv"))


def test_a_failed_export_leaves_the_old_file(office: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.csv"
    run(office, "accounts", "-o", str(target))
    before = target.read_bytes()
    broken = replace(accounts.table(filters()), order_by=(("gone", False),))
    monkeypatch.setitem(REPORTS, "accounts", lambda *_: broken)
    with pytest.raises(KeyError):
        run(office, "accounts", "-o", str(target))
    assert target.read_bytes() == before
    assert list(tmp_path.glob(".*.part")) == []


def test_a_small_table_at_hand_is_exported_by_the_same_rules(engine: Engine) -> None:
    amounts = [Decimal("1.10"), Decimal("2.05")]
    frame = pd.DataFrame({"day": [date(2026, 1, 2), None], "what": ["=cmd()", "Paid"], "amount": amounts})
    kinds = {"day": "date", "what": "text", "amount": "money"}
    columns = tuple(ColumnSpec(name, name, kind, total=kind == "money") for name, kind in kinds.items())
    report = export.FrameReport("small", "Small", frame, columns)
    target = io.BytesIO()
    manifest = export.write_zip(engine, report, filters(), target)
    with zipfile.ZipFile(target) as archive:
        text = archive.read("small-2026-06-30.csv").decode()
    assert text == "day,what,amount\r\n2026-01-02,'=cmd(),1.10\r\n,Paid,2.05\r\n"
    assert (manifest.rows, manifest.control_totals) == (2, {"amount": "3.15"})


def test_a_small_table_without_rows_is_its_heads(engine: Engine) -> None:
    frame = pd.DataFrame({"amount": pd.Series([], dtype=object)})
    report = export.FrameReport("small", "Small", frame, (ColumnSpec("amount", "Amount", "money", total=True),))
    target = io.StringIO(newline="")
    manifest = write_csv(engine, report, filters(), target)
    assert (target.getvalue(), manifest.rows, manifest.control_totals) == ("amount\r\n", 0, {"amount": "0.00"})


def test_the_manifest_states_what_the_rows_were_narrowed_to(office: Engine) -> None:
    whole = accounts.table(filters())
    narrowed = whole.narrowed_to("Medicaid, 31-60 days", "", "balance from $50.00")
    told = [write_csv(office, report, filters(), io.StringIO()).narrowed_to for report in (whole, narrowed)]
    assert told == [[], ["Medicaid, 31-60 days", "balance from $50.00"]]
