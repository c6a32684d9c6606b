"""Lines measured by contract kept added up by month: right after every posting, proven by check, and what is read."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import write
from data_access.filters import Filters
from data_access.frames import read_rows
from data_access.posting import settle
from data_access.posting.months import CONTRACT_MONTHS
from data_access.queries import pattern_lines, patterns
from tests.posting.facts import Facts, day, key_of
from tests.posting.test_expectations import corrected, paid, term

RULE = "the months of lines measured by contract are the sums of the lines"
D = Decimal


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def kept(engine: Engine) -> list[tuple]:
    """Month, modifiers and the sums kept, with nothing taken out twice."""
    whole = CONTRACT_MONTHS.folded().subquery().c
    query = select(whole.paid_month, whole.modifiers, *(whole[name] for name in CONTRACT_MONTHS.sums))
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(query))


def posted(engine: Engine) -> Facts:
    """Of 100.00 by contract, two visits in February are allowed 100.00 and 40.00, one with modifier 25 in March 50.00.

    An x-ray has no contract.
    """
    facts = Facts()
    term(facts, "fixed", procedure_code="99213", amount=D("100"))
    paid(facts, "MET", ("99213", "", "1", "200", "100"), paid_on=day(2, 3))
    paid(facts, "SHORT", ("99213", "", "1", "200", "40"), paid_on=day(2, 10))
    paid(facts, "MODIFIED", ("99213", "25", "1", "200", "50"), paid_on=day(3, 4))
    paid(facts, "X-RAY", ("71046", "", "1", "90", "60"), paid_on=day(2, 3))
    facts.post(engine)
    return facts


FEBRUARY = (day(2, 1), "", 2, 1, 1, D("40.00"), D("100.00"), D("60.00"))
MARCH = (day(3, 1), "25", 1, 1, 1, D("50.00"), D("100.00"), D("50.00"))


def test_sums_are_those_of_the_lines(engine: Engine) -> None:
    posted(engine)
    assert kept(engine) == [FEBRUARY, MARCH]
    assert holds(engine)


def test_posting_anew_takes_out_what_was_put_in(engine: Engine) -> None:
    posted(engine)
    with write(engine) as connection:
        connection.execute(delete(s.payment_line).where(s.payment_line.c.modifiers == "25"))
        connection.execute(s.unsettled.insert(), [{"account_key": key_of(name)} for name in ("MODIFIED", "MET")])
    settle(engine)
    assert [row for row in kept(engine) if row[1] == ""][0] == FEBRUARY
    assert holds(engine)
    settle(engine)
    assert holds(engine)


def test_a_contract_that_is_taken_back_leaves_no_sum(engine: Engine) -> None:
    facts = posted(engine)
    with write(engine) as connection:
        connection.execute(delete(s.contract_term))
        keys = [{"account_key": key_of(name)} for name in ("MET", "SHORT", "MODIFIED", "X-RAY")]
        connection.execute(s.unsettled.insert(), keys)
    settle(engine)
    assert kept(engine) == [] and holds(engine)
    assert facts is not None


def test_a_sum_that_is_wrong_is_found(engine: Engine) -> None:
    posted(engine)
    with write(engine) as connection:
        connection.execute(s.contract_month.update().values(open_lines=s.contract_month.c.open_lines + 1))
    assert not holds(engine)


@pytest.mark.parametrize("first", [day(3, 1), day(3, 3), day(3, 18), day(4, 1), day(4, 10)])
@pytest.mark.parametrize("last", [day(4, 15), day(4, 30)])
def test_a_pattern_is_the_same_from_kept_months_and_from_lines(
    engine: Engine, first, last, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines with modifier 25 are short since 3 March: whichever months are parted by the period."""
    facts = Facts()
    term(facts, "fixed", procedure_code="99213", amount=D("100"))
    for place in range(12):
        on = day(2, 3) + timedelta(days=7 * place)  # 3 February to 21 April
        paid(facts, f"WITH{place}", ("99213", "25", "1", "200", "100" if on < day(3, 3) else "50"), paid_on=on)
        paid(facts, f"PLAIN{place}", ("99213", "", "1", "200", "100"), paid_on=on)
    corrected(facts, "BACK", "100")  # on 1 April, of what was short before
    facts.post(engine)
    period = Filters(day(6, 30), first, last)
    days = [day(2, 3) + timedelta(days=7 * place) for place in range(12)]
    short = [on for on in days if max(first, day(3, 3)) <= on <= last]
    (found,) = patterns.find(engine, period, "Contract")
    assert (found.modifier, found.since, found.before) == ("25", day(3, 3), 4)
    assert (found.lines, found.seen, found.short) == (len(short), len(short), 50 * len(short))
    assert patterns.find(engine, period, "Both") == [found]

    def counted() -> dict:
        """Of each group what its kinds of lines come to by month."""
        months = pattern_lines.looked_at(period)
        rows = read_rows(engine, pattern_lines.by_month.__wrapped__(period, "Contract"))
        return {group: sorted(kinds) for group, kinds in patterns._counted(rows, months).items()}

    of_months = counted()
    monkeypatch.setattr(pattern_lines, "CONTRACT", "kept nowhere")
    assert of_months and counted() == of_months
    for name in ("by_month", "near_and_after"):
        monkeypatch.setattr(patterns, name, getattr(pattern_lines, name).__wrapped__)  # anew each time
    assert patterns.find(engine, period, "Contract") == [found]
