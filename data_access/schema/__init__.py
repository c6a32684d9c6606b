"""The tables, and what each column means.

Three kinds of tables:

* *Facts* are written by a load and never change: claims, service lines, remittances, claim payments,
  payment lines, adjustments, provider-level adjustments, billing entries. Each row carries `load_id`
  and its position in the file, so any figure can be followed to the source line it came from.
* *Parties* (payer, facility, provider, patient) are written once, the first time a file names them; names of
  payers, and names and addresses of patients, are those of the newest word of any file.
* *Derived* rows and columns are worked out from the facts by `data_access.posting` after every load
  and every undo: accounts, the ledger and its sums by month, open balances, denials, and the columns marked "derived".
  They are a pure function of the facts, which is why files may arrive in any order.

Ids of facts are their source position (`data_access.ids.row_id`), so they are unique, stable and in
file order. Ids of parties and accounts are keyed hashes of their natural key (`ids.party_id`):
the same everywhere in one database, opaque outside it.

Money is NUMERIC(14,2), always; a ledger amount is signed: positive raises what is owed.
"""

from types import ModuleType

from sqlalchemy import Index, func

from data_access.schema import acknowledged, banking, contracts, coverage
from data_access.schema.acknowledged import answer_month, claim_ack, claim_progress, file_ack, status_request
from data_access.schema.banking import (
    bank_day,
    bank_decision,
    bank_decision_item,
    day_close,
    deposit,
    deposit_match,
    duplicate_posting,
    patient_receipt,
    posted_payment,
    provider_landing,
    remittance_match,
)
from data_access.schema.bookkeeping import (
    load,
    load_problem,
    match_decision,
    setting,
    source_chunk,
    unsettled,
    x12_transaction,
)
from data_access.schema.columns import SERVER_ONLY, metadata
from data_access.schema.contracts import (
    contract_month,
    contract_term,
    fee_schedule,
    line_expectation,
    prompt_pay_rule,
    prompt_pay_term,
    usual_allowed,
)
from data_access.schema.coverage import (
    account_coverage,
    coverage_answer,
    coverage_benefit,
    coverage_inquiry,
    eligibility_denial,
)
from data_access.schema.derived import (
    account,
    collect_rate,
    denial,
    ledger_entry,
    ledger_month,
    month_end_balance,
    open_balance,
)
from data_access.schema.parties import (
    WORD_TABLES,
    department_assignment,
    facility,
    facility_word,
    patient,
    patient_word,
    payer,
    payer_rule,
    payer_word,
    provider,
    provider_word,
)
from data_access.schema.received import (
    adjustment,
    billing_entry,
    claim_payment,
    payment_line,
    provider_adjustment,
    remittance,
    repeated_entry,
)
from data_access.schema.sent import (
    claim,
    service_line,
)

SCHEMA_VERSION = "13"

#: Parts of the revenue cycle beside claims and remittances, each with its facts, derived tables and indexes.
PARTS: tuple[ModuleType, ...] = (coverage, acknowledged, contracts, banking)

