"""What came back: remittances, claim payments, adjustments; and the billing system's entries."""

from sqlalchemy import BigInteger, Column, Numeric, SmallInteger, Table

from data_access.schema.columns import count, day, flag, id_column, metadata, money, ref, source, text

remittance = Table(
    "remittance",
    metadata,
    id_column("remittance_id", "row_id(load, BPR segment)"),
    *source(),
    Column("last_segment", BigInteger, comment="segment_no of SE"),
    ref("payer_id", "payer"),
    text("payer_name", "N1*PR 02 as sent"),
    text("payee_npi", "N1*PE identifier when XX"),
    text("payee_tax_id", "N1*PE identifier when FI, or REF*TJ"),
    text("payee_name", "N1*PE 02"),
    text("trace_number", "TRN02"),
    text("payment_method", "BPR04: ACH, CHK, NON ..."),
    day("paid_on", "BPR16 payment date, else DTM*405, else GS04"),
    day("paid_month", "first day of that month"),
    money("amount", "BPR02, signed by BPR03", nullable=False),
    money("claims_paid", "sum of CLP04", nullable=False),
    money("provider_adjustments", "sum of PLB amounts; positive lowers the payment", nullable=False),
    money("difference", "amount - (claims_paid - provider_adjustments); zero when in balance", nullable=False),
    flag("balanced", "balances at line, claim and transaction level"),
    count("claims", "claim payments in it"),
)

provider_adjustment = Table(
    "provider_adjustment",
    metadata,
    id_column("provider_adjustment_id", "row_id(load, PLB segment, position)"),
    ref("remittance_id", "the remittance", nullable=False),
    *source(),
    day("fiscal_period", "PLB02"),
    text("reason_code", "PLB03-1: WO, FB, CS, 72, L6 ..."),
    text("reference", "PLB03-2"),
    money("amount", "as sent: positive lowers the payment", nullable=False),
    day("paid_on", "the remittance's payment date"),
    day("paid_month", "first day of that month"),
    ref("payer_id", "the remittance's payer"),
)

claim_payment = Table(
    "claim_payment",
    metadata,
    id_column("claim_payment_id", "row_id(load, CLP segment)"),
    ref("remittance_id", "the remittance", nullable=False),
    *source(),
    Column("last_segment", BigInteger, comment="segment_no of its last segment"),
    ref("account_key", "keyed hash of the first 20 characters of CLP01; null when CLP01 is 0 or missing"),
    text("account_number", "CLP01 as sent"),
    text("status_code", "CLP02"),
    Column(
        "sequence",
        SmallInteger,
        comment="1, 2, 3 from CLP02 (1/19, 2/20, 3/21); 1 otherwise; null for 22 (derived from the mate)",
    ),
    flag("is_reversal", "CLP02 = 22"),
    money("charge", "CLP03", nullable=False),
    money("paid", "CLP04", nullable=False),
    money("stated_patient_responsibility", "CLP05 as stated; not used in sums"),
    money("interest", "AMT*I of the claim: interest the payer says it paid; the money itself is in PLB L6"),
    text("filing_code", "CLP06"),
    text("payer_claim_number", "CLP07"),
    text("original_reference", "REF*F8 within the claim payment"),
    text("member_id", "PHI: NM1*IL 09, else NM1*QC 09"),
    text("crossover_payer", "NM1*TT name: payer it was forwarded to"),
    day("service_from", "DTM*232, else earliest line date"),
    day("service_to", "DTM*233, else latest line date"),
    day("paid_on", "the remittance's payment date"),
    day("paid_month", "first day of that month"),
    ref("remit_payer_id", "payer of the remittance"),
    text("payee_npi", "of the remittance"),
    text("payee_tax_id", "of the remittance"),
    money("contractual", "sum of its contractual adjustments", nullable=False),
    money("patient_share", "sum of its patient-responsibility adjustments", nullable=False),
    money("denied", "sum of its denial adjustments", nullable=False),
    money("denied_to_patient", "of which group PR: billable to the patient", nullable=False),
    money("other_payer", "sum of adjustments for what another payer did (CARC 23)", nullable=False),
    money("other", "sum of all other adjustments", nullable=False),
    money("allowed", "paid + patient_share (as adjudicated)", nullable=False),
    text("outcome", "paid, partly_denied, denied"),
    text("denial_category", "category with the largest denied amount"),
    text("denial_carc", "its code"),
    text("denial_group", "its group code"),
    flag("preventable", "of that category"),
    count("lines", "payment lines (SVC); 0 when the remittance has none"),
    count("lines_denied", "of them denied or partly denied"),
    money("difference", "charge - all adjustments - paid; zero when in balance", nullable=False),
    # derived
    ref("account_id", "derived: matched account"),
    ref("claim_id", "derived: matched claim"),
    text(
        "match_status",
        "derived: confirmed, probable (not posted until a person confirms), set_aside (a person said no), none",
    ),
    text("match_reason", "derived: what agreed, in plain words"),
    ref("payer_id", "derived: payer of the matched claim, else of the remittance"),
    flag("reversed", "derived: a later reversal takes this payment back"),
    day("reversed_on", "derived: payment date of that reversal"),
    flag("repeats", "derived: pays a claim in full once more, as an earlier payment that stands did"),
    flag("stands", "derived: false where another answer of the payer to the same bill stands in its place"),
    Column(
        "payer_rank", SmallInteger, comment="derived: 1 primary, 2 secondary, 3 tertiary; a reversal has its mate's"
    ),
    ref("reversal_of", "derived: for a reversal, the claim payment it takes back"),
)

