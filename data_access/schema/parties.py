"""Payers, facilities, providers and patients, and what the office states about them."""

from datetime import date

from sqlalchemy import Column, Table

from data_access.schema.columns import count, day, id_column, metadata, ref, source, text

payer = Table(
    "payer",
    metadata,
    id_column("payer_id", "keyed hash of the identifier, or of the name where none is given"),
    text("identifier", "payer id as sent (837 NM1*PR 09, 835 N104 or TRN03)"),
    text("name", "as the office says, else as last sent", nullable=False),
    text("payer_type", "one of reference/payer_types.csv"),
    ref("load_id", "the load that first named it"),
)

#: Levels of appeal that a payer may have; Medicare has five (42 CFR 405, subpart I), and none is known with more.
APPEAL_LEVELS = 5

payer_rule = Table(
    "payer_rule",
    metadata,
    ref("payer_id", "the payer", nullable=False),
    text("payer_type", "type stated by the office; wins over the filing indicator in claims"),
    count("filing_limit_days", "days from service to file a claim"),
    count("appeal_level", "level of appeal the row is about; null: the first. Only the first has days to file a claim"),
    count("appeal_limit_days", "days to appeal: from the denial notice, at a further level from the last decision"),
    count(
        "presumed_receipt_days",
        "they count from receipt of that notice, presumed so many days after its date; null: from its date",
    ),
    text("source", "where the limits come from"),
    day("effective_from", "first day the row applies"),
    ref("load_id", "the load it came from"),
    count("row_no", "row in the file"),
)

facility = Table(
    "facility",
    metadata,
    id_column("facility_id", "keyed hash of NPI, else tax id, else name"),
    text("npi", "national provider identifier"),
    text("tax_id", "employer identification number"),
    text("name", "as last sent", nullable=False),
    ref("load_id", "the load that first named it"),
)

provider = Table(
    "provider",
    metadata,
    id_column("provider_id", "keyed hash of NPI, else name"),
    text("npi", "national provider identifier"),
    text("name", "Last, First, as last sent", nullable=False),
    text("taxonomy", "specialty code (PRV03), as last sent"),
    ref("load_id", "the load that first named it"),
)

department_assignment = Table(
    "department_assignment",
    metadata,
    text("npi", "rendering provider or facility", nullable=False),
    text("department", "department name", nullable=False),
    ref("load_id", "the load it came from"),
    count("row_no", "row in the file"),
)

patient = Table(
    "patient",
    metadata,
    id_column("patient_id", "keyed hash of member id or name, with birth date"),
    text("last_name", "PHI"),
    text("first_name", "PHI"),
    day("birth_date", "PHI"),
    text("sex", "M, F, U"),
    text("member_id", "PHI: primary identifier with the payer"),
    text("street", "PHI: where statements go, as last sent; of the subscriber where the patient has none"),
    text("city", "PHI"),
    text("state", "PHI"),
    text("postal_code", "PHI"),
    ref("load_id", "the load that first named them"),
)

#: The day of what the office itself says: no file says anything later.
OFFICE = date.max


def _word(party: str, *said: Column) -> Table:
    """What each file says of parties of a kind; the table of that kind holds the newest word."""
    return Table(
        f"{party}_word",
        metadata,
        ref(f"{party}_id", f"the {party}", nullable=False),
        *source(),
        day("stated_on", "day of the claim or payment that says so; `OFFICE` where the office does"),
        *said,
    )


patient_word = _word(
    "patient",
    text("last_name", "PHI"),
    text("first_name", "PHI"),
    text("sex", "M, F, U"),
    text("street", "PHI"),
    text("city", "PHI"),
    text("state", "PHI"),
    text("postal_code", "PHI"),
)
payer_word = _word("payer", text("name", "its name"))
facility_word = _word("facility", text("name", "its name"))
provider_word = _word("provider", text("name", "Last, First"), text("taxonomy", "specialty code"))
WORD_TABLES = (patient_word, payer_word, facility_word, provider_word)
