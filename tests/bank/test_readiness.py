"""Is the month ready? On the hand-worked month: each line counts the rows that its link shows."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from data_access.filters import Filters
from data_access.queries import bank_days, movement, posted_payments, readiness, reconciliation, unapplied
from data_access.queries.table import page

MARCH = Filters(date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31))
SUMMED = {"differing": "off_by", "days_open": "open", "days_not_closed": "deposits", "days_changed": "deposits"}
TABLES = {
    "Deposits": reconciliation.deposits_table,
    "Remittances": reconciliation.remittances_table,
    "Posted by hand": posted_payments.table,
    "Daily close": bank_days.table,
    "Credits": lambda filters, _: unapplied.table(filters),
}


def test_each_line_counts_the_rows_of_its_link(office: Engine) -> None:
    rolled = movement.roll_forward(office, MARCH)
    (loose,) = unapplied.in_periods(office, MARCH)
    found = {one.check_id: one for one in readiness.checks(office, MARCH, date(2026, 3, 25), rolled, loose)}
    linked = [one for one in found.values() if one.screen == "reconciliation"]
    for one in linked:
        rows = page(office, TABLES[one.view](MARCH, dict(one.selection)))
        of = SUMMED.get(one.check_id, "amount")
        assert (rows.total_rows, rows.totals[of]) == (one.count, one.amount), one
    amounts = {one.check_id: (one.count, one.amount) for one in linked}
    assert amounts == {
        "unapplied": (6, Decimal("335.00")),
        "days_open": (2, Decimal("103.37")),  # 24 and 25 March
        "days_not_closed": (7, Decimal("435.00")),
        "days_changed": (0, Decimal("0.00")),
        "deposits": (1, Decimal("13.37")),  # of nothing
        "differing": (1, Decimal("10.00")),  # T400's 90.00 of 100.00
        "remittances": (1, Decimal("80.00")),  # C9 was returned
    }
    assert (found["data"].state, found["roll_forward"].state) == ("open", "fine")
    assert found["data"].label == "The data do not reach the end of the month"


def test_lines_say_what_filters_do_not_narrow(office: Engine) -> None:
    rolled = movement.roll_forward(office, MARCH)
    narrowed = Filters(MARCH.as_of, MARCH.date_from, MARCH.date_to, payer_types=("Commercial",), departments=("A",))
    labels = [one.label for one in readiness.checks(office, narrowed, MARCH.as_of, rolled, None)]
    assert "Remittances without money, past the usual days (these payers, whole office)" in labels
    assert "Transactions held aside (whole office)" in labels
    assert labels[-1] == "The roll-forward closes to the cent"
