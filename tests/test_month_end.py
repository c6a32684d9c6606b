"""The month-end pack of the small office: the files agree with each other and with what the screen shows."""

import argparse
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import Engine, insert

from data_access import schema
from data_access.engine import mark_synthetic, write
from data_access.export import ExportError
from data_access.filters import Filters
from data_access.month_end import cli, tables
from data_access.month_end.pack import collect, pdf_bytes, zipped
from data_access.work.office import Office, set_office
from tests.posting.facts import day
from tests.queries.office import FIRST, fill

MAY = Filters(day(5, 31), day(5, 1), day(5, 31))
TODAY = day(6, 20)


def named(engine: Engine) -> Engine:
    """The office, with a letterhead, a patient, and a payer whose name a spreadsheet would run."""
    fill(engine)
    with write(engine) as connection:
        mark_synthetic(connection)
        person = {"patient_id": 5, "last_name": "Zyxwv", "first_name": "Qrstu", "load_id": 1}
        connection.execute(insert(schema.patient).values(person))
        connection.execute(schema.account.update().values(patient_id=5))
        connection.execute(schema.payer.update().where(schema.payer.c.payer_id == FIRST).values(name="=First & <b>"))
    set_office(engine, Office(name="Synthetic Clinic", street="1 Synthetic Way", place="Exampleville, KS 66002"))
    return engine


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    return copy_of(request.param, named)


@pytest.fixture
def embedded(copy_of: Callable) -> Engine:
    return copy_of("duckdb", named)


def told(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(paper[at].get_textpage().get_text_range().split()) for at in range(len(paper)))


