"""Posting: from facts to accounts, ledger, open balances, denials and outcomes.

`settle` works through the account keys that loads and undos left in `unsettled`. For each key it
matches payments and billing entries to claims and rebuilds everything derived from them, always from
the facts alone: the order in which files arrived makes no difference, and an undo leaves no trace.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, insert, select

from data_access.engine import bump_data_version, posting_ended, posting_is_due, refresh_statistics, write
from data_access.posting import (
    accounts,
    ack_matching,
    acknowledgments,
    balances,
    bank,
    chains,
    collectibility,
    coverage,
    decided,
    duplicates,
    eligibility_denials,
    expectations,
    ledger,
    matching,
    month_ends,
    outcomes,
    parties,
    prompt_pay,
    replacements,
    status_requests,
    usual,
)
from data_access.posting.months import ANSWER_MONTHS, CONTRACT_MONTHS, KEPT, LEDGER_MONTHS
from data_access.posting.scope import KEY_SPACE, Scope, listed
from data_access.posting.together import packed
from data_access.schema import account, unsettled
from data_access.trouble import kind_and_place

#: Keys settled in one transaction: bounds memory when a whole practice is posted at once.
BATCH_KEYS = 50_000
#: So many accounts posted at once may change how the database should plan its queries.
MANY_KEYS = 1_000
#: Why posting failed when it was last tried from this process.
_failures: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


class PostingFailed(RuntimeError):
    """Not all that was loaded is posted; the message says why, and what to do, without a word of data."""


def not_posted(engine: Engine) -> str | None:
    """Why posting failed last, and what to do; None where it did not, or nothing is due any more."""
    told = _failures.get(engine)
    if told is None:
        return None
    with engine.connect() as connection:
        return told if posting_is_due(connection) else None


def resume(engine: Engine) -> int:
    """Post what an interrupted load left unposted, when the program starts: `settle`, which then has little to do.

    The bank is matched anew only where posting is due: that reads all deposits and remittances.
    """
    return settle(engine, bank_anew=False)


def settle(engine: Engine, *, bank_anew: bool = True) -> int:
    """Post everything listed in `unsettled`; return the number of account keys posted.

    Idempotent, and safe to call at any time: a load that was interrupted after its facts were
    written is posted by the next call. Readers see each batch whole or not at all.

    Args:
        bank_anew: match deposits with remittances even where no account waits and posting is not due.

    Raises:
        PostingFailed: whatever went wrong; what was not posted stays listed.
    """
    try:
        posted = _settle(engine, bank_anew)
    except Exception as error:
        _failures[engine] = (
            "Not all that was loaded is posted, and figures are not up to date: posting failed "
            f"({kind_and_place(error)}). Take the newest load back, under Import, History or with "
            "python -m data_access undo; what was posted before stands."
        )
        raise PostingFailed(_failures[engine]) from error
    _failures.pop(engine, None)
    return posted


def _settle(engine: Engine, bank_anew: bool) -> int:
    with write(engine) as connection:
        parties.refresh(connection)
        terms_changed = prompt_pay.refresh(connection)
        waiting = connection.execute(select(func.count(unsettled.c.account_key.distinct()))).scalar_one()
        if not waiting:
            # prompt-pay rules, deposits, and questions that name no account, touch none
            changed = [terms_changed, status_requests.resolve(connection)]
            if bank_anew or posting_is_due(connection):
                changed.append(bank.reconcile(connection))
                posting_ended(connection)
            if any(changed):
                bump_data_version(connection)
            return 0
        replacements.list_linked_keys(connection)
        # what must be posted together may lie in different ranges of keys
        together = packed(replacements.tied_keys(connection), BATCH_KEYS) if waiting > BATCH_KEYS else []
    for keys in together:
        with write(engine) as connection, listed(connection, keys) as scope:
            _settle_scope(connection, scope)
    batches = -(-waiting // BATCH_KEYS)
    width = KEY_SPACE // batches + 1
    for number in range(batches):
        with write(engine) as connection:
            _settle_scope(connection, Scope(number * width, (number + 1) * width))
    with write(engine) as connection:
        for kept in KEPT:
            kept.fold(connection)
        month_ends.extend(connection)
        if waiting >= MANY_KEYS:
            refresh_statistics(connection)
        collectibility.observe(connection)
        usual.observe(connection)
        bank.reconcile(connection)
        posting_ended(connection)
        bump_data_version(connection)
    return waiting


def settle_now(connection: Connection, account_key: int) -> None:
    """Post one account key, and those tied to it, within the caller's `write` transaction.

    So that a fact and what follows from it become visible together. What else is listed in `unsettled` stays there.
    """
    keys = replacements.keys_linked_to(connection, account_key)
    remitted = duplicates.remitted(connection, keys)
    connection.execute(insert(unsettled), [{"account_key": key} for key in sorted(keys)])
    _settle_scope(connection, Scope(0, KEY_SPACE, frozenset(keys)))
    if duplicates.remitted(connection, keys) != remitted:
        bank.reconcile(connection)
    collectibility.observe(connection)
    usual.observe(connection)
    bump_data_version(connection)


def _settle_scope(connection: Connection, scope: Scope) -> None:
    if scope.holds(connection, account):
        for kept in KEPT:
            kept.take_out(connection, scope)
        month_ends.take_out(connection, scope)
        accounts.clear(connection, scope)
    replacements.join_replacements_to_their_accounts(connection, scope)
    parties.assign_departments(connection, scope)
    ack_matching.match(connection, scope)
    chains.build(connection, scope)
    matching.match_claim_payments(connection, scope)
    matching.match_billing_entries(connection, scope)
    accounts.open_accounts(connection, scope)
    duplicates.find(connection, scope)
    ledger.post(connection, scope)
    LEDGER_MONTHS.put_in(connection, scope)
    outcomes.sum_claims(connection, scope)
    accounts.sum_up(connection, scope)
    outcomes.build(connection, scope)
    expectations.build(connection, scope)
    CONTRACT_MONTHS.put_in(connection, scope)
    coverage.build(connection, scope)
    eligibility_denials.build(connection, scope)
    acknowledgments.build(connection, scope)
    ANSWER_MONTHS.put_in(connection, scope)
    balances.build(connection, scope)
    decided.build(connection, scope)
    month_ends.put_in(connection, scope)
    status_requests.resolve(connection, scope)
    connection.execute(unsettled.delete().where(scope.of(unsettled)))
