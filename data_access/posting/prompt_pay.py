"""Prompt-pay rules as they apply: payer by payer, each from one first submission to the next rule's."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Date, Select, Subquery, delete, func, insert, literal, select, union_all

from data_access.built_once import built_once
from data_access.schema import payer, prompt_pay_rule, prompt_pay_term

_FIRST, _FAR = date(1, 1, 1), date(9999, 12, 31)


def refresh(connection: Connection) -> bool:
    """Bring `prompt_pay_term` up to date with the rules and the payers' types; whether anything changed."""
    wanted = {tuple(row) for row in connection.execute(terms())}
    changed = wanted != {tuple(row) for row in connection.execute(select(prompt_pay_term))}
    if changed:
        connection.execute(delete(prompt_pay_term))
        names = [column.name for column in prompt_pay_term.columns]
        connection.execute(insert(prompt_pay_term).from_select(names, terms()))
    return changed


@built_once
def terms() -> Select:
    """What `prompt_pay_term` is to hold: a payer's own rules, and those of its type where it has none."""
    rules = rules_in_order()
    rule = rules.c
    columns = [rule.starts_on, rule.ends_on, rule.days, rule.annual_interest_percent, rule.counts_from]
    own = select(rule.payer_id, *columns).where(rule.payer_id.is_not(None))
    with_own = select(prompt_pay_rule.c.payer_id).where(prompt_pay_rule.c.payer_id.is_not(None))
    of_type = (
        select(payer.c.payer_id, *columns)
        .join_from(payer, rules, rule.payer_type == payer.c.payer_type)
        .where(rule.payer_id.is_(None), payer.c.payer_id.not_in(with_own))
    )
    return select(union_all(own, of_type).subquery("terms"))


def rules_in_order() -> Subquery:
    """Every rule with the first submission it applies to and the first that it does not, `starts_on` and `ends_on`.

    Of two that start on one day the later loaded counts.
    """
    rule = prompt_pay_rule.c
    start = func.coalesce(rule.effective_from, literal(_FIRST, Date))
    owner = [func.coalesce(rule.payer_id, 0), func.coalesce(rule.payer_type, "")]
    newest = func.row_number().over(partition_by=[*owner, start], order_by=[rule.load_id.desc(), rule.row_no.desc()])
    ranked = select(prompt_pay_rule, start.label("starts_on"), newest.label("place")).subquery("ranked")
    row = ranked.c
    owner = [func.coalesce(row.payer_id, 0), func.coalesce(row.payer_type, "")]
    after = func.lead(row.starts_on).over(partition_by=owner, order_by=row.starts_on)
    end = func.coalesce(after, literal(_FAR, Date)).label("ends_on")
    return select(ranked, end).where(row.place == 1).subquery("rule")
