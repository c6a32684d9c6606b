"""What posting works out from the facts: accounts, ledger, open balances, denials, what is usually collected."""

from sqlalchemy import BigInteger, Column, Date, Numeric, Table

from data_access.schema.columns import count, day, dimensions, flag, id_column, metadata, money, ref, text

account = Table(
    "account",
    metadata,
    id_column("account_id", "keyed hash; opaque, safe in a link"),
    ref("account_key", "as on the claim", nullable=False),
    text("account_number", "patient control number", nullable=False),
    ref("billing_id", "billing provider, a facility"),
    *dimensions(),
    ref("patient_id", "the patient"),
    ref("second_payer_id", "secondary payer, when a claim, payment or crossover shows one"),
    ref("third_payer_id", "tertiary payer"),
    day("second_from", "day the insurance balance moved on to the secondary payer"),
    day("third_from", "day it moved on to the tertiary payer"),
    day("service_from", "first service date"),
    day("service_to", "last service date"),
    day("first_submitted_on", "first submission of its first claim; never reset"),
    day("last_submitted_on", "latest submission to a payer"),
    day("last_remit_on", "latest claim payment, paid or not"),
    day("first_statement_on", "first statement to the patient"),
    day("last_statement_on", "latest statement"),
    day("patient_since", "day a balance first became the patient's"),
    day("last_payment_on", "latest payment from anyone"),
    money("charge", "charges standing", nullable=False),
    money("insurance_payments", "payments by insurers, positive", nullable=False),
    money("patient_payments", "payments by the patient, net of refunds, positive", nullable=False),
    money("adjustments", "contractual adjustments and write-offs, positive", nullable=False),
    money("insurance_balance", "what insurers owe; negative is a credit", nullable=False),
    money("patient_balance", "what the patient owes; negative is a credit", nullable=False),
    money("balance", "insurance_balance + patient_balance", nullable=False),
    money("denied", "denied amount still standing", nullable=False),
    text("responsible", "insurance, patient, credit, unbilled or closed"),
    ref("responsible_payer_id", "payer who owes the largest insurance balance"),
    text("denial_category", "category of the denial still standing"),
    flag("unprocessable", "it says so (remark code MA130): the claim is corrected and sent again, not appealed"),
    count("claims", "claims sent"),
    day(
        "filing_deadline",
        "service_from plus the payer's filing limit, while nothing was sent, or it was rejected or unprocessable",
    ),
    day("rejected_on", "a claim was rejected by clearinghouse, payer or with its file, and not sent again since"),
    count(
        "appeal_level", "level of appeal that is next while a denial stands: one more than was last decided against us"
    ),
    ref("appeal_payer_id", "payer whose denial it is"),
    day("appeal_notice_on", "date of the notice to be appealed: the denial, or the last decision against us"),
    count("appeal_limit_days", "that payer's limit for the level, of the rule in force on that date"),
    count("appeal_receipt_days", "days after that date on which the notice is presumed received; null: no matter"),
    day("appeal_deadline", "the date of the notice plus these days"),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    ref("account_id", "the account", nullable=False),
    Column("entry_no", BigInteger, comment="order within the account: posting date, then source position"),
    Column("posted_on", Date, nullable=False, comment="posting date"),
    Column("posted_month", Date, nullable=False, comment="first day of that month"),
    day("service_month", "first day of the month of the account's first service: its cohort"),
    day("statement_month", "of what patients owe and pay: first day of the month of the account's first statement"),
    text(
        "entry_type",
        "charge, insurance_payment, patient_payment, contractual, other_payer, write_off, denial_write_off, "
        "bad_debt, charity, insurance_refund, recoupment, patient_refund, transfer",
        nullable=False,
    ),
    text("side", "insurance or patient", nullable=False),
    money("amount", "signed: positive raises what is owed", nullable=False),
    *dimensions(),
    text("reason", "write-off reason"),
    text("method", "payment method of a patient payment"),
    ref("load_id", "load of the source row"),
    ref("claim_id", "source claim"),
    ref("claim_payment_id", "source claim payment"),
    ref("billing_entry_id", "source CSV row"),
)

