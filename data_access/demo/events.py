"""What happens in the practice. Days are ordinals (`date.toordinal`), money is whole cents."""

from dataclasses import dataclass, field

from data_access.demo.practice import Payer, Provider

#: group code, reason code, cents
Cas = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Patient:
    """Someone with coverage, seen by one clinic's providers."""

    last_name: str
    first_name: str
    birth_day: str  # CCYYMMDD
    sex: str
    member_id: str
    payer: Payer | None
    second_payer: Payer | None
    crossover: bool  # the primary forwards its claims to the secondary by itself
    providers: tuple[Provider, ...]
    charity: bool


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service: charge, and what a payer usually allows at Medicare's price."""

    code: str
    modifier: str
    units: int
    charge: int
    fee: int
    revenue_code: str


@dataclass(slots=True)
class Account:
    """One encounter, known by its account number."""

    number: str
    patient: Patient
    provider: Provider
    service_day: int
    diagnosis: str
    lines: tuple[ServiceLine, ...]
    charge: int
    authorization: str = ""
    copay: int = 0  # paid at the visit


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a clearinghouse or payer sent a claim back unread: status category and code of the 277CA."""

    category: str
    code: str
    by_payer: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim sent (837). `lost`: it never reached the payer, and nobody says so."""

    account: Account
    day: int
    payer: Payer
    sequence: int
    frequency: str
    original_reference: str = ""
    prior_paid: int = 0  # by the primary, on a secondary claim
    rejection: Rejection | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A claim as a clearinghouse or payer acknowledged it (277CA): `status` is category and code."""

    sent: Sent
    day: int
    by_payer: bool
    status: str

    @property
    def rejected(self) -> bool:
        return self.sent.rejection is not None and self.sent.rejection.by_payer == self.by_payer


@dataclass(slots=True)
class PaidLine:
    """How a line was adjudicated."""

    line: ServiceLine
    paid: int
    adjustments: list[Cas]
    remark: str = ""

    @property
    def share(self) -> int:
        return sum(amount for group, _, amount in self.adjustments if group == "PR")


@dataclass(slots=True)
class Paid:
    """A claim payment (835 CLP), its amounts signed as sent."""

    account: Account
    day: int
    payer: Payer
    status: str
    number: str
    lines: list[PaidLine]
    original_reference: str = ""
    crossover: str = ""
    interest: int = 0  # what the payer says it paid of it for paying late (AMT*I)

    @property
    def charge(self) -> int:
        return sum(line.line.charge for line in self.lines) * (-1 if self.status == "22" else 1)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.lines)

    @property
    def share(self) -> int:
        return sum(line.share for line in self.lines)


@dataclass(frozen=True, slots=True)
class ProviderLevel:
    """A provider-level adjustment (PLB): positive lowers the payment."""

    payer: Payer
    day: int
    reason: str
    reference: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the billing system's transactions.csv."""

    account: Account
    day: int
    entry_type: str
    amount: int = 0
    side: str = ""
    reason: str = ""
    method: str = ""
    check_number: str = ""  # of an insurance payment posted by hand


@dataclass(frozen=True, slots=True)
class Question:
    """A claim whose status was asked for (276), and the answer (277): its day, 0 for none, and category and code."""

    sent: Sent
    day: int
    trace: str
    answered: int = 0
    status: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Coverage asked about (270) before a visit, and what the payer answered (271) the same day.

    `answer`: active, inactive, other_payer (another one pays first), the code of a reject (AAA03), or nothing at all.
    Cents; None where the plan has no such share. `coinsurance` in percent.
    """

    patient: Patient
    payer: Payer
    day: int
    service_day: int
    trace: str
    answer: str
    copay: int | None = None
    coinsurance: int | None = None
    deductible: int | None = None
    deductible_left: int | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """A line of the bank; negative for a returned check. `story` names what is odd about it."""

    day: int
    amount: int
    method: str
    trace: str
    description: str
    story: str = ""


@dataclass(slots=True)
class Events:
    """Everything that happened to the accounts of one part of the practice, up to and including the day `until`."""

    until: int = 0
    sent: list[Sent] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    provider_level: list[ProviderLevel] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    #: Claims of the one file that was refused (999): they were sent again and are also among those sent.
    refused: list[Sent] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
