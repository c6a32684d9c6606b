"""What was planted in the demonstration data for the screens to find.

Each story is data: whom it concerns, when (days before the last day of the data) and how strong. The
generator asks here; nothing else in it is unusual.
"""

from dataclasses import dataclass

from data_access.demo.practice import CLINICS, SPECIALTIES


@dataclass(frozen=True, slots=True)
class Story:
    """One planted happening.

    `first` and `last` are days before the end of the data; what `strength` means is said with each story.
    `screen` names where it should be seen.
    """

    name: str
    screen: str
    tells: str
    first: int
    last: int
    strength: float
    payer: str = ""
    clinic: str = ""
    department: str = ""

    def covers(self, days_before_end: int) -> bool:
        """Whether a day, told as days before the end, lies within the story."""
        return self.last <= days_before_end <= self.first


#: `strength`: added probability that a claim of a department needing authorization is denied for it, by
#: adjudication date. Screen: Denials, payer x category heat map; Overview, what moved.
AUTHORIZATION_SPIKE = Story(
    name="authorization spike",
    screen="denials",
    tells="Example Advantage Plan began to deny cardiology, orthopedics and gastroenterology for authorization.",
    first=75,
    last=0,
    strength=0.42,
    payer="SYNMAD1",
)

#: `strength`: added probability of an eligibility denial, by service date. Screen: Denials by clinic.
ELIGIBILITY_LAPSE = Story(
    name="eligibility lapse",
    screen="denials",
    tells="Synthetic Eastside Clinic stopped checking coverage at booking; denials for eligibility rose, then fell.",
    first=150,
    last=55,
    strength=0.17,
    clinic=CLINICS[1].npi,
)

#: `strength`: probability that the clinic's claims to this payer were sent after its 90 days, by service date.
#: Screen: Collections, write-offs by reason (timely_filing); Denials, timely filing.
MISSED_FILING = Story(
    name="missed filing window",
    screen="collections",
    tells="Synthetic Riverside Clinic sent a month of Sample Mutual claims after the limit of 90 days.",
    first=215,
    last=180,
    strength=0.9,
    payer="SYNCOM2",
    clinic=CLINICS[2].npi,
)

#: `strength`: factor on days to adjudication, by submission date; one claim in ten gets no answer at all.
#: Screen: Collections, payment lag; Accounts, silent payers; Aging by payer.
SLOW_PAYER = Story(
    name="slow payer",
    screen="collections",
    tells="Demo Choice PPO takes nearly twice as long as before, and does not answer every tenth claim.",
    first=125,
    last=0,
    strength=1.9,
    payer="SYNPPO1",
)

#: `strength`: share of the usual allowed amount, by payment date. Screen: Collections, net against gross rate by payer.
UNDERPAYER = Story(
    name="underpayment",
    screen="collections",
    tells="Specimen Blue Plan allows 12 % less than before for the same services.",
    first=130,
    last=0,
    strength=0.88,
    payer="SYNBLU1",
)

#: `strength`: probability that a denial is reworked; nearly all of these are overturned, at any time.
#: Screen: Denials, overturn rate by payer.
APPEAL_PROGRAMME = Story(
    name="strong appeal programme",
    screen="denials",
    tells="Denials of Example Health Commercial are appealed at once, and nearly all are overturned.",
    first=100_000,
    last=0,
    strength=0.97,
    payer="SYNCOM1",
)

#: `strength`: probability that a visit is posted and billed twice, by service date.
#: Screen: Denials by department, category Duplicate.
DUPLICATE_BILLING = Story(
    name="duplicate billing",
    screen="denials",
    tells="Physical Therapy posts every twelfth visit twice; the second claim is denied as a duplicate, then voided.",
    first=110,
    last=0,
    strength=0.085,
    department=SPECIALTIES[7].department,
)

STORIES = (
    AUTHORIZATION_SPIKE,
    ELIGIBILITY_LAPSE,
    MISSED_FILING,
    SLOW_PAYER,
    UNDERPAYER,
    APPEAL_PROGRAMME,
    DUPLICATE_BILLING,
)
