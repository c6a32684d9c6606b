"""Who the synthetic practice is: clinics, providers, payers, procedures. All invented, NPIs with right check digits."""

from dataclasses import dataclass

from data_access.reference import appeal_levels


def npi(number: int) -> str:
    """An NPI from the synthetic range 199999xxx, with its Luhn check digit (prefix 80840, CMS NPI standard)."""
    digits = f"199999{number:03d}"
    total = 24  # what the prefix 80840 adds
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if position % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{digits}{-total % 10}"


@dataclass(frozen=True, slots=True)
class Clinic:
    """A place of service. An institutional clinic bills on 837I."""

    name: str
    npi: str
    weight: int
    institutional: bool = False


@dataclass(frozen=True, slots=True)
class Specialty:
    """A department: taxonomy code, and procedures as (code, Medicare fee in cents, weight, units, revenue code)."""

    department: str
    taxonomy: str
    procedures: tuple[tuple[str, int, int, int, str], ...]
    lines: tuple[int, ...]  # numbers of lines a claim may have, equally likely
    diagnoses: tuple[str, ...]
    needs_authorization: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A rendering provider, who works in one clinic."""

    last_name: str
    first_name: str
    npi: str
    specialty: Specialty
    clinic: Clinic


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer and how it behaves. Rates are of claims, days from submission, `price` is relative to Medicare."""

    identifier: str
    name: str
    payer_type: str
    filing_code: str
    weight: int  # of accounts with this primary payer, per thousand
    denial_rate: float  # claims with a denied line on first adjudication
    lag: float  # median days to adjudication
    price: float
    benefit: str  # how its members share the cost: medicare, advantage, medicaid, commercial, none
    filing_limit: int
    appeal_limit: int | None  # None: as regulations give to its type
    pay_day: int  # weekday on which it pays, Monday = 0
    line_detail: bool = True

    @property
    def small(self) -> bool:
        """Few claims: it pays every other week."""
        return self.weight <= 20

    @property
    def by_check(self) -> bool:
        """Workers' compensation and liability insurers still pay by paper check."""
        return self.filing_code in ("WC", "AM")


GROUP_NAME = "Synthetic Valley Physician Group"
GROUP_NPI = npi(1)
GROUP_TAX_ID = "123456789"
GROUP_TAXONOMY = "193200000X"
BANK_ACCOUNT = "7654321"

CLINICS = (
    Clinic("Synthetic Northside Clinic", npi(11), 26),
    Clinic("Synthetic Eastside Clinic", npi(12), 20),
    Clinic("Synthetic Riverside Clinic", npi(13), 18),
    Clinic("Synthetic Lakeview Clinic", npi(14), 15),
    Clinic("Synthetic Hilltop Clinic", npi(15), 12),
    Clinic("Synthetic Harbor Outpatient Center", npi(16), 9, institutional=True),
)

_VISITS = (
    ("99213", 9100, 40, 1, "0510"),
    ("99214", 12800, 34, 1, "0510"),
    ("99212", 5700, 8, 1, "0510"),
    ("99203", 11300, 10, 1, "0510"),
)
#: Visits, and the procedures beside which a visit of the same day bears modifier 25.
VISIT_CODES = tuple(row[0] for row in _VISITS)
MINOR_PROCEDURES = ("20610", "11102", "17000", "93000", "96372", "90471")
_LABS = (("36415", 900, 12, 1, "0300"), ("80053", 1100, 10, 1, "0301"), ("85025", 800, 10, 1, "0305"))

SPECIALTIES = (
    Specialty(
        "Family Medicine",
        "207Q00000X",
        (*_VISITS, *_LABS, ("90471", 2100, 9, 1, "0771"), ("96372", 1500, 6, 1, "0940")),
        (1, 1, 2, 2, 3),
        ("I10", "E119", "J069", "Z0000"),
    ),
    Specialty(
        "Internal Medicine",
        "207R00000X",
        (*_VISITS, *_LABS, ("93000", 1500, 8, 1, "0730"), ("83036", 1000, 8, 1, "0301")),
        (1, 2, 2, 3),
        ("E119", "I10", "E785", "N183"),
    ),
    Specialty(
        "Cardiology",
        "207RC0000X",
        (
            *_VISITS,
            ("93000", 1500, 25, 1, "0730"),
            ("93306", 20500, 16, 1, "0483"),
            ("78452", 34600, 6, 1, "0343"),
            ("93015", 7100, 8, 1, "0482"),
        ),
        (1, 2, 2, 3),
        ("I2510", "I4891", "I509", "R079"),
        needs_authorization=True,
    ),
    Specialty(
        "Orthopedics",
        "207X00000X",
        (
            *_VISITS,
            ("20610", 6600, 18, 1, "0361"),
            ("73562", 4000, 16, 1, "0320"),
            ("73721", 23000, 7, 1, "0610"),
            ("29881", 52800, 2, 1, "0360"),
        ),
        (1, 2, 2, 3),
        ("M1711", "M545", "S83206A", "M25511"),
        needs_authorization=True,
    ),
    Specialty(
        "Gastroenterology",
        "207RG0100X",
        (*_VISITS, ("45380", 42500, 8, 1, "0750"), ("43239", 35500, 6, 1, "0750"), ("88305", 7200, 8, 1, "0312")),
        (1, 1, 2, 2),
        ("K219", "K635", "R1013", "Z1211"),
        needs_authorization=True,
    ),
    Specialty(
        "Obstetrics and Gynecology",
        "207V00000X",
        (*_VISITS, ("76830", 12300, 12, 1, "0402"), ("76856", 11000, 8, 1, "0402"), ("88142", 2000, 12, 1, "0311")),
        (1, 1, 2, 3),
        ("N939", "Z01419", "O0990", "N809"),
    ),
    Specialty(
        "Dermatology",
        "207N00000X",
        (*_VISITS, ("11102", 9900, 20, 1, "0361"), ("17000", 6700, 16, 1, "0361"), ("88305", 7200, 14, 1, "0312")),
        (1, 2, 2, 3),
        ("L570", "D485", "L700", "C4491"),
    ),
    Specialty(
        "Physical Therapy",
        "225100000X",
        (
            ("97110", 2900, 50, 2, "0420"),
            ("97140", 2700, 35, 1, "0420"),
            ("97530", 3600, 30, 1, "0420"),
            ("97161", 9700, 6, 1, "0424"),
        ),
        (2, 2, 3, 3),
        ("M545", "M25511", "M542", "S83206A"),
    ),
)

