"""What payers said of coverage: eligibility inquiries (270) and responses (271)."""

from sqlalchemy import BigInteger, Column, Date, Index, Numeric, Table, func

from data_access.schema.columns import (
    SERVER_ONLY,
    count,
    day,
    dimensions,
    flag,
    id_column,
    metadata,
    money,
    ref,
    source,
    text,
)
from data_access.schema.sent import claim


def _person() -> list[Column]:
    """Who was asked about, and the payer asked."""
    return [
        ref("patient_id", "id the patient has, or would have, on a claim; no patient is written by these files"),
        ref("payer_id", "id of the payer (2100A), as on a claim"),
        text("payer_name", "payer as named"),
        text("member_id", "PHI: the subscriber's member id, in upper case"),
        text("last_name", "PHI"),
        text("first_name", "PHI"),
        day("birth_date", "PHI"),
        flag("dependent", "a dependent of the subscriber (2000D)"),
        day("service_on", "date asked about (DTP 472, 291, 307 with one day); null: the day of asking"),
    ]


coverage_inquiry = Table(
    "coverage_inquiry",
    metadata,
    # one person asked about in a 270
    id_column("coverage_inquiry_id", "row_id(load, HL segment)"),
    *source(),
    Column("last_segment", BigInteger, comment="segment_no of the last segment about this person"),
    text("trace_number", "TRN02, which the answer repeats"),
    day("asked_on", "BHT04, else GS04"),
    text("asked_at", "BHT05, a time of day"),
    *_person(),
    text("service_types", "EQ01, joined by a space"),
)

coverage_answer = Table(
    "coverage_answer",
    metadata,
    # one person answered about in a 271
    id_column("coverage_answer_id", "row_id(load, HL segment)"),
    *source(),
    Column("last_segment", BigInteger, comment="segment_no of the last segment about this person"),
    text("trace_number", "TRN02 of the inquiry"),
    day("answered_on", "BHT04, else GS04"),
    text("answered_at", "BHT05, a time of day"),
    *_person(),
    text("group_number", "REF 6P, 1L or 18"),
    text("plan", "EB05 of the coverage"),
    text("status", "active, inactive, rejected (AAA) or unknown", nullable=False),
    day("coverage_from", "first day of coverage, where the payer says it"),
    day("coverage_to", "last day of coverage, where the payer says it"),
    money("copay", "EB B: in network, for a visit before anything else"),
    Column("coinsurance", Numeric(7, 4), comment="EB A, a share: 0.2 is 20 percent"),
    money("deductible", "EB C of the year"),
    money("deductible_left", "EB C with period 29: what is left of it"),
    flag("authorization", "EB11: some benefit needs an authorization"),
    text("other_payer", "another payer that EB R and its 2120 loop name"),
    flag("other_payer_primary", "that payer pays first (NM1*PRP)"),
    day("other_payer_from", "first day of the other coverage, where stated"),
    day("other_payer_to", "last day of the other coverage, where stated"),
    text("reject_level", "who could not be found or served: payer, provider, subscriber or dependent"),
    text("reject_codes", "AAA03, joined by a space"),
    text("reject_follow_up", "AAA04 of the first"),
)

coverage_benefit = Table(
    "coverage_benefit",
    metadata,
    # one EB segment
    id_column("coverage_benefit_id", "row_id(load, EB segment)"),
    ref("coverage_answer_id", "its answer", nullable=False),
    *source(),
    text("information", "EB01"),
    text("coverage_level", "EB02: IND, FAM and the like"),
    text("service_types", "EB03, joined by a space"),
    text("insurance_type", "EB04"),
    text("plan", "EB05"),
    text("period", "EB06 time period qualifier; 29: remaining"),
    money("amount", "EB07"),
    Column("percent", Numeric(7, 4), comment="EB08, a share"),
    flag("authorization", "EB11: authorization or certification required"),
    flag("in_network", "EB12; null: both, or not stated"),
    day("date_from", "DTP of this benefit"),
    day("date_to", "DTP of this benefit"),
    text("entity", "NM1 of its 2120 loop: role"),
    text("entity_name", "and name"),
    text("entity_identifier", "and identifier"),
)