payment_line = Table(
    "payment_line",
    metadata,
    id_column("payment_line_id", "row_id(load, SVC segment)"),
    ref("claim_payment_id", "the claim payment", nullable=False),
    *source(),
    text("procedure_code", "SVC01 procedure code"),
    text("modifiers", "modifiers joined by a space"),
    text("submitted_procedure", "SVC06 procedure when the payer bundled or changed it"),
    text("revenue_code", "SVC04, or SVC01 with qualifier NU"),
    money("charge", "SVC02"),
    money("paid", "SVC03"),
    Column("units", Numeric(12, 3), comment="SVC05"),
    day("service_from", "DTM*472 or DTM*150"),
    text("line_control", "REF*6R"),
    money("allowed", "paid + patient responsibility of the line"),
    money("denied", "denied amount of the line"),
    text("outcome", "paid, partly_denied, denied"),
    money("difference", "charge - adjustments - paid; zero when in balance"),
)

adjustment = Table(
    "adjustment",
    metadata,
    id_column("adjustment_id", "row_id(load, CAS segment, position)"),
    ref("claim_payment_id", "the claim payment", nullable=False),
    ref("payment_line_id", "the payment line; null for a claim-level adjustment"),
    *source(),
    text("group_code", "CO, PR, OA, PI, CR"),
    text("carc", "claim adjustment reason code"),
    money("amount", "as sent: positive lowers the payment", nullable=False),
    text("remark_codes", "LQ*HE, MOA or MIA remark codes, joined by a space"),
    text("adjustment_class", "contractual, patient_responsibility, denial, other_payer, other"),
    text("category", "denial category, else null"),
)

billing_entry = Table(
    "billing_entry",
    metadata,
    id_column("billing_entry_id", "row_id(load, row)"),
    ref("load_id", "the load", nullable=False),
    Column("segment_no", BigInteger, comment="row number in the CSV, header is 1"),
    ref("account_key", "as on the claim", nullable=False),
    text("account_number", "as written", nullable=False),
    text("billing_npi", "billing provider, when one account number is not unique"),
    day("posted_on", "posting date"),
    text(
        "entry_type",
        "charge, patient_payment, patient_refund, insurance_payment, insurance_refund, recoupment, write_off, "
        "denial_write_off, bad_debt, charity, transfer_to_patient, transfer_to_insurance, statement",
    ),
    money("amount", "positive; null for a statement"),
    text("side", "insurance or patient; null: by entry type"),
    text(
        "reason",
        "write-off reason: timely_filing, no_authorization, missed_appeal, missing_information, small_balance, other",
    ),
    text("method", "cash, check, card, portal, point_of_service ..."),
    # self-pay and not-yet-billed accounts have no claim; a charge row may name them
    day("service_on", "service date of a charge"),
    text("facility_npi", "of a charge"),
    text("provider_npi", "of a charge"),
    text("payer_identifier", "of a charge, empty for self-pay; of an insurance payment: who paid"),
    text("check_number", "of an insurance payment: check or trace number, as written"),
    # derived
    ref("account_id", "derived: matched account; null when unknown or ambiguous"),
)

#: Rows that an earlier load holds as well; see `data_access.ingest.repeats`.
repeated_entry = Table(
    "repeated_entry",
    metadata,
    *(
        Column(column.name, column.type, nullable=column.nullable, comment=column.comment)
        for column in billing_entry.columns
        if not (column.comment or "").startswith("derived:")
    ),
)
