"""What a person says about money: what a deposit is of, whether a payment posted by hand is in a remittance, that a day
is closed. Only ever added to.

A decision is kept by what the bank line, the remittance and the payment are, not by their ids: it still holds when a
file is taken back and loaded again. It holds while everything it names is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, Row, Select, and_, insert, select

from data_access.deciding import CannotDecide, decider
from data_access.engine import bump_data_version, next_number, write
from data_access.posting import bank, settle_now
from data_access.schema import (
    account,
    bank_day,
    bank_decision,
    bank_decision_item,
    day_close,
    deposit_match,
    duplicate_posting,
    posted_payment,
    remittance,
    x12_transaction,
)

Item = tuple[str, str]  # kind and key, as on `bank_decision_item`


def match(
    engine: Engine,
    deposits: Sequence[int],
    remittances: Sequence[int],
    receipts: Sequence[tuple[date, str]],
    who: str,
    reason: str,
    posted: Sequence[str] = (),
) -> int:
    """Say that these deposits are the money of these remittances, payments posted by hand and days of patient payments.

    Where both sides add up to the same, they are matched; otherwise, and where there is only one side, they are
    explained: the difference stays on the screen with the reason.

    Args:
        deposits, remittances: ids.
        receipts: posting day and method.
        who: who decides; needed.
        reason: why; needed.
        posted: payment keys.

    Returns:
        The number of the decision, for `withdraw`.

    Raises:
        CannotDecide: nobody decides, no reason, nothing chosen, something no longer loaded, or decided on before.
    """
    with write(engine) as connection:
        items = [
            *(("deposit", key) for key in _line_keys(connection, deposits)),
            *(("remittance", key) for key in _remittance_keys(connection, remittances)),
            *(("posted", key) for key in _posted_keys(connection, posted)),
            *(("patient", f"{on.isoformat()}|{method}") for on, method in receipts),
        ]
        if not items:
            raise CannotDecide("Choose a deposit, a remittance or a day of payments first.")
        _refuse_what_was_decided(connection, items)
        return _decide(connection, "match", items, who, reason)


def count(engine: Engine, deposit_id: int, who: str, reason: str) -> int:
    """Say that a bank line like another one is another deposit, and counts. As `match`."""
    with write(engine) as connection:
        query = select(deposit_match.c.line_key).where(
            deposit_match.c.deposit_id == deposit_id, deposit_match.c.state == "repeated"
        )
        key = connection.scalar(query)
        if key is None:
            raise CannotDecide("This line is not left out as a repeated one, or no longer loaded.")
        return _decide(connection, "count", [("deposit", key)], who, reason)


def same_payment(engine: Engine, billing_entry_id: int, claim_payment_id: int, who: str, reason: str) -> int:
    """Say that a payment posted by hand is this one of a remittance: the remittance counts, and the entry no longer.

    Args:
        billing_entry_id, claim_payment_id: of a row of `duplicate_posting` that is open.
        who: who decides; needed.
        reason: why; needed.

    Returns:
        The number of the decision, for `withdraw`.

    Raises:
        CannotDecide: nobody decides, no reason, somebody decided meanwhile, or the two are no longer suspected.
    """
    return _decide_on_pair(engine, "same", billing_entry_id, claim_payment_id, who, reason)


def two_payments(engine: Engine, billing_entry_id: int, claim_payment_id: int, who: str, reason: str) -> int:
    """Say that the two are not one: both count, and are no longer suspected. As `same_payment`."""
    return _decide_on_pair(engine, "two", billing_entry_id, claim_payment_id, who, reason)


def _decide_on_pair(
    engine: Engine, decision: str, billing_entry_id: int, claim_payment_id: int, who: str, reason: str
) -> int:
    row = duplicate_posting.c
    with write(engine) as connection:
        query = (
            select(row.entry_key, row.payment_key, row.state, account.c.account_key)
            .join(account, account.c.account_id == row.account_id)
            .where(row.billing_entry_id == billing_entry_id, row.claim_payment_id == claim_payment_id)
        )
        pair = connection.execute(query).first()
        if pair is None:
            raise CannotDecide("These two are no longer suspected, by what was loaded or decided since.")
        if pair.state != "open":
            raise CannotDecide("Somebody decided on this meanwhile: take that decision back first.")
        items = [("entry", pair.entry_key), ("claim_payment", pair.payment_key)]
        number = _record(connection, decision, items, who, reason)
        settle_now(connection, pair.account_key)
    return number


def withdraw(engine: Engine, decision_id: int, who: str, reason: str) -> int:
    """Take a decision back: what it said no longer holds, and both stay in the record.

    Raises:
        CannotDecide: nobody decides, no reason, no such decision, or it was taken back before.
    """
    with write(engine) as connection:
        query = select(bank_decision.c.decision).where(bank_decision.c.decision_id == decision_id)
        taken_back = select(bank_decision.c.decision_id).where(bank_decision.c.withdraws == decision_id)
        if connection.scalar(query) in (None, "withdraw") or connection.scalar(taken_back) is not None:
            raise CannotDecide("Nothing stands to be taken back: somebody did so already.")
        number = _record(connection, "withdraw", [], who, reason, decision_id)
        account_key = connection.scalar(_account_decided_on(decision_id))
        if account_key is not None:
            settle_now(connection, account_key)
        else:
            _follow(connection)
    return number


def _account_decided_on(decision_id: int) -> Select:
    """The key of the account of whose payments a decision says whether they are one."""
    of_pair = account.join(duplicate_posting, duplicate_posting.c.account_id == account.c.account_id)
    return select(account.c.account_key).select_from(of_pair).where(duplicate_posting.c.decision_id == decision_id)


def _decide(connection: Connection, decision: str, items: Iterable[Item], who: str, reason: str) -> int:
    number = _record(connection, decision, items, who, reason)
    _follow(connection)
    return number


def _follow(connection: Connection) -> None:
    """Work out anew what money is of what, and tell every reader."""
    bank.reconcile(connection)
    bump_data_version(connection)


def _record(
    connection: Connection, decision: str, items: Iterable[Item], who: str, reason: str, withdraws: int | None = None
) -> int:
    if not reason.strip():
        raise CannotDecide("Write why: the next person will ask.")
    number = next_number(connection, bank_decision.c.decision_id)
    connection.execute(
        insert(bank_decision).values(
            decision_id=number,
            decision=decision,
            withdraws=withdraws,
            reason=reason.strip(),
            decided_by=decider(who),
            decided_at=datetime.now(UTC).replace(tzinfo=None),
        )
    )
    rows = [{"decision_id": number, "kind": kind, "item_key": key} for kind, key in items]
    if rows:
        connection.execute(insert(bank_decision_item), rows)
    return number


def _line_keys(connection: Connection, deposits: Sequence[int]) -> list[str]:
    query = select(deposit_match.c.line_key).where(
        deposit_match.c.deposit_id.in_(deposits), deposit_match.c.state != "repeated"
    )
    return _all_of(list(connection.scalars(query)), deposits)


def _remittance_keys(connection: Connection, remittances: Sequence[int]) -> list[str]:
    sent = x12_transaction.c
    query = (
        select(sent.body_sha256)
        .join(
            remittance, and_(remittance.c.load_id == sent.load_id, remittance.c.transaction_no == sent.transaction_no)
        )
        .where(remittance.c.remittance_id.in_(remittances))
    )
    return _all_of(list(connection.scalars(query)), remittances)


def _posted_keys(connection: Connection, posted: Sequence[str]) -> list[str]:
    query = select(posted_payment.c.payment_key).where(posted_payment.c.payment_key.in_(posted))
    return _all_of(list(connection.scalars(query)), posted)


def _all_of(keys: list[str], ids: Sequence[int | str]) -> list[str]:
    if len(keys) != len(set(ids)):
        raise CannotDecide("Something chosen is no longer there: its load was taken back.")
    return keys


def _refuse_what_was_decided(connection: Connection, items: Sequence[Item]) -> None:
    named: set[Item] = set()
    for decision in bank.standing(connection):
        if decision.decision == "match":
            named |= {("deposit", key) for key in decision.lines}
            named |= {("remittance", key) for key in decision.remits}
            named |= {("posted", key) for key in decision.posted}
            named |= {("patient", key) for key in decision.receipts}
    if named & set(items):
        raise CannotDecide("Somebody decided on this meanwhile: take that decision back first.")


def close_day(engine: Engine, day: date, seen: str, who: str, note: str = "") -> int:
    """Sign a day of deposits off as it stands.

    Args:
        seen: the digest of the day that the person looked at.
        who: who signs; needed.
        note: why it does not balance; needed where it does not.

    Raises:
        CannotDecide: nobody signs, no note where one is needed, no deposits on that day, closed as it stands
            already, or changed since it was looked at.
    """
    with write(engine) as connection:
        now = connection.execute(select(bank_day).where(bank_day.c.day == day)).first()
        last = _last(connection, day)
        if now is None:
            raise CannotDecide("There are no deposits on this day.")
        if now.digest != seen:
            raise CannotDecide("The day changed while you looked at it: look again.")
        if last is not None and last.action == "close" and last.digest == now.digest:
            raise CannotDecide(f"{last.closed_by} closed this day already.")
        if now.open_lines and not note.strip():
            raise CannotDecide("The day does not balance: write why it is closed all the same.")
        return _sign(connection, day, "close", who, note, now)


def reopen_day(engine: Engine, day: date, who: str, note: str) -> int:
    """Open a closed day again; the closing stays in the record.

    Raises:
        CannotDecide: nobody signs, no reason, or the day is not closed.
    """
    with write(engine) as connection:
        last = _last(connection, day)
        if last is None or last.action != "close":
            raise CannotDecide("This day is not closed.")
        if not note.strip():
            raise CannotDecide("Write why the day is opened again.")
        return _sign(connection, day, "reopen", who, note, last)


def _last(connection: Connection, day: date) -> Row | None:
    query = select(day_close).where(day_close.c.day == day).order_by(day_close.c.close_id.desc())
    return connection.execute(query).first()


def _sign(connection: Connection, day: date, action: str, who: str, note: str, figures: Row) -> int:
    number = next_number(connection, day_close.c.close_id)
    connection.execute(
        insert(day_close).values(
            close_id=number,
            day=day,
            action=action,
            deposits=figures.deposits,
            open=figures.open,
            contents=figures.contents,
            digest=figures.digest,
            note=note.strip() or None,
            closed_by=decider(who),
            closed_at=datetime.now(UTC).replace(tzinfo=None),
        )
    )
    bump_data_version(connection)
    return number
