"""What was recorded, as a list to take along."""

from sqlalchemy import Engine, select

from data_access.queries import recorded
from data_access.queries.table import page
from data_access.schema import account
from data_access.work import activities, people
from tests.posting.facts import day
from tests.queries.office import FIRST, filters, money


def test_every_activity_of_the_period_and_whether_it_stands(office: Engine) -> None:
    rep = people.add(office, "Synthetic Rep")
    with office.connect() as connection:
        of = {row.account_number: row.account_id for row in connection.execute(select(account))}
    promise = {"kind": "promise", "amount": money("5"), "due_on": day(7, 1)}
    kept = activities.record(office, of["A"], rep, [promise], day=day(6, 1)).ids[0]
    held = activities.record(office, of["C"], rep, [{"kind": "hold", "topic": "dispute"}], day=day(6, 2)).ids[0]
    activities.record(office, of["A"], rep, [{"kind": "note", "note": "before"}], day=day(1, 1))
    activities.undo(office, held, rep, day(6, 3))
    found = page(office, recorded.table(filters())).frame.to_dict("records")
    assert [(row["kind"], row["account_number"], row["state"]) for row in found] == [
        ("undo", "C", ""),
        ("hold", "C", "taken back"),
        ("promise", "A", "stands"),
    ]
    assert (found[2]["activity_id"], found[2]["amount"], found[2]["by"]) == (kept, money("5.00"), "Synthetic Rep")
    of_first = page(office, recorded.table(filters(payer_ids=(FIRST,)))).frame
    assert list(of_first["account_number"]) == ["A"]