INDEXES = [
    Index("ix_load_sha256", load.c.sha256),
    Index("ix_load_problem", load_problem.c.load_id),
    Index("ix_source_chunk", source_chunk.c.load_id),
    Index("ix_x12_business", x12_transaction.c.business_key),
    Index("ix_x12_body", x12_transaction.c.body_sha256),
    Index("ix_account", account.c.account_id),
    Index("ix_claim_key", claim.c.account_key),
    Index("ix_claim_payment_key", claim_payment.c.account_key),
    Index("ix_billing_entry_key", billing_entry.c.account_key, info=SERVER_ONLY),
    *(Index(f"ix_{word.name}", word.columns[0], info=SERVER_ONLY) for word in WORD_TABLES),
    Index("ix_repeated_entry_key", repeated_entry.c.account_key, info=SERVER_ONLY),
    Index("ix_ledger_account", ledger_entry.c.account_id),
    Index("ix_account_key", account.c.account_key, info=SERVER_ONLY),
    Index(
        "ix_account_number",
        func.upper(account.c.account_number).label("number"),
        postgresql_ops={"number": "text_pattern_ops"},
        info=SERVER_ONLY,
    ),
    Index("ix_account_patient", account.c.patient_id, info=SERVER_ONLY),
    Index("ix_patient_name", func.upper(patient.c.last_name), info=SERVER_ONLY),
    Index("ix_claim_account", claim.c.account_id, info=SERVER_ONLY),
    Index("ix_claim_payment_account", claim_payment.c.account_id, info=SERVER_ONLY),
    Index("ix_claim_payment_remittance", claim_payment.c.remittance_id, info=SERVER_ONLY),
    Index("ix_claim_payment_number", claim_payment.c.payer_claim_number, info=SERVER_ONLY),
    Index(
        "ix_claim_payment_unapplied",
        claim_payment.c.paid_on,
        postgresql_where=claim_payment.c.match_status != "confirmed",
        info=SERVER_ONLY,
    ),
    Index("ix_open_balance_account", open_balance.c.account_id, info=SERVER_ONLY),
    Index("ix_claim_remitted", claim.c.first_remit_on, info=SERVER_ONLY),
    Index("ix_claim_submitted", claim.c.first_submitted_on, info=SERVER_ONLY),
    Index("ix_ledger_posted", ledger_entry.c.posted_on, info=SERVER_ONLY),
    Index(
        "ix_ledger_type",
        ledger_entry.c.entry_type,
        ledger_entry.c.posted_on,
        postgresql_include=["amount"],
        info=SERVER_ONLY,
    ),
    Index("ix_ledger_month", ledger_month.c.posted_month, info=SERVER_ONLY),
    Index("ix_open_balance_to", open_balance.c.to_date, info=SERVER_ONLY),
    Index("ix_month_end_balance", month_end_balance.c.month_end, info=SERVER_ONLY),
    Index("ix_denial_account", denial.c.account_id, info=SERVER_ONLY),
    Index("ix_adjustment_payment", adjustment.c.claim_payment_id, info=SERVER_ONLY),
    Index("ix_payment_line_payment", payment_line.c.claim_payment_id, info=SERVER_ONLY),
    Index("ix_service_line_claim", service_line.c.claim_id, info=SERVER_ONLY),
] + [
    Index(f"uq_{column.table.name}", column, unique=True, info=SERVER_ONLY)
    for column in (
        load.c.load_id,
        payer.c.payer_id,
        facility.c.facility_id,
        provider.c.provider_id,
        patient.c.patient_id,
        claim.c.claim_id,
        service_line.c.service_line_id,
        remittance.c.remittance_id,
        provider_adjustment.c.provider_adjustment_id,
        claim_payment.c.claim_payment_id,
        payment_line.c.payment_line_id,
        adjustment.c.adjustment_id,
        billing_entry.c.billing_entry_id,
    )
]

for _part in PARTS:
    INDEXES += _part.INDEXES

#: Written by a load, deleted by its undo, in an order that is safe for both.
FACT_TABLES = (
    adjustment,
    payment_line,
    provider_adjustment,
    claim_payment,
    remittance,
    service_line,
    claim,
    billing_entry,
    repeated_entry,
    payer_rule,
    *WORD_TABLES,
    department_assignment,
    *(table for part in PARTS for table in part.FACTS),
)
PARTY_TABLES = (payer, facility, provider, patient)
#: By account; the others are sums.
DERIVED_TABLES = (
    account,
    ledger_entry,
    open_balance,
    denial,
    *(table for part in PARTS for table in part.DERIVED),
)

__all__ = [
    "DERIVED_TABLES",
    "FACT_TABLES",
    "INDEXES",
    "PARTS",
    "PARTY_TABLES",
    "SCHEMA_VERSION",
    "account",
    "account_coverage",
    "adjustment",
    "answer_month",
    "bank_day",
    "bank_decision",
    "bank_decision_item",
    "billing_entry",
    "claim",
    "claim_ack",
    "claim_payment",
    "claim_progress",
    "collect_rate",
    "contract_month",
    "contract_term",
    "day_close",
    "coverage_answer",
    "coverage_benefit",
    "coverage_inquiry",
    "denial",
    "department_assignment",
    "deposit",
    "deposit_match",
    "duplicate_posting",
    "eligibility_denial",
    "facility",
    "facility_word",
    "fee_schedule",
    "file_ack",
    "ledger_entry",
    "ledger_month",
    "line_expectation",
    "load",
    "load_problem",
    "match_decision",
    "metadata",
    "month_end_balance",
    "open_balance",
    "patient",
    "patient_receipt",
    "patient_word",
    "posted_payment",
    "payer",
    "payer_rule",
    "payer_word",
    "payment_line",
    "prompt_pay_rule",
    "prompt_pay_term",
    "provider",
    "provider_adjustment",
    "provider_landing",
    "provider_word",
    "remittance",
    "remittance_match",
    "repeated_entry",
    "service_line",
    "setting",
    "source_chunk",
    "status_request",
    "unsettled",
    "usual_allowed",
    "x12_transaction",
]
