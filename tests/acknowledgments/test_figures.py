"""What the Claims screen says of the hand-worked office: funnel, lists, rates, reasons; each adds up to its rows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.engine import open_engine, write
from data_access.export import REPORTS
from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from data_access.queries import account, accounts, lags, measures, progress, rejections, scoring, waiting, worklist
from data_access.queries.story import story
from data_access.queries.table import page
from data_access.reference import statuses
from data_access.schema import account as account_table
from data_access.schema import claim_progress, payer
from tests.acknowledgments.office import write_files

AS_OF = date(2026, 4, 3)
D = Decimal


def filters(**more: object) -> Filters:
    return Filters(AS_OF, date(2026, 1, 1), AS_OF, **more)


CHARGE = b"""account_number,posted_on,type,amount,billing_npi,service_on,facility_npi,payer_id
AK-90,2026-02-24,charge,500,1999999984,2026-02-20,1999999984,SYN01
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("figures")
    write_files(folder / "in")
    (folder / "in" / "61_transactions.csv").write_bytes(CHARGE)
    engine = open_engine(f"duckdb:///{folder / 'office.duckdb'}")
    assert {result.status for result in load_paths(engine, [folder / "in"], who="test")} == {"loaded"}
    yield engine
    engine.dispose()


def test_the_funnel(office: Engine) -> None:
    """14 bills of one service day and one charge without a claim.

    Paid: AK-01. Adjudicated: AK-08. With the payer: AK-02, 04, 10, 12. At the clearinghouse: AK-09. Sent: the rest.
    """
    frame = progress.funnel(office, filters()).set_index("step")
    assert list(frame["claims"]) == [15, 14, 7, 6, 2, 1]
    assert list(frame["stuck"]) == [1, 7, 1, 4, 1, 0]
    assert frame["amount"]["charged"] == D("2870") and frame["stuck_amount"]["charged"] == D("500")
    assert frame["amount"]["paid"] == D("100") and frame["amount"]["adjudicated"] == D("270")
    # AK-01, 02, 04 and 08 after a day, AK-09 nine days after its first sending
    assert frame["days"]["clearinghouse"] == 1
    assert frame["days"]["paid"] == 18


def test_what_was_written_off_is_not_to_be_sent_again(tmp_path: Path) -> None:
    write_files(tmp_path / "in")
    engine = open_engine(f"duckdb:///{tmp_path / 'office.duckdb'}")
    load_paths(engine, [tmp_path / "in"], who="test")
    before = waiting.waiting(engine, filters(), {}).lists["rejected"]
    with engine.connect() as connection:
        charge = connection.scalar(select(account_table.c.charge).where(account_table.c.account_number == "AK-03"))
    (tmp_path / "off.csv").write_text(
        f"account_number,posted_on,type,amount,billing_npi\nAK-03,2026-04-02,write_off,{charge},1999999984\n"
    )
    load_paths(engine, [tmp_path / "off.csv"], who="test")
    assert before == (4, D("640.00"))
    assert waiting.waiting(engine, filters(), {}).lists["rejected"] == (3, 640 - charge)
    found = page(engine, waiting.to_work(filters()), limit=50)
    assert (found.total_rows, found.totals["charge"]) == (3, 640 - charge)
    desk = scoring.Desk(AS_OF, None, scoring.weights(engine), {})
    assert "AK-03" not in list(page(engine, worklist.table(filters(), desk, "rejected")).frame["account_number"])
    the_day_before = Filters(date(2026, 4, 1), date(2026, 1, 1), date(2026, 4, 1))
    assert "AK-03" in list(page(engine, waiting.to_work(the_day_before)).frame["account_number"])
    engine.dispose()


@pytest.mark.parametrize("kind", ["step", "stuck"])
@pytest.mark.parametrize("step", list(progress.STUCK))
def test_each_mark_is_its_rows(office: Engine, kind: str, step: str) -> None:
    frame = progress.funnel(office, filters()).set_index("step")
    count, amount = ("claims", "amount") if kind == "step" else ("stuck", "stuck_amount")
    found = page(office, progress.table(filters(), {kind: step}), limit=50)
    assert (found.total_rows, found.totals["charge"]) == (frame[count][step], frame[amount][step])
    assert len(found.frame) == found.total_rows


