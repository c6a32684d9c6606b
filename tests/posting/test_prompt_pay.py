"""Prompt-pay rules as they apply to each payer: kept right whatever is loaded, with or without accounts to post."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import data_version, write
from data_access.posting import settle
from tests.posting.facts import Facts, day

FIRST, FAR = date(1, 1, 1), date(9999, 12, 31)
RULE = "the prompt-pay rules of every payer are what all rules say"


@pytest.fixture
def office(engine: Engine) -> Engine:
    """Payers 1 and 2 are commercial, payer 3 is Medicare."""
    facts = Facts()
    for payer_id, payer_type in ((1, "Commercial"), (2, "Commercial"), (3, "Medicare")):
        facts.add("payer_rule", payer_id=payer_id, payer_type=payer_type, load_id=1, row_no=payer_id)
    facts.claim("A", "100")
    facts.post(engine)
    return engine


def state(engine: Engine, row_no: int, days: int, load_id: int = 2, **values: Any) -> None:
    row = {"load_id": load_id, "row_no": row_no, "days": days, "annual_interest_percent": Decimal("18")}
    with write(engine) as connection:
        connection.execute(insert(s.prompt_pay_rule).values(counts_from="submitted", **row | values))
    settle(engine)


def kept(engine: Engine) -> list[tuple]:
    row = s.prompt_pay_term.c
    query = select(row.payer_id, row.starts_on, row.ends_on, row.days).order_by(row.payer_id, row.starts_on)
    with engine.connect() as connection:
        return [tuple(found) for found in connection.execute(query)]


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def test_a_type_has_a_rule_and_a_payer_its_own(office: Engine) -> None:
    state(office, 1, 30, payer_type="Commercial")
    state(office, 2, 45, payer_id=2)
    state(office, 3, 20, payer_id=2, effective_from=day(3, 1))
    assert kept(office) == [(1, FIRST, FAR, 30), (2, FIRST, day(3, 1), 45), (2, day(3, 1), FAR, 20)]
    assert holds(office)


def test_of_two_from_one_day_the_later_loaded_counts(office: Engine) -> None:
    state(office, 1, 30, payer_id=3, effective_from=day(1, 1))
    state(office, 2, 31, payer_id=3, effective_from=day(1, 1))
    assert kept(office) == [(3, day(1, 1), FAR, 31)]
    state(office, 1, 32, load_id=3, payer_id=3, effective_from=day(1, 1))
    assert kept(office) == [(3, day(1, 1), FAR, 32)]


def test_a_rule_alone_is_news_to_every_screen_and_posting_again_is_not(office: Engine) -> None:
    version = data_version(office)
    state(office, 1, 30, payer_type="Commercial")
    assert data_version(office) > version
    version = data_version(office)
    settle(office)
    assert data_version(office) == version


def test_a_payer_of_another_type_has_the_rule_of_that(office: Engine) -> None:
    state(office, 1, 30, payer_type="Commercial")
    with write(office) as connection:
        of = {"payer_id": 2, "payer_type": "Medicare", "load_id": 3, "row_no": 1}
        connection.execute(insert(s.payer_rule).values(**of, effective_from=day(1, 1)))
    settle(office)
    assert kept(office) == [(1, FIRST, FAR, 30)]
    assert holds(office)


def test_a_rule_taken_back_applies_no_more(office: Engine) -> None:
    state(office, 1, 30, payer_type="Commercial")
    state(office, 1, 45, load_id=3, payer_id=1)
    with write(office) as connection:
        connection.execute(delete(s.prompt_pay_rule).where(s.prompt_pay_rule.c.load_id == 3))
    settle(office)
    assert kept(office) == [(1, FIRST, FAR, 30), (2, FIRST, FAR, 30)]


def test_check_finds_what_was_not_kept_right(office: Engine) -> None:
    state(office, 1, 30, payer_type="Commercial")
    assert holds(office)
    with write(office) as connection:
        connection.execute(s.prompt_pay_term.update().values(days=29))
    assert not holds(office)