_NAMES = (
    *("Adler", "Banner", "Carver", "Dalton", "Easton", "Fielding", "Garner", "Holloway", "Ingram", "Jarvis"),
    *("Keller", "Landon", "Mercer", "Norwood", "Oakley", "Preston", "Quimby", "Ramsey", "Selby", "Thorne"),
    *("Upton", "Vance", "Whitby", "Yardley", "Zeller"),
)


def _providers() -> tuple[Provider, ...]:
    # Every clinic has family and internal medicine or close to it; specialists are spread over the clinics.
    rota = (0, 0, 1, 1, 0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 7, 0, 1, 7)
    where = (0, 1, 0, 2, 3, 1, 0, 1, 5, 0, 2, 5, 5, 3, 0, 3, 4, 1, 2, 2, 4, 1, 4, 3, 0)
    return tuple(
        Provider(f"Demo-{name}", "Robin", npi(101 + number), SPECIALTIES[rota[number]], CLINICS[where[number]])
        for number, name in enumerate(_NAMES)
    )


PROVIDERS = _providers()

PAYERS = (
    Payer("SYNMCR1", "Example Medicare Part B", "Medicare", "MB", 205, 0.068, 16, 1.0, "medicare", 365, None, 1),
    Payer("SYNMCR2", "Sample Rail Medicare", "Medicare", "MB", 20, 0.072, 17, 1.0, "medicare", 365, None, 3),
    Payer(
        "SYNMAD1", "Example Advantage Plan", "Medicare Advantage", "16", 100, 0.122, 27, 1.0, "advantage", 365, 60, 2
    ),
    Payer(
        "SYNMAD2", "Specimen Senior Advantage", "Medicare Advantage", "16", 60, 0.118, 29, 0.98, "advantage", 365, 65, 4
    ),
    Payer("SYNMCD1", "Example State Medicaid", "Medicaid", "MC", 70, 0.235, 35, 0.72, "medicaid", 365, 60, 0),
    Payer("SYNMCD2", "Placeholder Community Medicaid", "Medicaid", "MC", 75, 0.205, 34, 0.75, "medicaid", 180, 60, 3),
    Payer("SYNCOM1", "Example Health Commercial", "Commercial", "CI", 135, 0.062, 25, 1.34, "commercial", 180, 180, 1),
    Payer("SYNCOM2", "Sample Mutual Insurance", "Commercial", "CI", 95, 0.056, 27, 1.28, "commercial", 90, 180, 2),
    Payer("SYNBLU1", "Specimen Blue Plan", "Commercial", "BL", 135, 0.050, 24, 1.38, "commercial", 180, 180, 0),
    Payer("SYNPPO1", "Demo Choice PPO", "Commercial", "12", 50, 0.064, 27, 1.30, "commercial", 180, 180, 4),
    Payer("SYNWCP1", "Fictional Workers Fund", "Workers' comp", "WC", 20, 0.115, 45, 1.25, "none", 365, 90, 2, False),
    Payer(
        "SYNAUT1", "Imaginary Auto Casualty", "Auto and liability", "AM", 10, 0.105, 42, 1.3, "none", 365, 90, 2, False
    ),
    Payer("SYNSUP1", "Example Supplement Plan", "Commercial", "CI", 0, 0.02, 14, 1.0, "none", 365, 180, 2),
)
PAYER_BY_ID = {payer.identifier: payer for payer in PAYERS}
SUPPLEMENT = PAYER_BY_ID["SYNSUP1"]
#: Payers without a contract: what they usually allow is the only yardstick.
WITHOUT_CONTRACT = ("SYNPPO1", "SYNSUP1")
#: Days within which commercial payers are to pay a clean claim, and the interest a year after that: within the range
#: of state statutes (20 to 45 days, 1 to 1.5 % a month).
PROMPT_PAY_DAYS, PROMPT_PAY_PERCENT = 45, 12

#: Where limits, contracts and rules come from that no law states.
INVENTED = "Invented for the demonstration"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of appeal: days from the day of the decision before, and where that is stated."""

    level: int
    days: int
    source: str


def second_appeals(payer: Payer) -> tuple[Level, ...]:
    """A second appeal, where contracts give one: those of commercial payers."""
    return (Level(2, 60, INVENTED),) if payer.payer_type == "Commercial" else ()


def levels(payer: Payer) -> tuple[Level, ...]:
    """The payer's levels of appeal, by regulation or contract, with the days in which its letters are presumed sent."""
    by_law = tuple(
        Level(given.level, given.limit_days + given.presumed_receipt_days, given.source)
        for given in appeal_levels(payer.payer_type).values()
    )
    return by_law or (Level(1, payer.appeal_limit or 0, INVENTED), *second_appeals(payer))


#: Accounts without insurance, per thousand; the payers' weights make up the rest.
SELF_PAY_WEIGHT = 45
#: Gross charge over Medicare's fee: about 2 in physician practices (Bai and Anderson 2015).
CHARGE_MULTIPLE = 2.05
