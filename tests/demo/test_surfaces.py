"""What was planted before and after the claim is what the screens show first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from data_access.demo.stories import (
    ACKNOWLEDGMENTS_STOPPED,
    CHECK_RETURNED,
    CHECKS_LAPSED,
    DEPOSIT_MISSING,
    DEPOSIT_TRANSPOSED,
    FILE_REFUSED,
    LATE_PAYER,
    REJECTION_SPIKE,
    REMITTANCE_MISSING,
    UNDERPAYER,
    VISIT_UNDERPAYER,
)
from data_access.filters import Filters
from data_access.queries import (
    appointments,
    bank_days,
    coverage,
    late_payments,
    patterns,
    reconciliation,
    rejections,
    underpayments,
    waiting,
)
from data_access.queries.table import page
from data_access.reference import statuses
from data_access.schema import (
    billing_entry,
    claim_progress,
    deposit,
    deposit_match,
    line_expectation,
    remittance,
    remittance_match,
)
from tests.demo.planted import UNTIL, during, name_of


@pytest.fixture(scope="module")
def engine(practice: Engine) -> Engine:
    """The practice."""
    return practice


def test_coverage_checks_lapse(engine):
    rates = coverage.served(engine, during(CHECKS_LAPSED), "facility").verification_by().sort_values("value")
    assert rates.iloc[0]["label"] == name_of(CHECKS_LAPSED)
    here = replace(during(CHECKS_LAPSED), facility_ids=(int(rates.iloc[0]["key"]),))
    causes = coverage.causes(engine, here).set_index("key")["claims"]
    # what is known of the patient then comes from an earlier or a later visit
    unchecked = causes.reindex(["never_asked", "too_early", "asked_late"]).sum()
    assert unchecked > 0.6 * causes.sum()


def test_visits_to_come_are_listed(engine):
    asked, uncovered = appointments.count(engine, Filters(UNTIL, UNTIL - timedelta(days=90), UNTIL))
    assert 0 <= uncovered < asked


def test_unacknowledged_claims_are_those_of_the_payer_that_fell_silent(engine):
    report = waiting.to_work(during(ACKNOWLEDGMENTS_STOPPED), "unacknowledged")
    rows = page(engine, report).frame
    assert len(rows) >= 5
    assert rows["payer"].value_counts().index[0] == name_of(ACKNOWLEDGMENTS_STOPPED)


def test_rejection_spike(engine):
    rates = rejections.sent(engine, during(REJECTION_SPIKE), "facility").breakdown()
    assert rates.sort_values("value", ascending=False).iloc[0]["label"] == name_of(REJECTION_SPIKE)
    reasons = waiting.waiting(engine, during(REJECTION_SPIKE), {}).reasons
    assert reasons[0].key.startswith("A7:164")


def test_the_refused_file_is_behind_the_bar_of_its_clinic_and_was_sent_again(engine):
    period = during(FILE_REFUSED)
    bar = rejections.sent(engine, period, "facility").breakdown().iloc[0]  # most rejected claims first
    assert bar["label"] == name_of(FILE_REFUSED)
    behind = page(engine, rejections.table(period, {"rate": "rejection_rate", "facility": int(bar["key"])}), limit=500)
    assert (behind.total_rows, behind.totals["charge"]) == (bar["numerator"], bar["amount"])
    refused = behind.frame[behind.frame["rejected_by"] == "file"]
    assert len(refused) >= 3 and len(refused) > len(behind.frame) / 2
    assert set(refused["state"]) == {"file_rejected"}
    assert {statuses.short(reason) for reason in refused["reason"]} == {"File refused (999 7 HI)"}
    assert refused["sent_on"].nunique() == 1  # one file
    row = claim_progress.c
    gaps = select(row.resent_on - row.sent_on).where(row.state == "file_rejected").distinct()
    with engine.connect() as connection:
        # a Friday's file, again on the Monday; nothing of it waits today
        assert [getattr(gap, "days", gap) for gap in connection.scalars(gaps)] == [3]
    today = Filters(UNTIL, UNTIL - timedelta(days=90), UNTIL)
    found = page(engine, waiting.to_work(today, "rejected"), limit=1_000).frame
    assert len(found) and "file" not in set(found["rejected_by"])


def test_patterns_of_underpayment(engine):
    found = patterns.find(engine, Filters(UNTIL, UNTIL - timedelta(days=120), UNTIL), "Contract")
    told = {(one.payer, one.modifier) for one in found}
    assert (name_of(UNDERPAYER), None) in told
    assert (name_of(VISIT_UNDERPAYER), "25") in told
    since = next(one.since for one in found if one.payer == name_of(UNDERPAYER))
    assert abs((since - (UNTIL - timedelta(days=UNDERPAYER.first))).days) <= 14


def test_all_but_the_payers_without_contract_are_measured_by_one(engine):
    year = Filters(UNTIL, UNTIL - timedelta(days=365), UNTIL)
    by_contract, usual = (underpayments.measured(engine, year, one) for one in ("Contract", "Usual amount"))
    assert by_contract.total("lines") > 10 * usual.total("lines") > 0
    row = line_expectation.c
    with engine.connect() as connection:
        expected = connection.scalar(select(func.sum(row.expected)).where(row.basis == "contract"))
    assert 0 < by_contract.total("short") < expected * 5 / 100


def test_late_payments(engine):
    late = late_payments.summary(engine, during(LATE_PAYER))
    assert max(late.by_payer, key=lambda one: one.claims).payer == name_of(LATE_PAYER)


def test_the_banks_oddities_and_nothing_else_recent_is_open(engine):
    period = during(replace(DEPOSIT_MISSING, last=0))
    position = reconciliation.position(engine, period)
    assert position.deposits["open"][1] >= 1
    assert position.deposits["differing"][1] == 1
    row, match = deposit.c, deposit_match.c
    lines = (
        select(row.trace_number, match.state)
        .join(deposit_match, match.deposit_id == row.deposit_id)
        .where(row.trace_number.is_not(None), match.state != "matched")
    )
    remits = (
        select(remittance.c.payer_name)
        .join(remittance_match, remittance_match.c.remittance_id == remittance.c.remittance_id)
        .where(
            remittance_match.c.state == "open",
            remittance.c.paid_on <= UNTIL - timedelta(days=DEPOSIT_MISSING.last),
        )
    )
    with engine.connect() as connection:
        odd = {(trace[:7], state) for trace, state in connection.execute(lines)}
        assert odd == {(DEPOSIT_TRANSPOSED.payer, "differing"), (REMITTANCE_MISSING.payer, "open")}
        assert list(connection.scalars(remits)) == [name_of(DEPOSIT_MISSING)]


def test_a_returned_check_stands_out(engine):
    # given within the story's time, taken back five business days after the patient paid
    period = Filters(UNTIL, UNTIL - timedelta(days=CHECK_RETURNED.first), UNTIL)
    with engine.connect() as connection:
        planted = connection.scalar(
            select(billing_entry.c.amount)
            .where(
                billing_entry.c.entry_type == "patient_payment",
                billing_entry.c.method == "check",
                billing_entry.c.posted_on >= UNTIL - timedelta(days=CHECK_RETURNED.first),
                billing_entry.c.posted_on <= UNTIL - timedelta(days=CHECK_RETURNED.last),
            )
            .order_by(billing_entry.c.amount.desc())
        )
    given, back = page(engine, reconciliation.deposits_table(period, {"kind": "returned"})).frame.to_dict("records")[
        ::-1
    ]
    assert (given["amount"], back["amount"]) == (planted, -planted)
    assert (back["deposited_on"] - given["deposited_on"]).days >= 1
    assert {given["reason"], back["reason"]} == {"The bank gave this money and took it back."}
    for line in (given, back):  # both are on their days, and neither leaves its day without explanation
        day = bank_days.one_day(engine, line["deposited_on"])
        assert day is not None
        assert day["returned"] == line["amount"]