def files(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(engine: Engine, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.run(parser.parse_args(arguments), engine)


def test_the_manifest_proves_every_file(office: Engine) -> None:
    found = files(zipped(office, MAY, TODAY).body)
    manifest = json.loads(found.pop("manifest.json"))
    listed = {one["file"]: one for one in manifest["files"]}
    assert listed.keys() == found.keys()
    assert {name: hashlib.sha256(body).hexdigest() for name, body in found.items()} == {
        name: one["sha256"] for name, one in listed.items()
    }
    assert (manifest["period"], manifest["synthetic"], manifest["patient_data"], manifest["whole_month"]) == (
        ["2026-05-01", "2026-05-31"],
        True,
        False,
        True,
    )
    pack = collect(office, MAY, TODAY)
    for report in tables.reports(pack):
        one = listed[f"{report.report_id}.csv"]
        rows = list(csv.DictReader(io.StringIO(found[one["file"]].decode(), newline="")))
        assert len(rows) == one["rows"] == len(report.frame)
        shown = {name: f"{total}" for name, total in tables.totals(report).items()}
        assert shown.items() <= one["control_totals"].items()
        for column, total in one["control_totals"].items():
            assert sum(Decimal(row[column] or 0) for row in rows) == Decimal(total)
            places = 0 if column.startswith("claims") else 2
            assert all(row[column] == "" or row[column][::-1].find(".") + 1 == (places and places + 1) for row in rows)


def test_why_claims_were_denied_has_its_total_of_claims_everywhere(office: Engine) -> None:
    # G was denied in May, 250.00; C in April, 300.00; both for want of an authorization
    report = tables.denials(collect(office, MAY, TODAY))
    assert [row[:4] for row in report.rows()] == [["Authorization", 1, 1, 1]]
    totals = {"claims": 1, "claims_before": 1, "amount": 250, "amount_before": 300, "change": -50}
    assert tables.totals(report) == totals
    body = zipped(office, MAY, TODAY).body
    (one,) = [one for one in json.loads(files(body)["manifest.json"])["files"] if one["file"] == "denial_reasons.csv"]
    assert one["control_totals"] == {
        "claims": "1",
        "claims_before": "1",
        "amount": "250.00",
        "amount_before": "300.00",
        "change": "-50.00",
    }
    paper = told(pdf_bytes(office, MAY, TODAY))
    assert "Authorization 1 100.0 % 1 $250.00 $300.00 -$50.00 In all 1 1 $250.00 $300.00 -$50.00" in paper


def test_a_figure_that_filters_do_not_narrow_says_so(office: Engine) -> None:
    narrowed = replace(MAY, payer_ids=(FIRST,))
    paper = told(pdf_bytes(office, narrowed, TODAY))
    for filters, name in ((MAY, "Unapplied cash"), (narrowed, "Unapplied cash (whole office)")):
        (one,) = [one for one in collect(office, filters, TODAY).figures if one.now.metric_id == "unapplied"]
        rows = csv.DictReader(io.StringIO(files(zipped(office, filters, TODAY).body)["figures.csv"].decode()))
        (row,) = [row for row in rows if row["metric"] == "unapplied"]
        assert one.name == row["figure"] == name
    assert "Unapplied cash (whole office)" in paper and "A/R (whole office)" not in paper


def test_the_paper_says_what_the_screen_does_and_names_nobody(office: Engine) -> None:
    pack, paper = collect(office, MAY, TODAY), pdf_bytes(office, MAY, TODAY)
    text = told(paper)
    for one in pack.figures:
        values = (one.now.value, one.before.value if one.before else None)
        assert " ".join(tables.said(value, one.metric.unit) for value in values) in text, one.metric.name
        assert one.metric.definition.split(". ")[0] in text
    for said in (
        "Synthetic Clinic",
        "SYNTHETIC DATA",
        "May 31, 2026",
        "None: the whole office",
        pack.finding,
        "Page 2",
    ):
        assert said in text
    assert "=First & <b>, 0-30 days" in text
    everything = text + "".join(
        body.decode() for name, body in files(zipped(office, MAY, TODAY).body).items() if name[-3:] == "csv"
    )
    assert not any(name in everything for name in ("Zyxwv", "Qrstu"))
    assert paper == pdf_bytes(office, MAY, TODAY), "the same in gives the same out"


def test_what_a_spreadsheet_would_run_is_defused(embedded: Engine) -> None:
    found = files(zipped(embedded, MAY, TODAY).body)
    assert '"\'=First & <b>, 0-30 days"' in found["moved.csv"].decode()


def test_filters_stand_on_the_paper_in_words(embedded: Engine) -> None:
    text = told(pdf_bytes(embedded, replace(MAY, payer_ids=(FIRST,), anchor="service"), TODAY))
    assert "Filters: Payer: =First & <b>; Ages count from: service date" in text


def test_from_a_shell(embedded: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(embedded, "--month", "2026-05", "--payer-type", "Commercial", "-o", str(tmp_path / "pack.zip")) == 0
    found = files((tmp_path / "pack.zip").read_bytes())
    manifest = json.loads(found["manifest.json"])
    assert (manifest["as_of"], manifest["filters"]["Payer type"]) == ("2026-05-31", "Commercial")
    assert run(embedded, "-o", str(tmp_path / "pack.pdf")) == 0
    assert "May 2026: written to" in capsys.readouterr().err
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF")
    assert run(embedded, "--month", "2026-06", "-o", str(tmp_path / "part.pdf")) == 0
    assert "which is not over: the data end on 2026-06-20" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--month", "2031-01", "-o", "a.zip"), "no data of January 2031: they reach from 2026-01-"),
        (("--month", "May", "-o", "a.zip"), "written as 2026-10, not 'May'"),
        (("--payer", "Nobody", "-o", "a.zip"), "There is no payer 'Nobody'"),
        (("-o", "a.csv"), r"must end in \.zip or \.pdf"),
        (("-o", "missing/a.zip"), "Cannot write"),
    ],
)
def test_what_cannot_be_written_says_why(
    embedded: Engine, arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportError, match=message):
        run(embedded, *arguments)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".duckdb"] == []


def test_of_an_empty_database(duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Nothing is loaded yet"):
        run(duckdb_engine, "-o", str(tmp_path / "a.zip"))
