"""Figures of the Underpayments screen: marks equal their rows, patterns are found, interest is worked by hand."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, literal, select
from sqlalchemy.types import Integer, Numeric

from data_access import export
from data_access.dispute import packet
from data_access.engine import write
from data_access.filters import Filters
from data_access.queries import late_payments, patterns, underpayments
from data_access.queries.account import load_account
from data_access.queries.account_lines import as_paid
from data_access.queries.table import page
from data_access.schema import payer
from data_access.work.office import Office
from tests.posting.facts import Facts, account_of, day
from tests.posting.test_expectations import corrected, paid, term
from tests.work.test_statements import told

D = Decimal
ALL = Filters(date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31))


def fill(engine: Engine) -> None:
    """Payer 1 allows half of its contract for visits with modifier 25 since 3 March; payer 2 has no contract."""
    facts = Facts()
    term(facts, "fixed", procedure_code="99213", amount=D("100"))
    term(facts, "fixed", procedure_code="93000", amount=D("40"), contract="Other plan")
    for place in range(8):
        on = day(2, 3) + timedelta(days=7 * place)  # 3 February to 24 March
        allowed = "100" if on < day(3, 3) else "50"
        paid(facts, f"WITH{place}", ("99213", "25", "1", "200", allowed), paid_on=on)
        paid(facts, f"PLAIN{place}", ("99213", "", "1", "200", "100"), paid_on=on)
    paid(facts, "LATER", ("99213", "25", "1", "200", "50"), paid_on=day(4, 7))
    paid(facts, "ODD", ("93000", "", "1", "90", "30.55"), paid_on=day(4, 8))
    corrected(facts, "BACK", "100")
    for place in range(10):
        paid(facts, f"USUAL{place}", ("71046", "", "1", "90", "60"), paid_on=day(1, 20), payer_id=2)
    paid(facts, "UNUSUAL", ("71046", "", "1", "90", "45"), paid_on=day(5, 5), payer_id=2)
    sums = dict.fromkeys(("amount", "claims_paid", "provider_adjustments", "difference"), D(0))
    facts.add("remittance", remittance_id=1, load_id=1, transaction_no=1, segment_no=1, **sums)
    loaded = {
        "file_name": "a.835",
        "sha256": "a",
        "status": "loaded",
        "loaded_at": datetime.combine(day(6, 30), time()),
    }
    facts.add("load", load_id=1, **loaded)
    facts.post(engine)


@pytest.fixture(params=["duckdb", "postgresql"])
def office(request: pytest.FixtureRequest, copy_of: Callable) -> Engine:
    return copy_of(request.param, fill)


def test_every_mark_is_the_sum_of_its_rows(office: Engine) -> None:
    found = underpayments.measured(office, ALL, "Contract")
    told = [found.total(name) for name in ("short", "short_lines", "lines", "recovered", "recovered_lines")]
    assert told == [D("259.45"), 6, 19, D("40.00"), 1]
    assert (found.short_payers, found.accounts) == (1, 6)
    both = underpayments.measured(office, ALL, "Both")
    assert (both.total("short"), both.total("short_lines")) == (D("274.45"), 7)
    for yardstick in underpayments.YARDSTICKS:
        for by in underpayments.BY:
            measured = underpayments.measured(office, ALL, yardstick, by)
            frame = measured.breakdown()
            assert sum(frame["short"]) == measured.total("short") == sum(measured.breakdown("month")["short"])
            assert sum(frame["short_lines"]) == measured.total("short_lines")
            for row in frame.to_dict("records"):
                rows = page(office, underpayments.table(ALL, yardstick, {by: row["key"]}))
                assert (rows.total_rows, rows.totals["short"]) == (row["short_lines"], row["short"])
    report = underpayments.table(ALL, "Contract", {"state": "recovered"})
    assert report.title == "Lines of which something came back"
    shown = [column.name for column in report.columns if not column.hidden]
    assert shown[:4] == ["account_number", "payer", "recovered", "recovered_on"], "seen without scrolling"
    back = page(office, report).frame.to_dict("records")
    assert [(row["account_number"], row["recovered"], row["recovered_on"]) for row in back] == [("BACK", 40, day(4, 1))]


def test_a_measure_carries_its_cases(office: Engine) -> None:
    short, rate, recovered = underpayments.measured(office, ALL, "Contract").measures()
    assert (short.value, rate.numerator, rate.denominator, rate.n, recovered.value) == (D("259.45"), 6, 19, 19, 40)
    nothing = Filters(ALL.as_of, date(2024, 1, 1), date(2024, 1, 31))
    assert underpayments.measured(office, nothing, "Both").measures()[1].value is None


def test_the_pattern_is_told_once_with_its_lines(office: Engine) -> None:
    (found,) = patterns.find(office, ALL, "Contract")
    assert (found.payer, found.procedure, found.modifier, found.since) == ("First Payer", None, "25", day(3, 3))
    assert (found.lines, found.seen, found.before, found.share, found.short) == (5, 5, 4, D("0.5"), D("250.00"))
    rows = page(office, underpayments.table(ALL, "Contract", found.selection))
    assert (rows.total_rows, rows.totals["short"]) == (5, D("250.00"))
    # told from the year before, but with the figures of the period
    april = Filters(ALL.as_of, day(4, 1), day(4, 30))
    (found,) = patterns.find(office, april, "Contract")
    assert (found.since, found.lines, found.short) == (day(3, 3), 1, D("50.00"))
    assert page(office, underpayments.table(april, "Contract", found.selection)).totals["short"] == D("50.00")


def test_an_account_shows_what_was_expected(office: Engine) -> None:
    lines = as_paid(office, load_account(office, account_of("ODD"))).lines.to_dict("records")
    assert [(row["expected"], row["allowed"], row["measured_by"]) for row in lines] == [
        (D("40.00"), D("30.55"), "contract")
    ]


def test_the_packet_adds_up_and_names_nobody(office: Engine) -> None:
    made = packet(office, 1, Office("Clinic", "1 Main St", "Town"), day(6, 30))
    assert (made.lines, made.short) == (6, D("259.45"))
    with zipfile.ZipFile(io.BytesIO(made.body)) as archive:
        files = {name.partition(".")[2]: archive.read(name) for name in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    manifest = json.loads(files["manifest.json"])
    assert sum(D(row["short"]) for row in rows) == D(manifest["control_totals"]["short"]) == D("259.45")
    assert {row["payer_claim_number"] for row in rows} >= {"PCNODD", "PCNLATER"}
    assert not {"member_id", "last_name"} & set(rows[0])
    assert manifest["patient_data"] is False
    letter = told(files["pdf"])
    for words in (
        "Payment dispute",
        "To: First Payer, provider payment disputes",
        "Please reprocess the 6 service lines in the enclosed list at the contracted rate and pay the difference of "
        "$259.45",
        "you have allowed 50 % of the contract on every line with modifier 25: 5 of 5 lines, $250.00 short.",
        "It names no patients and no member ids.",
        manifest["sha256"],
        "Other plan",
        "$9.45",  # of the other contract
    ):
        assert words.replace(" ", "") in letter.replace(" ", ""), words
    phi = packet(office, 1, Office(), day(6, 30), include_phi=True)
    with zipfile.ZipFile(io.BytesIO(phi.body)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("dispute-2026-06-30.csv").decode())))
    assert {row["member_id"] for row in rows if row["account_number"] == "ODD"} == {"MODD"}
    assert list(underpayments.payers_in_dispute(office)["short"]) == [D("259.45")], "the usual amount is no dispute"


def test_the_packet_is_of_one_moment(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine)
    write_csv = export.write_csv

    def renamed_meanwhile(*arguments) -> export.Manifest:
        manifest = write_csv(*arguments)
        with write(engine) as connection:
            connection.execute(payer.update().values(name="Renamed"))
        return manifest

    monkeypatch.setattr(export, "write_csv", renamed_meanwhile)
    made = packet(engine, 1, Office("Clinic", "1 Main St", "Town"), day(6, 30))
    with zipfile.ZipFile(io.BytesIO(made.body)) as archive:
        assert "FirstPayer" in told(archive.read("dispute-2026-06-30.pdf")).replace(" ", "")


@pytest.mark.parametrize(
    ("paid_amount", "percent", "days", "told"),
    [
        ("1000.00", "18", 10, "4.93"),  # 4.9315...
        ("365.00", "10", 15, "1.50"),
        ("73.00", "2.5", 1, "0.01"),  # half a cent exactly: up
        ("72.99", "2.5", 1, "0.00"),  # just below it
        ("123456.78", "18.0625", 400, "24437.68"),  # 24437.6776...
        ("0.01", "18", 1, "0.00"),
    ],
)
def test_interest_to_the_cent(engine: Engine, paid_amount: str, percent: str, days: int, told: str) -> None:
    amount = literal(D(paid_amount), Numeric(14, 2)), literal(D(percent), Numeric(9, 4)), literal(days, Integer)
    exact = D(paid_amount) * D(percent) / 100 * days / 365
    assert abs(exact - D(told)) <= D("0.005")
    with engine.connect() as connection:
        assert connection.scalar(select(late_payments.interest(late_payments.at_rate(*amount)))) == D(told)


def test_late_payments_by_rule(engine: Engine) -> None:
    facts = Facts()
    for payer_id, payer_type in ((1, "Commercial"), (2, "Commercial"), (3, "Medicare")):
        facts.add("payer_rule", payer_id=payer_id, payer_type=payer_type, load_id=1, row_no=payer_id)
    rule = {"load_id": 1, "counts_from": "submitted"}
    facts.add("prompt_pay_rule", **rule, row_no=2, payer_type="Commercial", days=30, annual_interest_percent=D("18"))
    facts.add("prompt_pay_rule", **rule, row_no=3, payer_id=2, days=45, annual_interest_percent=D("12"))
    facts.add(
        "prompt_pay_rule",
        **rule,
        row_no=4,
        payer_id=2,
        days=20,
        annual_interest_percent=D("12"),
        effective_from=day(3, 1),
    )
    sent = day(1, 10)
    money = [("99213", "", "1", "1500", "1000")]
    paid(facts, "ON-TIME", *money, paid_on=sent + timedelta(days=30))
    paid(facts, "LATE", *money, paid_on=sent + timedelta(days=40))
    paid(facts, "OWN-RULE", *money, paid_on=sent + timedelta(days=46), payer_id=2)
    paid(facts, "OWN-RULE-ON-TIME", *money, paid_on=sent + timedelta(days=40), payer_id=2)
    paid(facts, "NEW-RULE", *money, paid_on=day(3, 31), payer_id=2, submitted_on=day(3, 1))
    paid(facts, "NO-RULE", *money, paid_on=sent + timedelta(days=90), payer_id=3)
    facts.claim("DENIED-FIRST", "1500")
    facts.payment("DENIED-FIRST", "1500", "0", sent + timedelta(days=10), ("denial", "1500", "16"))
    facts.payment("DENIED-FIRST", "1500", "1000", sent + timedelta(days=80), ("contractual", "500", "45"))
    for reference, amount in (("PCNOWN-RULE", "-0.20"), (None, "-7.00")):
        facts.add(
            "provider_adjustment",
            provider_adjustment_id=facts._id(),
            remittance_id=1,
            load_id=1,
            reason_code="L6",
            reference=reference,
            amount=D(amount),
            paid_on=day(2, 25),
            payer_id=2,
        )
    facts.post(engine)
    rows = page(engine, late_payments.table(ALL)).frame.to_dict("records")
    told = {row["account_number"]: (row["days_late"], row["interest"], row["stated"], row["claimable"]) for row in rows}
    assert told == {
        "LATE": (10, D("4.93"), 0, D("4.93")),  # 1000 x 18 % x 10 / 365
        "NEW-RULE": (10, D("3.29"), 0, D("3.29")),  # 1000 x 12 % x 10 / 365
        "OWN-RULE": (1, D("0.33"), D("0.20"), D("0.13")),
    }
    exported = io.StringIO(newline="")
    export.write_csv(engine, late_payments.table(ALL), ALL, exported)
    amounts = {row["account_number"]: row["stated"] for row in csv.DictReader(io.StringIO(exported.getvalue()))}
    assert amounts == {"LATE": "0.00", "NEW-RULE": "0.00", "OWN-RULE": "0.20"}
    found = late_payments.summary(engine, ALL)
    assert (found.claims, found.claimable, late_payments.loose(engine, ALL), found.ruled) == (3, D("8.35"), 7, True)
    by_payer = [(one.payer, one.claims, one.claimable) for one in found.by_payer]
    assert by_payer == [("First Payer", 1, D("4.93")), ("Second Payer", 2, D("3.42"))]
    narrowed = page(engine, late_payments.table(ALL, {"payer": 2}))
    assert (narrowed.total_rows, narrowed.totals["claimable"]) == (2, D("3.42"))
    stated = page(engine, late_payments.rules_table(day(6, 30))).frame.to_dict("records")
    assert [(row["payer"], row["state"], row["days"]) for row in stated] == [
        ("Other payers: Commercial", "In force", 30),
        ("Second Payer", "In force", 20),
        ("Second Payer", "Past", 45),
    ]


def interest(facts: Facts, remittance_id: int, reference: str | None, amount: str) -> None:
    """An entry of interest paid (negative: it raises the payment)."""
    facts.add(
        "provider_adjustment",
        provider_adjustment_id=facts._id(),
        remittance_id=remittance_id,
        load_id=1,
        reason_code="L6",
        reference=reference,
        amount=D(amount),
        paid_on=day(2, 19),
        payer_id=1,
    )


def test_interest_is_paid_once_whether_plb_names_it_or_the_claim_says_it(engine: Engine) -> None:
    facts = Facts()
    facts.add(
        "prompt_pay_rule",
        load_id=1,
        row_no=2,
        counts_from="submitted",
        payer_id=1,
        days=30,
        annual_interest_percent=D("18"),
    )
    late = day(1, 10) + timedelta(days=40)
    for number, remittance_id, said in (
        ("PLB", 1, None),
        ("BOTH", 1, D("4.00")),
        ("IN-SUM", 2, D("3.00")),
        ("ELSEWHERE", 3, D("5.00")),
        ("NONE", 2, None),
    ):  # each is owed 1000 x 18 % x 10 / 365 = 4.93
        facts.claim(number, "1500")
        more = {"remittance_id": remittance_id, "interest": said}
        facts.payment(number, "1500", "1000", late, ("contractual", "500", "45"), **more)
    facts.claim("SPLIT", "1500")  # one claim in two payments, and one entry that names it
    for number in ("1", "2"):
        more = {"payer_claim_number": number, "interest": D("2.00")}
        facts.payment("SPLIT", "750", "500", late, ("contractual", "250", "45"), **more)
    interest(facts, 1, "PCNPLB", "-1.50")
    interest(facts, 1, "BOTH", "-4.00")
    interest(facts, 1, "SPLIT", "-4.00")
    interest(facts, 2, None, "-7.50")  # of which IN-SUM says 3.00
    facts.post(engine)
    rows = page(engine, late_payments.table(ALL)).frame.to_dict("records")
    told = {row["account_number"]: (row["stated"], row["claimable"]) for row in rows}
    assert told == {
        "PLB": (D("1.50"), D("3.43")),
        "BOTH": (D("4.00"), D("0.93")),
        "IN-SUM": (D("3.00"), D("1.93")),
        "ELSEWHERE": (D("5.00"), D("0.00")),
        "NONE": (D("0.00"), D("4.93")),
        "SPLIT": (D("4.00"), D("0.93")),
    }
    found = late_payments.summary(engine, ALL)
    assert (found.claims, found.claimable, late_payments.loose(engine, ALL)) == (6, D("12.15"), D("4.50"))
