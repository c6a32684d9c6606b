"""What payers owe by contract: terms, fee schedules, prompt-pay rules; and where they paid otherwise."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Numeric, SmallInteger, String, Table

from data_access.schema.columns import SERVER_ONLY, count, day, dimensions, flag, metadata, money, ref, text

contract_term = Table(
    "contract_term",
    metadata,
    ref("load_id", "the load it came from", nullable=False),
    count("row_no", "row in the file"),
    ref("payer_id", "the payer", nullable=False),
    text("contract", "name of the contract", nullable=False),
    text("procedure_code", "null: every procedure without a row of its own"),
    text("modifier", "the row is for lines with this modifier; null: with any or none"),
    text("place_of_service", "the row is for claims from this place; null: from any"),
    Column("effective_from", Date, nullable=False, comment="first service date it applies to"),
    day("effective_to", "last service date it applies to; null: until further notice"),
    text("basis", "fixed, percent_of_schedule or percent_of_charge", nullable=False),
    money("amount", "of fixed: allowed for one unit"),
    Column("percent", Numeric(9, 4), comment="of the schedule or the charge; 120 is 120 %"),
    text("schedule", "of percent_of_schedule: name of the fee schedule"),
    Column(
        "multiple_procedure_percent",
        Numeric(9, 4),
        comment="what the second and further procedures of one claim and day are paid; null: no reduction",
    ),
    Column("bilateral_percent", Numeric(9, 4), comment="what a line with modifier 50 is paid; null: no difference"),
    text("source", "where the term is written"),
)

fee_schedule = Table(
    "fee_schedule",
    metadata,
    ref("load_id", "the load it came from", nullable=False),
    count("row_no", "row in the file"),
    text("schedule", "name of the schedule", nullable=False),
    text("procedure_code", "procedure", nullable=False),
    text("modifier", "the amount is for lines with this modifier; null: with any or none"),
    Column("effective_from", Date, nullable=False, comment="first service date of the amount"),
    money("amount", "for one unit", nullable=False),
)

prompt_pay_rule = Table(
    "prompt_pay_rule",
    metadata,
    ref("load_id", "the load it came from", nullable=False),
    count("row_no", "row in the file"),
    ref("payer_id", "the payer; null: every payer of the type without a rule of its own"),
    text("payer_type", "one of reference/payer_types.csv; null: the rule is one payer's"),
    count("days", "days a clean claim may take"),
    Column("annual_interest_percent", Numeric(9, 4), nullable=False, comment="simple interest a year; 18 is 18 %"),
    text("counts_from", "submitted or received", nullable=False),
    day("effective_from", "first submission it applies to; null: to all"),
    text("source", "statute or contract it stands in"),
)

prompt_pay_term = Table(
    "prompt_pay_term",
    metadata,
    ref("payer_id", "the payer: a rule of its own, or one of its type where it has none", nullable=False),
    Column("starts_on", Date, nullable=False, comment="first submission it applies to"),
    Column("ends_on", Date, nullable=False, comment="first submission it does not apply to any more"),
    count("days", "as in the rule"),
    Column("annual_interest_percent", Numeric(9, 4), nullable=False, comment="as in the rule"),
    text("counts_from", "as in the rule", nullable=False),
)

line_expectation = Table(
    "line_expectation",
    metadata,
    ref("account_id", "the account", nullable=False),
    *dimensions(),
    ref("claim_id", "claim paid by the first payment that stands", nullable=False),
    ref("claim_payment_id", "first payment that stands: procedure, units and charge are as it names them"),
    ref("payment_line_id", "its line; null where the payment has no lines"),
    text("procedure_code", "as paid; null where the payment has no lines or names a revenue code only"),
    text("modifiers", "joined by a space; empty for none"),
    Column("units", Numeric(12, 3), nullable=False, comment="paid units, 1 where none are stated"),
    day("service_on", "service date of the line"),
    Column("paid_on", Date, nullable=False, comment="first payment day of the line, recovered or not"),
    Column("paid_month", Date, nullable=False, comment="first day of that month"),
    money("charge", "billed", nullable=False),
    money("first_allowed", "allowed on that day: paid, patient's share and what only lowers the payment"),
    money("first_denied", "denied on that day", nullable=False),
    money("allowed", "allowed by the payments that stand", nullable=False),
    money("denied", "denied by them: no underpayment, it is worked as a denial", nullable=False),
    flag("reduced", "the payer says that its rule for several procedures lowered it (CARC 59)"),
    text("basis", "contract, usual, or null: nothing to measure by"),
    text("contract", "name of the contract"),
    text("rule", "of a contract: fixed, percent_of_schedule or percent_of_charge"),
    Column("turn", SmallInteger, comment="place among the procedures of claim and day that the contract reduces"),
    money("expected", "what was to be allowed, never above the charge"),
    Column("cases", Integer, comment="of a usual amount: lines it is the median of"),
    money("short", "expected less allowed and denied, over the tolerance; else 0", nullable=False),
    text("state", "met, open, partly_recovered, recovered; null: nothing to measure by"),
    money("recovered", "what later payments brought of a first shortfall", nullable=False),
    day("last_on", "payment day of the newest payment that stands"),
    ref("last_by", "the newest payment that stands: by it the rest was recovered"),
)

contract_month = Table(
    "contract_month",
    metadata,
    # lines measured by contract, added up; kept as the months of the ledger are
    Column("paid_month", Date, nullable=False, comment="as on the lines"),
    *dimensions(),
    text("procedure_code", "as on the lines"),
    text("modifiers", "as on the lines"),
    Column("lines", BigInteger, nullable=False, comment="how many lines"),
    Column("short_lines", BigInteger, nullable=False, comment="how many of them fell short at first, or do now"),
    Column("open_lines", BigInteger, nullable=False, comment="how many are short now"),
    *(
        Column(name, Numeric(14, 2), nullable=False, comment="sum of those that fell short")
        for name in ("first_allowed", "expected", "short")
    ),
)

usual_allowed = Table(
    "usual_allowed",
    metadata,
    Column("payer_id", BigInteger, nullable=False, comment="the payer"),
    Column("procedure_code", String, nullable=False, comment="procedure"),
    Column("modifiers", String, nullable=False, comment="as on the lines"),
    Column("paid_month", Date, nullable=False, comment="for lines first paid in this month"),
    Column("amount", Numeric(18, 6), nullable=False, comment="median allowed for one unit in the 12 months before"),
    Column("cases", Integer, nullable=False, comment="lines it is the median of"),
)

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = (contract_term, fee_schedule, prompt_pay_rule)
#: Worked out by posting, account by account: each has an account_id.
DERIVED: tuple[Table, ...] = (line_expectation,)
INDEXES: list[Index] = [
    Index("ix_line_expectation_account", line_expectation.c.account_id, info=SERVER_ONLY),
    Index("ix_contract_month", contract_month.c.paid_month, info=SERVER_ONLY),
    Index("ix_line_expectation_paid", line_expectation.c.paid_on, info=SERVER_ONLY),
]
