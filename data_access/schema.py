"""The tables, and what each column means.

Three kinds of tables:

* *Facts* are written by a load and never change: claims, service lines, remittances, claim payments,
  payment lines, adjustments, provider-level adjustments, billing entries. Each row carries `load_id`
  and its position in the file, so any figure can be followed to the source line it came from.
* *Parties* (payer, facility, provider, patient) are written once, the first time a file names them.
* *Derived* rows and columns are worked out from the facts by `data_access.posting` after every load
  and every undo: accounts, the ledger and its sums by month, open balances, denials, and the columns marked "derived".
  They are a pure function of the facts, which is why files may arrive in any order.

Ids of facts are their source position (`data_access.ids.row_id`), so they are unique, stable and in
file order. Ids of parties and accounts are keyed hashes of their natural key (`ids.party_id`):
the same everywhere in one database, opaque outside it.

Money is NUMERIC(14,2), always; a ledger amount is signed: positive raises what is owed.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
)

SCHEMA_VERSION = "4"

metadata = MetaData()


def _id(name: str, comment: str) -> Column:
    return Column(name, BigInteger, nullable=False, autoincrement=False, comment=comment)


def _ref(name: str, comment: str, nullable: bool = True) -> Column:
    return Column(name, BigInteger, nullable=nullable, comment=comment)


def _money(name: str, comment: str, nullable: bool = True) -> Column:
    return Column(name, Numeric(14, 2), nullable=nullable, comment=comment)


def _text(name: str, comment: str, nullable: bool = True) -> Column:
    return Column(name, String, nullable=nullable, comment=comment)


def _date(name: str, comment: str) -> Column:
    return Column(name, Date, comment=comment)


def _flag(name: str, comment: str) -> Column:
    return Column(name, Boolean, comment=comment)


def _count(name: str, comment: str) -> Column:
    return Column(name, Integer, comment=comment)


def _source() -> list[Column]:
    return [
        _ref("load_id", "the load this row came from", nullable=False),
        _count("transaction_no", "ordinal of the ST..SE in its file, from 1"),
        Column("segment_no", BigInteger, comment="ordinal of the first segment in its file, from 1"),
    ]


def _dimensions() -> list[Column]:
    """What every screen filters by; the same names on every table a screen reads."""
    return [
        _ref("facility_id", "where the service was given"),
        _text("department", "department of the rendering provider, or 'Unassigned'"),
        _ref("provider_id", "rendering provider"),
        _ref("payer_id", "payer whose receivable or claim this is; primary payer for patient rows"),
    ]


# --- bookkeeping -----------------------------------------------------------------------------------

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True, comment="schema_version, salt, data_version, synthetic, next_load_id"),
    _text("value", "the setting's value as text", nullable=False),
)

load = Table(
    "load",
    metadata,
    _id("load_id", "1, 2, 3 ... in order of loading"),
    _text("file_name", "name of the file (no folder)", nullable=False),
    _text("sha256", "hash of the file's bytes", nullable=False),
    Column("byte_size", BigInteger, comment="size of the file in bytes"),
    _text("kind", "837P, 837I, 837D, 835, transactions, payers, departments, or what it was recognised as"),
    _text("status", "loaded, partly_loaded, already_loaded, rejected, undone", nullable=False),
    _text("reason", "why it was rejected, partly loaded or skipped"),
    Column("loaded_at", DateTime, nullable=False, comment="UTC"),
    _text("loaded_by", "who loaded it"),
    Column("segments", BigInteger, comment="segments (X12) or rows (CSV) read"),
    _count("transactions", "ST..SE transactions loaded"),
    _count("claims", "claims (837), claim payments (835) or rows (CSV) loaded"),
    _money("charge", "sum of claim charges loaded"),
    _money("paid", "sum of claim payments loaded (835: sum of CLP04)"),
    _flag("balanced", "835 only: every transaction balances at line, claim and transaction level"),
)

load_problem = Table(
    "load_problem",
    metadata,
    _ref("load_id", "the load", nullable=False),
    _count("problem_no", "1, 2, 3 ... within the load"),
    _text("severity", "error: something was not loaded; warning: loaded, look at it", nullable=False),
    _count("transaction_no", "ordinal of the ST..SE, or null"),
    Column("segment_no", BigInteger, comment="segment (X12) or row (CSV) number, or null"),
    _text("code", "short stable code, such as SE01_MISMATCH or CLAIM_UNBALANCED", nullable=False),
    _text("message", "what is wrong and what to do; never holds patient data", nullable=False),
)

source_chunk = Table(
    "source_chunk",
    metadata,
    _ref("load_id", "the load", nullable=False),
    Column("first_segment", BigInteger, comment="segment_no (X12) or row number (CSV) of the first line"),
    Column("last_segment", BigInteger, comment="segment_no of the last line"),
    Column("body", LargeBinary, comment="zlib-compressed UTF-8, one segment or row a line, as read"),
)

x12_transaction = Table(
    "x12_transaction",
    metadata,
    _ref("load_id", "the load", nullable=False),
    _count("transaction_no", "ordinal of the ST..SE in the file, from 1"),
    _text("kind", "837P, 837I, 837D, 835"),
    _text("version", "GS08 or ST03"),
    _text("interchange_key", "ISA05-08, ISA09, ISA10, ISA13"),
    _text("group_control", "GS06"),
    _text("control_number", "ST02"),
    _text("business_key", "835: payer, payee, TRN02, BPR16, BPR02; 837: submitter, BHT03, BHT04, BHT05; else null"),
    _text("body_sha256", "hash of the trimmed segments between ST and SE"),
    _text("status", "loaded, duplicate, conflict, refused"),
    Column("first_segment", BigInteger, comment="segment_no of ST"),
    Column("last_segment", BigInteger, comment="segment_no of SE"),
    _count("claims", "claims or claim payments in it"),
    _money("charge", "sum of CLM02 or CLP03"),
    _money("paid", "sum of CLP04"),
)

match_decision = Table(
    "match_decision",
    metadata,
    _id("decision_id", "1, 2, 3 ... in order; the last one about a payment and account holds"),
    # the payment decided on, by what is the same whenever and in whatever envelope its file is loaded
    _ref("account_key", "as on the payment", nullable=False),
    _text("body_sha256", "of the payment's transaction", nullable=False),
    Column("body_segment", BigInteger, nullable=False, comment="segments from its transaction's ST to its CLP"),
    _ref("account_id", "the account it was decided to be for, or not for", nullable=False),
    _text("decision", "post, reject, or withdraw (the one before no longer holds)", nullable=False),
    _text("reason", "why, in words"),
    _text("decided_by", "who decided", nullable=False),
    Column("decided_at", DateTime, nullable=False, comment="UTC"),
)

unsettled = Table(
    "unsettled",
    metadata,
    _ref("account_key", "accounts with this key have new facts not yet posted", nullable=False),
)

# --- parties ---------------------------------------------------------------------------------------

payer = Table(
    "payer",
    metadata,
    _id("payer_id", "keyed hash of the identifier, or of the name where none is given"),
    _text("identifier", "payer id as sent (837 NM1*PR 09, 835 N104 or TRN03)"),
    _text("name", "as first sent", nullable=False),
    _text("payer_type", "one of reference/payer_types.csv"),
    _ref("load_id", "the load that first named it"),
)

payer_rule = Table(
    "payer_rule",
    metadata,
    _ref("payer_id", "the payer", nullable=False),
    _text("payer_type", "type stated by the office; wins over the filing indicator in claims"),
    _count("filing_limit_days", "days from service to file a claim"),
    _count("appeal_limit_days", "days from denial notice to appeal"),
    _text("source", "where the limits come from"),
    _date("effective_from", "first day the row applies"),
    _ref("load_id", "the load it came from"),
    _count("row_no", "row in the file"),
)

facility = Table(
    "facility",
    metadata,
    _id("facility_id", "keyed hash of NPI, else tax id, else name"),
    _text("npi", "national provider identifier"),
    _text("tax_id", "employer identification number"),
    _text("name", "as first sent", nullable=False),
    _ref("load_id", "the load that first named it"),
)

provider = Table(
    "provider",
    metadata,
    _id("provider_id", "keyed hash of NPI, else name"),
    _text("npi", "national provider identifier"),
    _text("name", "Last, First", nullable=False),
    _text("taxonomy", "specialty code (PRV03)"),
    _ref("load_id", "the load that first named it"),
)

department_assignment = Table(
    "department_assignment",
    metadata,
    _text("npi", "rendering provider or facility", nullable=False),
    _text("department", "department name", nullable=False),
    _ref("load_id", "the load it came from"),
    _count("row_no", "row in the file"),
)

patient = Table(
    "patient",
    metadata,
    _id("patient_id", "keyed hash of member id or name, with birth date"),
    _text("last_name", "PHI"),
    _text("first_name", "PHI"),
    _date("birth_date", "PHI"),
    _text("sex", "M, F, U"),
    _text("member_id", "PHI: primary identifier with the payer"),
    _text("street", "PHI: where statements go; of the subscriber where the patient has none"),
    _text("city", "PHI"),
    _text("state", "PHI"),
    _text("postal_code", "PHI"),
    _ref("load_id", "the load that first named them"),
)

# --- facts: what was sent --------------------------------------------------------------------------

claim = Table(
    "claim",
    metadata,
    _id("claim_id", "row_id(load, CLM segment)"),
    *_source(),
    Column("last_segment", BigInteger, comment="segment_no of the claim's last segment"),
    _ref("account_key", "keyed hash of the first 20 characters of the account number", nullable=False),
    _ref("account_id", "keyed hash of billing provider and account number (derived for replacements)"),
    _text("account_number", "CLM01, the patient control number as sent", nullable=False),
    _ref("billing_id", "billing provider (2010AA), a facility"),
    *_dimensions(),
    _ref("patient_id", "the patient"),
    _text("form", "P professional, I institutional, D dental"),
    Column("sequence", SmallInteger, comment="1 primary, 2 secondary, 3 tertiary (SBR01)"),
    _text("frequency_code", "CLM05-3: 1 original, 7 replacement, 8 void, others as sent"),
    _text("original_reference", "REF*F8: payer's number of the claim this one replaces or voids"),
    _text("filing_code", "SBR09 claim filing indicator"),
    _text("member_id", "PHI: subscriber id (NM1*IL 09)"),
    _text("prior_authorization", "REF*G1"),
    _text("place_of_service", "CLM05-1"),
    _text("diagnosis", "first diagnosis code"),
    _date("service_from", "first service date: lines, else claim dates, else submission"),
    _date("service_to", "last service date"),
    _date("submitted_on", "BHT04"),
    _money("charge", "CLM02", nullable=False),
    _money("patient_paid", "AMT*F5, patient amount paid as stated on the claim"),
    _count("lines", "service lines"),
    _count("line_control_digest", "hash of procedures and charges: tells a resubmission from another claim"),
    # derived
    _ref("sent_account_key", "derived: account_key as sent, kept when a replacement joins the account it replaces"),
    _ref("sent_account_id", "derived: account_id as sent"),
    _ref("chain_id", "derived: claim_id of the first claim this one resubmits, replaces or voids (itself when first)"),
    _text("chain_role", "derived: current, superseded, void (of the chain's charge)"),
    _flag("counts_charge", "derived: this claim's charge is the account's charge now"),
    _flag("counts", "derived: primary-most claim of its chain; counted once in denial and yield rates"),
    _date("first_submitted_on", "derived: first submission in the chain; never reset"),
    _count("days_to_submit", "derived: service_to to first submission"),
    _date("first_remit_on", "derived: first adjudication"),
    _date("first_remit_month", "derived: first day of that month"),
    _date("service_month", "derived: first day of the month of service_from"),
    _count("days_to_remit", "derived: first submission to first adjudication"),
    _date("first_paid_on", "derived: first positive payment"),
    _count("days_to_payment", "derived: first submission to first payment"),
    _text("initial_outcome", "derived: paid, partly_denied, denied; null until adjudicated"),
    _money("initial_denied", "derived: denied amount on first adjudication"),
    _money("initial_charge", "derived: charge adjudicated first"),
    _text("initial_category", "derived: denial category with the largest amount"),
    _text("initial_carc", "derived: its adjustment reason code"),
    _text("initial_group", "derived: its group code"),
    _flag("initial_preventable", "derived: first cause in the office"),
    _count("lines_adjudicated", "derived: lines on first adjudication (1 when the remittance has none)"),
    _count("lines_denied", "derived: of them denied or partly denied"),
    _flag("first_pass", "derived: fully resolved on first adjudication without rework; null until adjudicated"),
    _text("final_outcome", "derived: open, paid, partly_paid, denied, written_off, void"),
    _flag("overturned", "derived: initially denied and later paid; null when not denied or still pending"),
    _date("reworked_on", "derived: first resubmission or replacement after the denial"),
    _count("days_to_rework", "derived: first denial to rework"),
    _money("paid", "derived: signed sum of payments on this claim"),
    _money("allowed", "derived: signed sum of allowed amounts"),
    _money("contractual", "derived: signed sum of contractual adjustments"),
    _money("patient_share", "derived: signed sum of patient responsibility"),
    _money("denied", "derived: denied amount still standing after reversals and corrections"),
)

service_line = Table(
    "service_line",
    metadata,
    _id("service_line_id", "row_id(load, LX segment)"),
    _ref("claim_id", "the claim", nullable=False),
    *_source(),
    _count("line_no", "LX01 or ordinal"),
    _text("procedure_code", "procedure code, or null"),
    _text("modifiers", "modifiers joined by a space"),
    _text("revenue_code", "revenue code (institutional)"),
    Column("units", Numeric(12, 3), comment="quantity"),
    _money("charge", "line charge"),
    _date("service_from", "line date, else the claim's"),
    _date("service_to", "last date of the line"),
    _text("line_control", "REF*6R line item control number"),
)

# --- facts: what came back -------------------------------------------------------------------------

remittance = Table(
    "remittance",
    metadata,
    _id("remittance_id", "row_id(load, BPR segment)"),
    *_source(),
    Column("last_segment", BigInteger, comment="segment_no of SE"),
    _ref("payer_id", "payer"),
    _text("payer_name", "N1*PR 02 as sent"),
    _text("payee_npi", "N1*PE identifier when XX"),
    _text("payee_tax_id", "N1*PE identifier when FI, or REF*TJ"),
    _text("payee_name", "N1*PE 02"),
    _text("trace_number", "TRN02"),
    _text("payment_method", "BPR04: ACH, CHK, NON ..."),
    _date("paid_on", "BPR16 payment date, else DTM*405, else GS04"),
    _date("paid_month", "first day of that month"),
    _money("amount", "BPR02, signed by BPR03", nullable=False),
    _money("claims_paid", "sum of CLP04", nullable=False),
    _money("provider_adjustments", "sum of PLB amounts; positive lowers the payment", nullable=False),
    _money("difference", "amount - (claims_paid - provider_adjustments); zero when in balance", nullable=False),
    _flag("balanced", "balances at line, claim and transaction level"),
    _count("claims", "claim payments in it"),
)

provider_adjustment = Table(
    "provider_adjustment",
    metadata,
    _id("provider_adjustment_id", "row_id(load, PLB segment, position)"),
    _ref("remittance_id", "the remittance", nullable=False),
    *_source(),
    _date("fiscal_period", "PLB02"),
    _text("reason_code", "PLB03-1: WO, FB, CS, 72, L6 ..."),
    _text("reference", "PLB03-2"),
    _money("amount", "as sent: positive lowers the payment", nullable=False),
    _date("paid_on", "the remittance's payment date"),
    _date("paid_month", "first day of that month"),
    _ref("payer_id", "the remittance's payer"),
)

claim_payment = Table(
    "claim_payment",
    metadata,
    _id("claim_payment_id", "row_id(load, CLP segment)"),
    _ref("remittance_id", "the remittance", nullable=False),
    *_source(),
    Column("last_segment", BigInteger, comment="segment_no of its last segment"),
    _ref("account_key", "keyed hash of the first 20 characters of CLP01; null when CLP01 is 0 or missing"),
    _text("account_number", "CLP01 as sent"),
    _text("status_code", "CLP02"),
    Column(
        "sequence",
        SmallInteger,
        comment="1, 2, 3 from CLP02 (1/19, 2/20, 3/21); 1 otherwise; null for 22 (derived from the mate)",
    ),
    _flag("is_reversal", "CLP02 = 22"),
    _money("charge", "CLP03", nullable=False),
    _money("paid", "CLP04", nullable=False),
    _money("stated_patient_responsibility", "CLP05 as stated; not used in sums"),
    _text("filing_code", "CLP06"),
    _text("payer_claim_number", "CLP07"),
    _text("original_reference", "REF*F8 within the claim payment"),
    _text("member_id", "PHI: NM1*IL 09, else NM1*QC 09"),
    _text("crossover_payer", "NM1*TT name: payer it was forwarded to"),
    _date("service_from", "DTM*232, else earliest line date"),
    _date("service_to", "DTM*233, else latest line date"),
    _date("paid_on", "the remittance's payment date"),
    _date("paid_month", "first day of that month"),
    _ref("remit_payer_id", "payer of the remittance"),
    _text("payee_npi", "of the remittance"),
    _text("payee_tax_id", "of the remittance"),
    _money("contractual", "sum of its contractual adjustments", nullable=False),
    _money("patient_share", "sum of its patient-responsibility adjustments", nullable=False),
    _money("denied", "sum of its denial adjustments", nullable=False),
    _money("denied_to_patient", "of which group PR: billable to the patient", nullable=False),
    _money("other_payer", "sum of adjustments for what another payer did (CARC 23)", nullable=False),
    _money("other", "sum of all other adjustments", nullable=False),
    _money("allowed", "paid + patient_share (as adjudicated)", nullable=False),
    _text("outcome", "paid, partly_denied, denied"),
    _text("denial_category", "category with the largest denied amount"),
    _text("denial_carc", "its code"),
    _text("denial_group", "its group code"),
    _flag("preventable", "of that category"),
    _count("lines", "payment lines (SVC); 0 when the remittance has none"),
    _count("lines_denied", "of them denied or partly denied"),
    _money("difference", "charge - all adjustments - paid; zero when in balance", nullable=False),
    # derived
    _ref("account_id", "derived: matched account"),
    _ref("claim_id", "derived: matched claim"),
    _text(
        "match_status",
        "derived: confirmed, probable (not posted until a person confirms), set_aside (a person said no), none",
    ),
    _text("match_reason", "derived: what agreed, in plain words"),
    _ref("payer_id", "derived: payer of the matched claim, else of the remittance"),
    _flag("reversed", "derived: a later reversal takes this payment back"),
    _date("reversed_on", "derived: payment date of that reversal"),
    Column(
        "payer_rank", SmallInteger, comment="derived: 1 primary, 2 secondary, 3 tertiary; a reversal has its mate's"
    ),
    _ref("reversal_of", "derived: for a reversal, the claim payment it takes back"),
)

payment_line = Table(
    "payment_line",
    metadata,
    _id("payment_line_id", "row_id(load, SVC segment)"),
    _ref("claim_payment_id", "the claim payment", nullable=False),
    *_source(),
    _text("procedure_code", "SVC01 procedure code"),
    _text("modifiers", "modifiers joined by a space"),
    _text("submitted_procedure", "SVC06 procedure when the payer bundled or changed it"),
    _text("revenue_code", "SVC04, or SVC01 with qualifier NU"),
    _money("charge", "SVC02"),
    _money("paid", "SVC03"),
    Column("units", Numeric(12, 3), comment="SVC05"),
    _date("service_from", "DTM*472 or DTM*150"),
    _text("line_control", "REF*6R"),
    _money("allowed", "paid + patient responsibility of the line"),
    _money("denied", "denied amount of the line"),
    _text("outcome", "paid, partly_denied, denied"),
    _money("difference", "charge - adjustments - paid; zero when in balance"),
)

adjustment = Table(
    "adjustment",
    metadata,
    _id("adjustment_id", "row_id(load, CAS segment, position)"),
    _ref("claim_payment_id", "the claim payment", nullable=False),
    _ref("payment_line_id", "the payment line; null for a claim-level adjustment"),
    *_source(),
    _text("group_code", "CO, PR, OA, PI, CR"),
    _text("carc", "claim adjustment reason code"),
    _money("amount", "as sent: positive lowers the payment", nullable=False),
    _text("remark_codes", "LQ*HE, MOA or MIA remark codes, joined by a space"),
    _text("adjustment_class", "contractual, patient_responsibility, denial, other_payer, other"),
    _text("category", "denial category, else null"),
)

billing_entry = Table(
    "billing_entry",
    metadata,
    _id("billing_entry_id", "row_id(load, row)"),
    _ref("load_id", "the load", nullable=False),
    Column("segment_no", BigInteger, comment="row number in the CSV, header is 1"),
    _ref("account_key", "as on the claim", nullable=False),
    _text("account_number", "as written", nullable=False),
    _text("billing_npi", "billing provider, when one account number is not unique"),
    _date("posted_on", "posting date"),
    _text(
        "entry_type",
        "charge, patient_payment, patient_refund, insurance_payment, insurance_refund, write_off, denial_write_off, "
        "bad_debt, charity, transfer_to_patient, transfer_to_insurance, statement",
    ),
    _money("amount", "positive; null for a statement"),
    _text("side", "insurance or patient; null: by entry type"),
    _text(
        "reason",
        "write-off reason: timely_filing, no_authorization, missed_appeal, missing_information, small_balance, other",
    ),
    _text("method", "cash, check, card, portal, point_of_service ..."),
    # self-pay and not-yet-billed accounts have no claim; a charge row may name them
    _date("service_on", "service date of a charge"),
    _text("facility_npi", "of a charge"),
    _text("provider_npi", "of a charge"),
    _text("payer_identifier", "of a charge; empty for self-pay"),
    # derived
    _ref("account_id", "derived: matched account; null when unknown or ambiguous"),
)

# --- derived ---------------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    _id("account_id", "keyed hash; opaque, safe in a link"),
    _ref("account_key", "as on the claim", nullable=False),
    _text("account_number", "patient control number", nullable=False),
    _ref("billing_id", "billing provider, a facility"),
    *_dimensions(),
    _ref("patient_id", "the patient"),
    _ref("second_payer_id", "secondary payer, when a claim, payment or crossover shows one"),
    _ref("third_payer_id", "tertiary payer"),
    _date("second_from", "day the insurance balance moved on to the secondary payer"),
    _date("third_from", "day it moved on to the tertiary payer"),
    _date("service_from", "first service date"),
    _date("service_to", "last service date"),
    _date("first_submitted_on", "first submission of its first claim; never reset"),
    _date("last_submitted_on", "latest submission to a payer"),
    _date("last_remit_on", "latest claim payment, paid or not"),
    _date("first_statement_on", "first statement to the patient"),
    _date("last_statement_on", "latest statement"),
    _date("patient_since", "day a balance first became the patient's"),
    _date("last_payment_on", "latest payment from anyone"),
    _money("charge", "charges standing", nullable=False),
    _money("insurance_payments", "payments by insurers, positive", nullable=False),
    _money("patient_payments", "payments by the patient, net of refunds, positive", nullable=False),
    _money("adjustments", "contractual adjustments and write-offs, positive", nullable=False),
    _money("insurance_balance", "what insurers owe; negative is a credit", nullable=False),
    _money("patient_balance", "what the patient owes; negative is a credit", nullable=False),
    _money("balance", "insurance_balance + patient_balance", nullable=False),
    _money("denied", "denied amount still standing", nullable=False),
    _text("responsible", "insurance, patient, credit, unbilled or closed"),
    _ref("responsible_payer_id", "payer who owes the largest insurance balance"),
    _text("denial_category", "category of the denial still standing"),
    _count("claims", "claims sent"),
    _date("filing_deadline", "service_from plus the payer's filing limit, while nothing was sent"),
    _date("appeal_deadline", "denial date plus the payer's appeal limit, while a denial stands"),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    _ref("account_id", "the account", nullable=False),
    Column("entry_no", BigInteger, comment="order within the account: posting date, then source position"),
    Column("posted_on", Date, nullable=False, comment="posting date"),
    Column("posted_month", Date, nullable=False, comment="first day of that month"),
    _date("service_month", "first day of the month of the account's first service: its cohort"),
    _date("statement_month", "of what patients owe and pay: first day of the month of the account's first statement"),
    _text(
        "entry_type",
        "charge, insurance_payment, patient_payment, contractual, other_payer, write_off, denial_write_off, "
        "bad_debt, charity, insurance_refund, patient_refund, transfer",
        nullable=False,
    ),
    _text("side", "insurance or patient", nullable=False),
    _money("amount", "signed: positive raises what is owed", nullable=False),
    *_dimensions(),
    _text("reason", "write-off reason"),
    _text("method", "payment method of a patient payment"),
    _ref("load_id", "load of the source row"),
    _ref("claim_id", "source claim"),
    _ref("claim_payment_id", "source claim payment"),
    _ref("billing_entry_id", "source CSV row"),
)

ledger_month = Table(
    "ledger_month",
    metadata,
    # the ledger added up; what is posted anew is taken out by rows of its own, until rows alike are folded into one
    Column("posted_month", Date, nullable=False, comment="as on the entries"),
    _date("service_month", "as on the entries"),
    _date("statement_month", "as on the entries"),
    _text("entry_type", "as on the entries", nullable=False),
    _text("side", "as on the entries", nullable=False),
    _text("reason", "as on the entries"),
    *_dimensions(),
    Column("amount", Numeric(14, 2), nullable=False, comment="sum of the entries"),
    Column("entries", BigInteger, nullable=False, comment="how many entries"),
    Column("accounts", BigInteger, nullable=False, comment="how many of them are the first of their account"),
)

open_balance = Table(
    "open_balance",
    metadata,
    _ref("account_id", "the account", nullable=False),
    _text("side", "insurance or patient", nullable=False),
    *_dimensions(),
    Column("from_date", Date, nullable=False, comment="first day this balance stood"),
    Column("to_date", Date, nullable=False, comment="first day it no longer stood; 9999-12-31 while it stands"),
    _money("balance", "never zero; negative is a credit", nullable=False),
    _flag("billed", "false: insurance balance before the first submission"),
    Column(
        "age_from",
        Date,
        nullable=False,
        comment="policy anchor: insurance first submission, patient first statement (until then, day it became "
        "the patient's), unbilled service",
    ),
    Column("service_from", Date, nullable=False, comment="service anchor"),
    Column("billed_from", Date, nullable=False, comment="first bill to anyone, else service"),
)

denial = Table(
    "denial",
    metadata,
    _ref("claim_id", "the claim, denied on first adjudication", nullable=False),
    _ref("account_id", "its account", nullable=False),
    *_dimensions(),
    Column("denied_on", Date, nullable=False, comment="first adjudication"),
    Column("denied_month", Date, nullable=False, comment="first day of that month"),
    _text("group_code", "CO, PR, OA, PI"),
    _text("carc", "claim adjustment reason code"),
    _text("category", "denial category"),
    _flag("preventable", "first cause in the office"),
    _money("amount", "denied for this reason on first adjudication", nullable=False),
    _flag("main", "the reason with the claim's largest amount: counts are by this one"),
)

collect_rate = Table(
    "collect_rate",
    metadata,
    _text("side", "insurance or patient", nullable=False),
    _text("bucket", "age bucket by office policy", nullable=False),
    Column("payer_id", BigInteger, nullable=False, comment="payer; 0 for self-pay"),
    _text("category", "denial category; empty: not denied", nullable=False),
    Column("rate", Numeric(5, 4), nullable=False, comment="share of the amount collected within 91 days"),
    _count("cases", "balances the rate was observed on"),
    _text("level", "payer and denial, payer, denial, age, office: the finest group with enough cases"),
)

#: On the embedded database ids ascend in file order, so block statistics find a row by id without an
#: index; only what is looked up by account gets one. A server gets them all.
SERVER_ONLY = {"server_only": True}

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
    Index("ix_ledger_account", ledger_entry.c.account_id),
    Index("ix_account_key", account.c.account_key, info=SERVER_ONLY),
    Index("ix_claim_account", claim.c.account_id, info=SERVER_ONLY),
    Index("ix_claim_payment_account", claim_payment.c.account_id, info=SERVER_ONLY),
    Index("ix_claim_payment_number", claim_payment.c.payer_claim_number, info=SERVER_ONLY),
    Index("ix_open_balance_account", open_balance.c.account_id, info=SERVER_ONLY),
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
    payer_rule,
    department_assignment,
)
PARTY_TABLES = (payer, facility, provider, patient)
DERIVED_TABLES = (account, ledger_entry, open_balance, denial)  # by account; the others are sums
