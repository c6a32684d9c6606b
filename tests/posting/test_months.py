"""The ledger added up by month: right after every posting, and proven by check."""

from sqlalchemy import Engine, func, insert, select

from data_access import schema as s
from data_access.check import check
from data_access.engine import write
from data_access.posting import settle
from data_access.posting.months import LEDGER_MONTHS
from data_access.posting.scope import KEY_SPACE, Scope
from tests.posting.facts import Facts, day, key_of

RULE = "the months of the ledger are the sums of its entries"


def holds(engine: Engine) -> bool:
    return next(finding.ok for finding in check(engine) if finding.rule == RULE)


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(s.ledger_month)).scalar_one()


def posted(engine: Engine) -> Facts:
    facts = Facts()
    for number in "ABC":
        facts.claim(number, "100")
        facts.payment(
            number, "100", "60", day(2, 1), ("contractual", "20", "45"), ("patient_responsibility", "20", "1")
        )
        facts.entry(number, "statement", None, day(2, 10))
        facts.entry(number, "patient_payment", "5", day(3, 1))
    facts.post(engine)
    return facts


def post_again(engine: Engine, number: str) -> None:
    with write(engine) as connection:
        connection.execute(insert(s.unsettled).values(account_key=key_of(number)))
    settle(engine)


def test_accounts_of_one_kind_share_their_rows(engine: Engine) -> None:
    posted(engine)
    assert holds(engine)
    row = s.ledger_month.c
    query = select(row.posted_month, row.statement_month, row.amount, row.entries).where(
        row.entry_type == "patient_payment"
    )
    with engine.connect() as connection:
        assert connection.execute(query).all() == [(day(3, 1), day(2, 1), -15, 3)]


def test_posting_again_changes_nothing_and_is_folded_away(engine: Engine) -> None:
    posted(engine)
    before = rows(engine)
    for _ in range(3):
        post_again(engine, "A")
        assert holds(engine)
        assert rows(engine) <= before * 1.25
    with write(engine) as connection:
        connection.execute(insert(s.unsettled).values(account_key=key_of("B")))
        LEDGER_MONTHS.take_out(connection, _everything())
        LEDGER_MONTHS.put_in(connection, _everything())
        connection.execute(s.unsettled.delete())
    assert rows(engine) > before * 1.25
    assert holds(engine)
    with write(engine) as connection:
        LEDGER_MONTHS.fold(connection)
    assert rows(engine) == before
    assert holds(engine)


def _everything() -> Scope:
    return Scope(0, KEY_SPACE)


def test_facts_taken_back_leave_nothing(engine: Engine) -> None:
    posted(engine)
    with write(engine) as connection:
        for table in (s.claim, s.claim_payment, s.adjustment, s.billing_entry):
            connection.execute(table.delete())
        connection.execute(insert(s.unsettled), [{"account_key": key_of(number)} for number in "ABC"])
    settle(engine)
    assert rows(engine) == 0


def test_check_finds_a_cent_too_much_and_an_entry_too_few(engine: Engine) -> None:
    posted(engine)
    row = s.ledger_month.c
    for changed in ({"amount": row.amount + 1}, {"entries": row.entries - 1}, {"statement_month": day(5, 1)}):
        with engine.connect() as connection:
            connection.execute(s.ledger_month.update().where(row.entry_type == "patient_payment").values(changed))
            connection.commit()
        assert not holds(engine)
        with write(engine) as connection:
            connection.execute(s.ledger_month.delete())
            connection.execute(
                insert(s.ledger_month).from_select([c.name for c in s.ledger_month.columns], LEDGER_MONTHS.added_up(1))
            )
        assert holds(engine)