account_coverage = Table(
    "account_coverage",
    metadata,
    # what was known of an insured account's coverage from one day to another, from its service on: one row for most
    ref("account_id", "the account", nullable=False),
    *dimensions(),
    ref("patient_id", "the patient"),
    text("account_number", "as on the account", nullable=False),
    Column("service_from", Date, nullable=False, comment="first service date of the account"),
    Column("known_from", Date, nullable=False, comment="first day on which this was what was known"),
    Column("known_until", Date, nullable=False, comment="first day on which it no longer was; 9999-12-31 while it is"),
    ref("coverage_answer_id", "the answer in force for the service date"),
    ref("coverage_inquiry_id", "the newest inquiry, where nothing was answered"),
    day("asked_on", "day of that inquiry"),
    day("answered_on", "day of that answer"),
    count("days_before", "service_from - answered_on; negative: answered after the service"),
    text(
        "standing",
        "active, inactive, other_payer_primary, late, too_early, rejected, asked_unanswered, not_verified",
        nullable=False,
    ),
    flag("covered", "whether the answer says the service date is covered; null without a usable answer"),
    flag("in_time", "answered on or before the service date and not too early"),
    text("plan", "as in the answer"),
    text("other_payer", "as in the answer"),
    money("copay", "as in the answer"),
    money("deductible_left", "as in the answer"),
    money("charge", "as on the account", nullable=False),
    money("insurance_balance", "as on the account", nullable=False),
)

eligibility_denial = Table(
    "eligibility_denial",
    metadata,
    # claims denied for coverage on first adjudication, beside what was known by then
    ref("claim_id", "the claim", nullable=False),
    ref("account_id", "its account", nullable=False),
    *dimensions(),
    ref("patient_id", "the patient"),
    day("service_from", "first service date of the claim"),
    Column("denied_on", Date, nullable=False, comment="first adjudication"),
    Column("denied_month", Date, nullable=False, comment="first day of that month"),
    text("carc", "its main reason"),
    money("amount", "denied on first adjudication", nullable=False),
    text(
        "cause",
        "never_asked, no_answer, asked_late, too_early, billed_anyway, other_payer_known, payer_reversed",
        nullable=False,
    ),
    day("checked_on", "day of the last answer before the denial, else of the last inquiry"),
    count("days_before", "as on account_coverage"),
    text("said", "active or inactive on the service date; else the standing", nullable=False),
)

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = (coverage_benefit, coverage_answer, coverage_inquiry)
#: Worked out by posting, account by account: each has an account_id.
DERIVED: tuple[Table, ...] = (account_coverage, eligibility_denial)
INDEXES: list[Index] = [
    # an answer finds its claims by member id and patient
    Index("ix_claim_member", func.upper(claim.c.member_id), info=SERVER_ONLY),
    Index("ix_claim_patient", claim.c.patient_id, info=SERVER_ONLY),
    Index("ix_account_coverage", account_coverage.c.account_id, info=SERVER_ONLY),
    Index("ix_account_coverage_service", account_coverage.c.service_from, info=SERVER_ONLY),
    Index("ix_eligibility_denial", eligibility_denial.c.account_id, info=SERVER_ONLY),
    Index("ix_eligibility_denial_on", eligibility_denial.c.denied_on, info=SERVER_ONLY),
    Index("ix_coverage_benefit_answer", coverage_benefit.c.coverage_answer_id, info=SERVER_ONLY),
    *(
        Index(f"ix_{table.name}_{column}", table.c[column], info=SERVER_ONLY)
        for table in (coverage_inquiry, coverage_answer)
        for column in ("member_id", "patient_id", "load_id")
    ),
    *(
        Index(f"uq_{table.name}", table.c[f"{table.name}_id"], unique=True, info=SERVER_ONLY)
        for table in (coverage_inquiry, coverage_answer, coverage_benefit)
    ),
]
