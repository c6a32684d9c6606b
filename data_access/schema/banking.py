"""What the bank says: deposits; what money they are of; and what people decided and signed off about them.

`deposit` is a fact. `deposit_match`, `remittance_match`, `posted_payment`, `patient_receipt`, `bank_day` and
`provider_landing` are worked out by `data_access.posting.bank` for the whole office: a pure function of deposits,
remittances, payments posted in the billing system and the decisions that stand. `duplicate_posting` is worked out
account by account. Decisions and closings are only ever added to.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Table

from data_access.schema.columns import SERVER_ONLY, count, day, id_column, metadata, money, ref, source, text

deposit = Table(
    "deposit",
    metadata,
    id_column("deposit_id", "row_id(load, row)"),
    *source(),
    Column("deposited_on", Date, nullable=False, comment="day of the bank line"),
    Column("deposited_month", Date, nullable=False, comment="first day of that month"),
    money("amount", "signed: negative for a returned item or a debit", nullable=False),
    text("trace_number", "trace or check number, as in TRN02 of the remittance"),
    text("method", "eft, check, cash, card, portal, lockbox, returned, other"),
    text("description", "the bank's words"),
    text("bank_account", "last four digits"),
    text("bank_reference", "the bank's own number of the line"),
)

deposit_match = Table(
    "deposit_match",
    metadata,
    ref("deposit_id", "the deposit; every deposit has one row", nullable=False),
    text("line_key", "what the line is, in whatever file it comes: decisions are kept by it", nullable=False),
    text("state", "matched, explained, differing, returned, repeated (the same bank line again), open", nullable=False),
    text(
        "source",
        "what it is of: remittance; posted (insurance payments posted by hand, alone or with remittances); patient; "
        "both (patient and others); null while not known",
    ),
    text("how", "trace, amount, several, day, order (of days), hand, bank"),
    Column("match_no", BigInteger, comment="deposits, remittances and receipts with one number belong together"),
    money("difference", "differing or explained: deposits less their sources"),
    text("reason", "why it stands so, in words"),
)

remittance_match = Table(
    "remittance_match",
    metadata,
    ref("remittance_id", "the remittance; every remittance has one row", nullable=False),
    text(
        "state",
        "matched, explained, differing, no_money_due, repeated (sent again), open",
        nullable=False,
    ),
    text("how", "as on the deposit"),
    Column("match_no", BigInteger, comment="as on the deposit"),
    day("deposited_on", "day of the last deposit it belongs to"),
    count("days", "payment date to that day"),
    money("difference", "as on the deposit"),
    text("reason", "why it stands so, in words"),
)

posted_payment = Table(
    "posted_payment",
    metadata,
    text("payment_key", "payer and number, or payer and day: decisions are kept by it", nullable=False),
    ref("payer_id", "who paid, as stated; else the primary payer that all its accounts share"),
    text("check_number", "as written; null: not stated, and it is what one payer paid on one posting day"),
    Column("posted_on", Date, nullable=False, comment="first posting day"),
    Column("posted_month", Date, nullable=False, comment="first day of that month"),
    money("amount", "sum of its insurance payments", nullable=False),
    count("entries", "how many"),
    text(
        "state",
        "matched, explained, differing, in_remittance (a remittance has its number, or a person said that one holds "
        "it, and counts instead), open",
        nullable=False,
    ),
    text("how", "as on the deposit"),
    Column("match_no", BigInteger, comment="as on the deposit"),
    day("deposited_on", "day of the last deposit it belongs to"),
    money("difference", "as on the deposit"),
    text("reason", "why it stands so, in words"),
)

duplicate_posting = Table(
    "duplicate_posting",
    metadata,
    # a payment posted by hand without a check number beside one of a remittance; of the rows that are open or same,
    # each of the two is in one only
    ref("account_id", "the account of both", nullable=False),
    ref("billing_entry_id", "the payment posted by hand", nullable=False),
    ref("claim_payment_id", "the payment of a remittance that it may be", nullable=False),
    text("entry_key", "what the entry is, in whatever file it comes: decisions are kept by it", nullable=False),
    text("payment_key", "hash of the transaction's body and place in it: decisions are kept by it", nullable=False),
    Column("posted_on", Date, nullable=False, comment="as on the entry"),
    money("amount", "of each of the two", nullable=False),
    text(
        "state",
        "open (both count, and a person should look), same (a person said so: the remittance counts alone), two (a "
        "person said so: both count)",
        nullable=False,
    ),
    ref("decision_id", "the decision that stands on them"),
    text("reason", "what agrees, in words", nullable=False),
)

patient_receipt = Table(
    "patient_receipt",
    metadata,
    Column("posted_on", Date, nullable=False, comment="posting day of patient payments"),
    text("method", "payment method, in lower case; empty: not stated", nullable=False),
    money("amount", "sum of the day's patient payments by this method", nullable=False),
    count("entries", "how many"),
    text("state", "matched, explained, open", nullable=False),
    Column("match_no", BigInteger, comment="as on the deposit"),
    day("deposited_on", "day of the last deposit it belongs to"),
)

bank_day = Table(
    "bank_day",
    metadata,
    Column("day", Date, nullable=False, comment="a day with deposits"),
    count("lines", "bank lines, repeated ones left out"),
    money("deposits", "their sum", nullable=False),
    money("remittances", "of them, matched to remittances alone", nullable=False),
    money("posted", "of them, matched to payments posted by hand, alone or with remittances", nullable=False),
    money("patients", "of them, matched to patient payments, alone or with others", nullable=False),
    money("explained", "of them, explained by a person", nullable=False),
    money("returned", "of them, given and taken back by the bank", nullable=False),
    money("open", "of them, what no source explains", nullable=False),
    count("open_lines", "how many lines no source explains"),
    text("contents", "JSON: what each line was and what it was matched to, without patient data", nullable=False),
    text("digest", "hash of the contents", nullable=False),
)

provider_landing = Table(
    "provider_landing",
    metadata,
    ref("provider_adjustment_id", "the provider-level entry; every entry has one row", nullable=False),
    text(
        "state",
        "netted (taken back by an entry with its reference), on_claim (its reference names a claim payment), "
        "provider_level (of no claim by its nature), unallocated",
        nullable=False,
    ),
    ref("claim_payment_id", "on_claim: the claim payment"),
    Column("net_no", BigInteger, comment="netted: entries with one number add up to zero"),
)

bank_decision = Table(
    "bank_decision",
    metadata,
    id_column("decision_id", "1, 2, 3 ... in order"),
    text(
        "decision",
        "match, count (the same bank line again is another deposit), same or two (a payment posted by hand and one of "
        "a remittance are one, or are two), withdraw",
        nullable=False,
    ),
    ref("withdraws", "withdraw: the decision that no longer holds"),
    text("reason", "why, in words", nullable=False),
    text("decided_by", "who decided", nullable=False),
    Column("decided_at", DateTime, nullable=False, comment="UTC"),
)

bank_decision_item = Table(
    "bank_decision_item",
    metadata,
    ref("decision_id", "the decision", nullable=False),
    text("kind", "deposit, remittance, posted, patient, entry, claim_payment", nullable=False),
    text(
        "item_key",
        "deposit: line_key; remittance: hash of its transaction's body; posted: payment_key; patient: day|method; "
        "entry, claim_payment: the keys of duplicate_posting",
        nullable=False,
    ),
)

day_close = Table(
    "day_close",
    metadata,
    id_column("close_id", "1, 2, 3 ... in order; the last one about a day holds"),
    Column("day", Date, nullable=False, comment="the day of deposits"),
    text("action", "close, reopen", nullable=False),
    money("deposits", "as on bank_day when it was signed off"),
    money("open", "as on bank_day when it was signed off"),
    text("contents", "as on bank_day when it was signed off"),
    text("digest", "as on bank_day when it was signed off"),
    text("note", "why; needed where the day does not balance and to reopen"),
    text("closed_by", "who", nullable=False),
    Column("closed_at", DateTime, nullable=False, comment="UTC"),
)

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = (deposit,)
#: Worked out by posting, account by account: each has an account_id. (The others here are by office, see above.)
DERIVED: tuple[Table, ...] = (duplicate_posting,)
INDEXES: list[Index] = [
    Index("uq_deposit", deposit.c.deposit_id, unique=True, info=SERVER_ONLY),
    Index("ix_deposit_match", deposit_match.c.deposit_id, info=SERVER_ONLY),
    Index("ix_remittance_match", remittance_match.c.remittance_id, info=SERVER_ONLY),
    Index("ix_duplicate_posting_account", duplicate_posting.c.account_id, info=SERVER_ONLY),
    Index("ix_duplicate_posting_entry", duplicate_posting.c.billing_entry_id, info=SERVER_ONLY),
]