ledger_month = Table(
    "ledger_month",
    metadata,
    # the ledger added up; what is posted anew is taken out by rows of its own, until rows alike are folded into one
    Column("posted_month", Date, nullable=False, comment="as on the entries"),
    day("service_month", "as on the entries"),
    day("statement_month", "as on the entries"),
    text("entry_type", "as on the entries", nullable=False),
    text("side", "as on the entries", nullable=False),
    text("reason", "as on the entries"),
    *dimensions(),
    Column("amount", Numeric(14, 2), nullable=False, comment="sum of the entries"),
    Column("entries", BigInteger, nullable=False, comment="how many entries"),
    Column("accounts", BigInteger, nullable=False, comment="how many of them are the first of their account"),
)

open_balance = Table(
    "open_balance",
    metadata,
    ref("account_id", "the account", nullable=False),
    text("side", "insurance or patient", nullable=False),
    *dimensions(),
    Column("from_date", Date, nullable=False, comment="first day this balance stood"),
    Column("to_date", Date, nullable=False, comment="first day it no longer stood; 9999-12-31 while it stands"),
    money("balance", "never zero; negative is a credit", nullable=False),
    flag("billed", "false: insurance balance before the first submission"),
    Column(
        "age_from",
        Date,
        nullable=False,
        comment="policy anchor: insurance first submission, patient first statement (until then, day it became "
        "the patient's), unbilled service",
    ),
    Column("service_from", Date, nullable=False, comment="service anchor"),
    Column("billed_from", Date, nullable=False, comment="first bill to anyone, else service"),
    day("unanswered_since", "of what an insurer owes: last submission, while it is neither answered nor rejected"),
    day("credit_since", "of a credit: day since which it was one without a break, whatever its amount"),
)

month_end_balance = Table(
    "month_end_balance",
    metadata,
    # open balances at the end of each month, added up; kept as the months of the ledger are
    Column("month_end", Date, nullable=False, comment="last day of the month"),
    text("side", "insurance, unbilled, patient or credit: each stands apart", nullable=False),
    *dimensions(),
    text("policy_bucket", "age bucket on that day by age_from", nullable=False),
    text("service_bucket", "by service_from", nullable=False),
    text("billed_bucket", "by billed_from", nullable=False),
    Column("balance", Numeric(14, 2), nullable=False, comment="sum of the open balances"),
    Column("accounts", BigInteger, nullable=False, comment="how many open balances"),
)

denial = Table(
    "denial",
    metadata,
    ref("claim_id", "the claim, denied on first adjudication", nullable=False),
    ref("account_id", "its account", nullable=False),
    *dimensions(),
    Column("denied_on", Date, nullable=False, comment="first adjudication"),
    Column("denied_month", Date, nullable=False, comment="first day of that month"),
    text("group_code", "CO, PR, OA, PI"),
    text("carc", "claim adjustment reason code"),
    text("category", "denial category"),
    flag("preventable", "first cause in the office"),
    money("amount", "denied for this reason on first adjudication", nullable=False),
    flag("main", "the reason with the claim's largest amount: counts are by this one"),
)

collect_rate = Table(
    "collect_rate",
    metadata,
    text("side", "insurance or patient", nullable=False),
    text("bucket", "age bucket by office policy", nullable=False),
    Column("payer_id", BigInteger, nullable=False, comment="payer; 0 for self-pay"),
    text("category", "denial category; empty: not denied", nullable=False),
    Column("rate", Numeric(5, 4), nullable=False, comment="share of the amount collected within 91 days"),
    count("cases", "balances the rate was observed on"),
    text("level", "payer and denial, payer, denial, age, office: the finest group with enough cases"),
)
