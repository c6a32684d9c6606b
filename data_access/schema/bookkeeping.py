"""What was loaded, and what is kept about loading itself."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, String, Table

from data_access.schema.columns import count, flag, id_column, metadata, money, ref, text

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True, comment="schema_version, salt, data_version, synthetic, next_load_id"),
    text("value", "the setting's value as text", nullable=False),
)

load = Table(
    "load",
    metadata,
    id_column("load_id", "1, 2, 3 ... in order of loading"),
    text("file_name", "name of the file (no folder)", nullable=False),
    text("sha256", "hash of the file's bytes", nullable=False),
    Column("byte_size", BigInteger, comment="size of the file in bytes"),
    text("kind", "837P, 837I, 837D, 835, transactions, payers, departments, or what it was recognised as"),
    text("status", "loaded, partly_loaded, already_loaded, rejected, undone", nullable=False),
    text("reason", "why it was rejected, partly loaded or skipped"),
    Column("loaded_at", DateTime, nullable=False, comment="UTC"),
    text("loaded_by", "who loaded it"),
    Column("segments", BigInteger, comment="segments (X12) or rows (CSV) read"),
    count("transactions", "ST..SE transactions loaded"),
    count("claims", "claims (837), claim payments (835) or rows (CSV) loaded"),
    money("charge", "sum of claim charges loaded"),
    money("paid", "sum of claim payments loaded (835: sum of CLP04)"),
    flag("balanced", "835 only: every transaction balances at line, claim and transaction level"),
)

load_problem = Table(
    "load_problem",
    metadata,
    ref("load_id", "the load", nullable=False),
    count("problem_no", "1, 2, 3 ... within the load"),
    text("severity", "error: something was not loaded; warning: loaded, look at it", nullable=False),
    count("transaction_no", "ordinal of the ST..SE, or null"),
    Column("segment_no", BigInteger, comment="segment (X12) or row (CSV) number, or null"),
    text("code", "short stable code, such as SE01_MISMATCH or CLAIM_UNBALANCED", nullable=False),
    text("message", "what is wrong and what to do; never holds patient data", nullable=False),
)

source_chunk = Table(
    "source_chunk",
    metadata,
    ref("load_id", "the load", nullable=False),
    Column("first_segment", BigInteger, comment="segment_no (X12) or row number (CSV) of the first line"),
    Column("last_segment", BigInteger, comment="segment_no of the last line"),
    Column("body", LargeBinary, comment="zlib-compressed UTF-8, one segment or row a line, as read"),
)

x12_transaction = Table(
    "x12_transaction",
    metadata,
    ref("load_id", "the load", nullable=False),
    count("transaction_no", "ordinal of the ST..SE in the file, from 1"),
    text("kind", "837P, 837I, 837D, 835"),
    text("version", "GS08 or ST03"),
    text("interchange_key", "ISA05-08, ISA09, ISA10, ISA13"),
    text("group_control", "GS06"),
    text("control_number", "ST02"),
    text("business_key", "835: payer, payee, TRN02, BPR16, BPR02; 837: submitter, BHT03, BHT04, BHT05; else null"),
    text("body_sha256", "hash of the trimmed segments between ST and SE"),
    text("status", "loaded, duplicate, conflict, refused"),
    Column("first_segment", BigInteger, comment="segment_no of ST"),
    Column("last_segment", BigInteger, comment="segment_no of SE"),
    count("claims", "claims or claim payments in it"),
    money("charge", "sum of CLM02 or CLP03"),
    money("paid", "sum of CLP04"),
)

match_decision = Table(
    "match_decision",
    metadata,
    id_column("decision_id", "1, 2, 3 ... in order; the last one about a payment and account holds"),
    # the payment decided on, by what is the same whenever and in whatever envelope its file is loaded
    ref("account_key", "as on the payment", nullable=False),
    text("body_sha256", "of the payment's transaction", nullable=False),
    Column("body_segment", BigInteger, nullable=False, comment="segments from its transaction's ST to its CLP"),
    ref("account_id", "the account it was decided to be for, or not for", nullable=False),
    text("decision", "post, reject, or withdraw (the one before no longer holds)", nullable=False),
    text("reason", "why, in words"),
    text("decided_by", "who decided", nullable=False),
    Column("decided_at", DateTime, nullable=False, comment="UTC"),
)

unsettled = Table(
    "unsettled",
    metadata,
    ref("account_key", "accounts with this key have new facts not yet posted", nullable=False),
)