def test_the_lists(office: Engine) -> None:
    assert waiting.waiting(office, filters(), {}).lists == {
        "rejected": (4, D("640.00")),  # AK-03, 05, 06, 13
        "unacknowledged": (2, D("370.00")),  # AK-07 and 11; AK-14 went to a payer that never acknowledges
        "silent": (0, D("0")),
        "asked": (0, D("0")),  # nobody asked
    }
    assert progress.acknowledging(office, filters()) == (1, 2, 1, 1)
    before_any = Filters(date(2025, 12, 31), date(2025, 10, 1), date(2025, 12, 31))
    assert progress.acknowledging(office, before_any) == (0, 0, 0, 0)
    half_a_year_on = Filters(date(2026, 9, 30), date(2026, 1, 1), date(2026, 9, 30))
    assert progress.acknowledging(office, half_a_year_on) == (0, 0, 0, 0)
    of_nobody = replace(filters(), departments=("No such department",))
    assert progress.acknowledging(office, of_nobody) == (1, 0, 0, 1)
    later = Filters(date(2026, 5, 20), date(2026, 1, 1), date(2026, 5, 20))
    rows = page(office, waiting.to_work(later, "silent"), limit=50).frame
    # 45 days without an answer, where the payer has no history of its own
    assert sorted(rows["account_number"]) == ["AK-02", "AK-04", "AK-08", "AK-09", "AK-10", "AK-12"]


def test_no_acknowledgment_is_listed_after_two_days(office: Engine) -> None:
    """AK-07, 11 and 12 were sent on Monday 2 March; of AK-12 the payer spoke on the 30th, of the others nobody did."""
    for day, wanted in ((4, (0, D("0"))), (5, (3, D("590.00"))), (30, (2, D("370.00")))):
        seen = Filters(date(2026, 3, day), date(2026, 1, 1), date(2026, 3, day))
        assert waiting.waiting(office, seen, {}).lists["unacknowledged"] == wanted


