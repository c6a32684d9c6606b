"""What was loaded, what waits for a person, and how fresh the data are."""

from datetime import datetime, time
from decimal import Decimal

from sqlalchemy import Engine, insert

from data_access.engine import write
from data_access.queries import imports
from data_access.schema import deposit, load, load_problem, remittance, x12_transaction
from tests.posting.facts import Facts, day
from tests.queries.office import money


def test_an_empty_database(engine: Engine) -> None:
    assert imports.freshness(engine, day(6, 30)) == imports.Freshness(None, None, None)
    assert imports.unapplied(engine) == imports.Unapplied(0, Decimal(0), 0, Decimal(0))
    assert (len(imports.history(engine)), len(imports.conflicts(engine))) == (0, 0)


def test_history_problems_and_conflicts(engine: Engine) -> None:
    loads = ((1, "a.835", "loaded", 10), (2, "b.835", "partly_loaded", 11), (3, "c.txt", "rejected", 12))
    with write(engine) as connection:
        for load_id, name, status, hour in loads:
            at = datetime.combine(day(6, 30), time(hour))
            values = {"load_id": load_id, "file_name": name, "sha256": name, "status": status, "loaded_at": at}
            connection.execute(insert(load).values(values))
        for number, code in ((2, "SECOND"), (1, "FIRST")):
            values = {"load_id": 2, "problem_no": number, "severity": "warning", "code": code, "message": "Look."}
            connection.execute(insert(load_problem).values(values))
        for load_id, status, paid in ((1, "loaded", "10"), (2, "conflict", "12")):
            values = {"load_id": load_id, "transaction_no": 1, "kind": "835", "business_key": "k", "status": status}
            connection.execute(insert(x12_transaction).values(values | {"paid": money(paid)}))
    history = imports.history(engine)
    assert list(zip(history["load_id"], history["problems"], strict=True)) == [(3, 0), (2, 2), (1, 0)]
    assert list(imports.history(engine, limit=1)["file_name"]) == ["c.txt"]
    assert imports.refused_since(engine, day(6, 30)) == {"partly_loaded": 1, "rejected": 1}
    assert imports.refused_since(engine, day(7, 1)) == {}
    assert list(imports.problems(engine, 2)["code"]) == ["FIRST", "SECOND"]
    (held,) = imports.conflicts(engine).to_dict("records")
    assert imports.held_aside(engine) == 1
    assert (held["held_file"], held["kept_file"]) == ("b.835", "a.835")
    assert (held["held_paid"], held["kept_paid"]) == (money("12.00"), money("10.00"))
    # a rejected file does not make the data fresher
    assert imports.freshness(engine, day(6, 30)).last_load == datetime.combine(day(6, 30), time(11))


def test_postings_after_today_do_not_make_the_data_newer(office: Engine) -> None:
    assert imports.freshness(office, day(6, 30)).newest == day(6, 20)  # charge of D
    found = imports.freshness(office, day(3, 5))
    assert (found.oldest, found.newest) == (day(1, 5), day(3, 1))


def test_what_there_is_where_nothing_is_posted(engine: Engine) -> None:
    assert imports.unposted(engine, day(6, 30)) == imports.Unposted((), None, None)
    with write(engine) as connection:
        loads = (("835+999", "loaded"), ("deposits", "partly_loaded"), ("837P", "undone"), (None, "loaded"))
        for load_id, (kind, status) in enumerate(loads, 1):
            values = {"load_id": load_id, "file_name": "a", "sha256": str(load_id), "status": status, "kind": kind}
            connection.execute(insert(load).values(values | {"loaded_at": datetime.combine(day(6, 30), time())}))
        of_file = {"load_id": 1, "segment_no": 1}
        for number, paid_on in ((1, day(2, 1)), (2, day(7, 2))):
            sums = dict.fromkeys(("amount", "claims_paid", "provider_adjustments", "difference"), money("0"))
            values = of_file | sums | {"remittance_id": number, "paid_on": paid_on}
            connection.execute(insert(remittance).values(values))
        line = {"deposit_id": 1, "deposited_on": day(3, 1), "deposited_month": day(3, 1), "amount": money("5")}
        connection.execute(insert(deposit).values(of_file | line))
    found = imports.unposted(engine, day(6, 30))
    assert found == imports.Unposted(("835", "999", "deposits"), day(2, 1), day(3, 1))


def test_payments_not_on_an_account(engine: Engine) -> None:
    facts = Facts()
    facts.claim("A", "100")
    # charge and service date differ: only a person can tell
    facts.payment("A", "90", "40", day(2, 1), service_from=day(1, 9))
    facts.payment("NOWHERE", "70", "7", day(2, 1))
    facts.post(engine)
    assert imports.unapplied(engine) == imports.Unapplied(2, money("47.00"), 1, money("40.00"))
