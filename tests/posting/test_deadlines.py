"""Deadlines follow from the payer's own rule that was in force on the day, not from the newest."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from data_access.check import check
from data_access.filters import Filters
from data_access.queries import rules, scoring, worklist
from data_access.queries.rules import AppealLimit
from data_access.queries.table import page
from data_access.schema import account
from tests.posting.facts import Facts, day

DENIED = ("denial", "100", "197")


def rule(
    facts: Facts,
    load_id: int,
    appeal: int | None,
    effective: date | None,
    filing: int | None = 100,
    level: int | None = None,
) -> None:
    facts.add(
        "payer_rule",
        payer_id=1,
        filing_limit_days=filing,
        appeal_level=level,
        appeal_limit_days=appeal,
        effective_from=effective,
        source=f"Synthetic manual {load_id}",
        load_id=load_id,
        row_no=2,
    )


def deadlines(engine: Engine) -> dict[str, tuple]:
    row = account.c
    with engine.connect() as connection:
        found = connection.execute(select(row.account_number, row.filing_deadline, row.appeal_deadline))
        return {number: tuple(dates) for number, *dates in found}


@pytest.fixture
def facts(engine: Engine) -> Facts:
    """Two claims denied on either side of 1 April, and one of the year before."""
    facts = Facts()
    for number, on in (("OLD", date(2025, 12, 1)), ("BEFORE", day(3, 31)), ("AFTER", day(4, 1))):
        facts.claim(number, "100", service_from=date(2025, 11, 1), submitted_on=date(2025, 11, 2))
        facts.payment(number, "100", "0", on, DENIED, service_from=date(2025, 11, 1))
    return facts


def test_the_rule_of_the_denials_day_counts(engine: Engine, facts: Facts) -> None:
    rule(facts, 1, 180, day(1, 1))
    rule(facts, 2, 90, day(4, 1))
    facts.post(engine)
    found = deadlines(engine)
    assert found["BEFORE"] == (None, day(3, 31) + timedelta(days=180))
    assert found["AFTER"] == (None, day(4, 1) + timedelta(days=90))
    assert found["OLD"] == (None, date(2025, 12, 1) + timedelta(days=180)), "the first rule covers what came before it"


def test_of_two_rules_from_one_day_the_later_stated_counts(engine: Engine, facts: Facts) -> None:
    rule(facts, 1, 180, None)
    rule(facts, 2, 120, day(4, 1))
    rule(facts, 3, 60, day(4, 1))
    facts.post(engine)
    assert deadlines(engine)["AFTER"] == (None, day(4, 1) + timedelta(days=60))
    assert deadlines(engine)["BEFORE"] == (None, day(3, 31) + timedelta(days=180))


def test_the_payer_who_denied_is_appealed_to_whoever_owes_now(engine: Engine, facts: Facts) -> None:
    """Denied by the first payer on 1 April, then sent to the second, whose own limit is 30 days."""
    rule(facts, 1, 180, day(1, 1))
    facts.add("payer_rule", payer_id=2, appeal_limit_days=30, source="Synthetic manual", load_id=2, row_no=2)
    facts.claim("AFTER", "100", payer_id=2, sequence=2, service_from=date(2025, 11, 1), submitted_on=day(4, 10))
    facts.post(engine)
    with engine.connect() as connection:
        owes = connection.scalar(select(account.c.responsible_payer_id).where(account.c.account_number == "AFTER"))
    assert owes == 2
    assert deadlines(engine)["AFTER"] == (None, day(4, 1) + timedelta(days=180))


def test_a_payer_without_an_appeal_limit_sets_no_deadline(engine: Engine, facts: Facts) -> None:
    rule(facts, 1, None, day(1, 1))
    facts.post(engine)
    assert deadlines(engine)["AFTER"] == (None, None)


def test_the_table_of_limits_says_what_is_in_force(engine: Engine, facts: Facts) -> None:
    rule(facts, 1, 180, day(1, 1))
    rule(facts, 2, 90, day(4, 1))
    rule(facts, 3, 45, day(9, 1))
    facts.claim("OTHER", "50", payer_id=2)
    facts.post(engine)
    found = page(engine, rules.table(day(6, 30))).frame.to_dict("records")
    assert [(row["payer"], row["state"], row["appeal_limit_days"]) for row in found[:3]] == [
        ("First Payer", "To come", 45),
        ("First Payer", "In force", 90),
        ("First Payer", "Past", 180),
    ]
    assert [row["state"] for row in found if row["payer"] == "Second Payer"] == ["Not stated"]
    now = {limit.name: (limit.filing_limit_days, limit.appeals) for limit in rules.limits(engine, day(6, 30))}
    assert now == {"First Payer": (100, {1: AppealLimit(90)}), "Second Payer": (None, {})}


def test_a_denial_without_a_day_is_not_the_latest(engine: Engine) -> None:
    facts = Facts()
    rule(facts, 1, 90, day(1, 1))
    facts.claim("A", "100")
    facts.payment("A", "100", "0", day(3, 1), DENIED)
    facts.payment("A", "100", "0", day(3, 2), DENIED, paid_on=None, paid_month=None)
    facts.post(engine)
    assert deadlines(engine)["A"] == (None, day(3, 1) + timedelta(days=90))


def test_what_could_not_be_processed_is_filed_again_not_appealed(engine: Engine, facts: Facts) -> None:
    rule(facts, 1, 180, day(1, 1), filing=365)
    facts.rows["adjustment"][1]["remark_codes"] = "N290 MA130"
    facts.rows["adjustment"][2]["remark_codes"] = "MA1309 MA13"
    facts.post(engine)
    found = deadlines(engine)
    assert found["BEFORE"] == (date(2025, 11, 1) + timedelta(days=365), None)
    assert found["AFTER"] == (None, day(4, 1) + timedelta(days=180))
    desk = scoring.Desk(day(4, 2))
    rows = page(engine, worklist.table(Filters(day(4, 2), day(4, 2), day(4, 2)), desk)).frame.set_index(
        "account_number"
    )
    assert dict(rows["deadline_kind"]) == {"OLD": "appeal", "BEFORE": "file", "AFTER": "appeal"}
    of_appeals = "the next appeal is due by the payer's rule for its level"
    assert of_appeals in {finding.rule for finding in check(engine) if finding.ok}
    # corrected and sent again: the clock of filing has stopped
    again = {"frequency_code": "7", "original_reference": "PCNBEFORE", "submitted_on": day(4, 10)}
    facts.claim("BEFORE", "100", service_from=date(2025, 11, 1), **again)
    facts.post(engine)
    assert deadlines(engine)["BEFORE"] == (None, None)