def test_silence_is_measured_by_the_payers_own_90th_percentile(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered AK-01 and AK-08 18 days after they were sent, which is no history until two are one."""
    monkeypatch.setattr(accounts, "_MIN_HISTORY", 2)
    (limits,) = accounts.silence_limits(office, filters().as_of).items()
    assert limits[1] == 18
    # sent 32 days ago: AK-02 110, AK-10 200, AK-12 220; 24 days ago: AK-04 130, AK-09 195; AK-08's replacement: 2 days
    assert waiting.waiting(office, filters(), dict([limits])).lists["silent"] == (5, D("855.00"))
    for days, wanted in ((31, {"AK-02", "AK-10", "AK-12"}), (32, set())):
        rows = page(office, waiting.to_work(filters(), "silent", limits={limits[0]: days}), limit=50).frame
        assert set(rows["account_number"]) == wanted


POSTED = b"""account_number,posted_on,type,amount,billing_npi
AK-02,2026-04-20,insurance_payment,40,1999999984
AK-10,2026-03-01,insurance_payment,40,1999999984
AK-12,2026-05-21,insurance_payment,40,1999999984
"""


def test_a_claim_whose_payment_was_posted_by_hand_is_not_silent(engine: Engine, tmp_path: Path) -> None:
    """AK-02 was paid since it was sent; AK-10 on the day before, AK-12 on the day after the one looked at."""
    write_files(tmp_path / "in")
    (tmp_path / "in" / "61_posted.csv").write_bytes(POSTED)
    load_paths(engine, [tmp_path / "in"], who="test")
    later = Filters(date(2026, 5, 20), date(2026, 1, 1), date(2026, 5, 20))
    rows = page(engine, waiting.to_work(later, "silent"), limit=50).frame
    assert sorted(rows["account_number"]) == ["AK-04", "AK-08", "AK-09", "AK-10", "AK-12"]
    assert waiting.waiting(engine, later, {}).lists["silent"][0] == 5
    steps = progress.funnel(engine, later).set_index("step")["claims"]
    assert (steps["adjudicated"], steps["paid"]) == (3, 2)  # AK-01 and 08 by remittance
    paid = page(engine, progress.table(later, {"step": "paid"})).frame
    assert dict(zip(paid["account_number"], paid["state"], strict=True)) == {"AK-01": "paid", "AK-02": "posted_by_hand"}


def test_rejections_by_reason_and_days_left(office: Engine) -> None:
    reasons = waiting.waiting(office, filters(), {}).reasons
    assert [(one.key, one.claims) for one in reasons] == [
        (":277CA A3:", 1),
        (":999 7 NM1:", 1),
        (":TA1 006:", 1),
        ("A3:21:", 1),
    ]
    assert {(one.past, one.days_left, one.limits) for one in reasons} == {(0, 48, "first filing limit in 48 days")}
    for one in reasons:
        found = page(office, waiting.to_work(filters(), "rejected", {"reason": one.key}))
        assert (found.total_rows, found.totals["charge"]) == (one.claims, one.amount)
    rows = page(office, waiting.to_work(filters())).frame
    assert set(rows["days_left"]) == {48} and len(rows) == 4


def test_a_reason_says_how_many_are_past_their_limit_and_how_long_the_next_has(engine: Engine, tmp_path: Path) -> None:
    load_paths(engine, [write_files(tmp_path / "in")], who="test")
    row, rejected = claim_progress.c, page(engine, waiting.to_work(filters())).frame["claim_id"].tolist()
    with write(engine) as connection:
        connection.execute(claim_progress.update().values(category="A3", status="21", entity=None))
    for days, wanted in {
        (-425, -1, 0, 12): (2, 0, "2 past filing limit, next today"),
        (-425, -1, 12, 40): (2, 12, "2 past filing limit, next in 12 days"),
        (-425, 1, 12, 40): (1, 1, "1 past filing limit, next in 1 day"),
        (-425, -1, None, None): (2, None, "2 past filing limit"),
        (5, 12, None, None): (0, 5, "first filing limit in 5 days"),
        (-425, -1, -1, -3): (4, None, "all past filing limit"),
        (None, None, None, None): (0, None, ""),
    }.items():
        with write(engine) as connection:
            for claim_id, left in zip(rejected, days, strict=True):
                limit = None if left is None else AS_OF + timedelta(days=left)
                which = claim_progress.update().where(row.claim_id == claim_id)
                connection.execute(which.values(filing_deadline=limit))
        (one,) = waiting.waiting(engine, filters(), {}).reasons
        assert (one.claims, one.past, one.days_left, one.limits) == (4, *wanted)


def test_an_account_is_listed_before_its_rejection_only_after_it(office: Engine) -> None:
    """AK-09 was sent again a week later, AK-10 accepted three days later."""
    early = Filters(date(2026, 3, 3), date(2026, 1, 1), date(2026, 3, 3))
    rows = page(office, waiting.to_work(early)).frame
    assert sorted(rows["account_number"]) == ["AK-03", "AK-05", "AK-09", "AK-10"]
    assert set(rows["state"]) == {"rejected", "file_rejected"}
    on_the_6th = Filters(date(2026, 3, 6), date(2026, 1, 1), date(2026, 3, 6))
    rows = page(office, waiting.to_work(on_the_6th)).frame
    assert sorted(rows["account_number"]) == ["AK-03", "AK-04", "AK-05", "AK-06", "AK-09", "AK-13"]


def test_the_rates(office: Engine) -> None:
    """Of 17 sendings all but AK-07, 11 and 14 were acknowledged; rejected: AK-03, 04, 05, 06, 09, 10, 13."""
    sent = rejections.sent(office, filters())
    rejected, clean = sent.rate("rejection_rate"), sent.rate("clean_claim_rate")
    assert (rejected.numerator, rejected.denominator, rejected.n) == (7, 14, 14)
    assert (clean.numerator, clean.denominator) == (4, 11)  # AK-01, 02, 08, 12
    assert clean.low
    assert measures.rates_each(office, [(one.metric_id, filters()) for one in (rejected, clean)]) == [rejected, clean]
    assert int(sent.over_time("rejection_rate")["denominator"].sum()) == 14
    by = sent.breakdown()
    assert list(by["numerator"]) == [7] and list(by["label"]) == ["Synthetic Payer"]


def test_a_bar_of_rejections_is_its_claims(office: Engine) -> None:
    """The payer's bar: 7 of 14. AK-03 120, 04 130, 05 140, 06 150, 09 190, 10 200, 13 230: whatever became of them."""
    (bar,) = rejections.sent(office, filters()).breakdown().to_dict("records")
    assert (bar["numerator"], bar["amount"]) == (7, D("1160.00"))
    found = page(office, rejections.table(filters(), {"rate": "rejection_rate", "payer": bar["key"]}))
    assert (found.total_rows, found.totals["charge"]) == (7, D("1160.00"))
    accounts = [f"AK-{number}" for number in ("03", "04", "05", "06", "09", "10", "13")]
    assert sorted(found.frame["account_number"]) == accounts
    # AK-04's and AK-09's first sendings, which were sent again since
    assert set(found.frame["sent_on"]) == {date(2026, 3, day) for day in (2, 3, 4, 5)}
    for by in ("facility", "department", "provider"):
        for bar in rejections.sent(office, filters(), by).breakdown().to_dict("records"):
            found = page(office, rejections.table(filters(), {"rate": "rejection_rate", by: bar["key"]}))
            assert (found.total_rows, found.totals["charge"]) == (bar["numerator"], bar["amount"])


def test_a_point_of_a_month_is_its_claims(office: Engine) -> None:
    """In March 7 sendings were rejected, 4 bills clean (AK-01, 02, 08, 12); in April a replacement was sent."""
    expected = {"rejection_rate": [(7, D("1160.00")), (0, D("0.00"))], "clean_claim_rate": [(4, D("600.00"))]}
    for metric_id, points in expected.items():
        months = rejections.sent(office, filters()).over_time(metric_id)
        assert list(zip(months["numerator"], months["amount"], strict=True)) == points
        for month, point in zip(months["month"], points, strict=True):
            found = page(office, rejections.table(filters(), {"rate": metric_id, "month": month}))
            assert (found.total_rows, found.totals["charge"]) == point
    # as it stood on 3 March, before the rest of the month: AK-03, 05, 09, 10, of eight of which anything was said
    early = Filters(date(2026, 3, 3), date(2026, 1, 1), date(2026, 3, 3))
    found = page(office, rejections.table(early, {"rate": "rejection_rate", "month": date(2026, 3, 1)}))
    assert sorted(found.frame["account_number"]) == ["AK-03", "AK-05", "AK-09", "AK-10"]
    rate = rejections.sent(office, early).rate("rejection_rate")
    assert (rate.numerator, rate.denominator) == (4, 8)


def test_nothing_acknowledged_is_not_available(office: Engine) -> None:
    with office.connect() as connection:
        other = connection.scalar(select(payer.c.payer_id).where(payer.c.identifier == "SYN02"))
    found = rejections.sent(office, filters(payer_ids=(other,))).rate("clean_claim_rate")
    assert found.value is None and found.n == 0


def test_lags(office: Engine) -> None:
    lag = lags.charge_lag(office, filters())
    assert (lag.value, lag.n) == (D("4"), 1)
    lag = lags.submission_lag(office, filters())
    assert (lag.value, lag.n) == (D("10"), 14)  # ten bills and AK-14 after 10 days; the other three after 11, 12 and 13
    assert lags.unbilled(office, filters()) == (1, D("500.00"))


def test_a_rejected_account_has_a_view_and_a_deadline(office: Engine) -> None:
    desk = scoring.Desk(AS_OF)
    rows = page(office, worklist.table(filters(), desk, "rejected")).frame
    assert sorted(rows["account_number"]) == ["AK-03", "AK-05", "AK-06", "AK-13"]
    assert set(rows["deadline"]) == {date(2026, 5, 21)} and set(rows["deadline_kind"]) == {"file"}


def test_the_account_tells_it(office: Engine) -> None:
    with office.connect() as connection:
        key = connection.scalar(select(account_table.c.account_id).where(account_table.c.account_number == "AK-04"))
    found = account.load_account(office, key)
    told = story(found, [], {})
    assert list(zip(told["day"], told["what"], strict=True)) == [
        (date(2026, 3, 12), "Claim accepted by the payer"),
        (date(2026, 3, 11), "Claim received by the clearinghouse"),
        (date(2026, 3, 10), "Claim sent"),
        (date(2026, 3, 5), "Claim rejected by the payer"),
        (date(2026, 3, 3), "Claim received by the clearinghouse"),
        (date(2026, 3, 2), "Claim sent"),
        (date(2026, 2, 20), "Charged"),
    ]
    detail = dict(zip(told["what"], told["detail"], strict=True))
    assert detail["Claim rejected by the payer"] == "National provider identifier (NPI), billing provider"
    assert len(found.answers) == 4 and set(found.progress["state"]) == {"rejected", "accepted_payer"}


def test_reports(office: Engine) -> None:
    assert page(office, REPORTS["claim_progress"](office, filters())).total_rows == 15
    assert page(office, REPORTS["rejections"](office, filters())).total_rows == 4


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("A7:562:85", "National provider identifier (NPI), billing provider. Check the NPI (A7:562:85)"),
        ("A7:9999:", "Status 9999 (A7:9999)"),
        ("A3::", "Returned unprocessed (A3)"),
        (":999 7 NM1:", "File refused (999 7 NM1). Mend the file and send it again"),
    ],
)
def test_codes_in_words(reason: str, words: str) -> None:
    assert statuses.in_words(reason) == words


def test_a_rejected_account_says_so_and_is_not_silent(office: Engine) -> None:
    with office.connect() as connection:
        key = connection.scalar(select(account_table.c.account_id).where(account_table.c.account_number == "AK-03"))
    said = account.load_account(office, key).sentence
    assert said == "Synthetic Payer owes $120.00; rejected 3 Mar 2026 and not sent again."
    later = Filters(date(2026, 5, 20), date(2026, 1, 1), date(2026, 5, 20))
    silent = page(office, worklist.table(later, scoring.Desk(later.as_of), "silent"), limit=50).frame
    assert "AK-07" in set(silent["account_number"]) and "AK-03" not in set(silent["account_number"])
