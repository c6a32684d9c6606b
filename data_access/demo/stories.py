"""What was planted in the demonstration data for the screens to find.

Each story is data: whom it concerns, when (days before the last day of the data) and how strong. The
generator asks here; nothing else in it is unusual.
"""

from dataclasses import dataclass, replace

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
    tells="Demo Choice PPO takes twice as long as before, and does not answer every tenth claim.",
    first=125,
    last=0,
    strength=2.1,
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

#: `strength`: probability that coverage was not asked about at all before a visit, by service date. The denials for
#: eligibility of the story above follow. Screen: Coverage, verification rate by clinic; never verified.
CHECKS_LAPSED = Story(
    name="coverage checks lapse",
    screen="coverage",
    tells="Synthetic Eastside Clinic left two visits in three unverified; its eligibility denials are of those visits.",
    first=ELIGIBILITY_LAPSE.first,
    last=ELIGIBILITY_LAPSE.last,
    strength=0.68,
    clinic=ELIGIBILITY_LAPSE.clinic,
)

#: `strength`: share of its claims that neither clearinghouse nor payer acknowledges, by submission date.
#: Screen: Claims, no acknowledgment after two days.
ACKNOWLEDGMENTS_STOPPED = Story(
    name="acknowledgments stopped",
    screen="claims",
    tells="For two weeks nobody acknowledged any claim sent to Specimen Senior Advantage.",
    first=19,
    last=4,
    strength=1.0,
    payer="SYNMAD2",
)

#: `strength`: probability that a first claim is rejected for the member number, by submission date.
#: Screen: Claims, rejections by reason and clinic.
REJECTION_SPIKE = Story(
    name="rejection spike",
    screen="claims",
    tells="After a change in registration, payers reject claims of Synthetic Lakeview Clinic for the member number.",
    first=45,
    last=0,
    strength=0.2,
    clinic=CLINICS[3].npi,
)

#: `strength`: share of the institutional file refused as a whole (999), by submission date; it was sent again on the
#: next business day under a new control number. Screen: Claims, files refused.
FILE_REFUSED = Story(
    name="claim file refused",
    screen="claims",
    tells="A file of Synthetic Harbor Outpatient Center was refused as a whole and sent again a business day later.",
    first=75,
    last=60,
    strength=1.0,
    clinic=CLINICS[5].npi,
)

#: `strength`: share of the contract's amount allowed for visits with modifier 25, by payment date.
#: Screen: Underpayments, patterns.
VISIT_UNDERPAYER = Story(
    name="visits with modifier 25",
    screen="underpayments",
    tells="Example Health Commercial allows half of its contract for every visit with modifier 25.",
    first=240,
    last=0,
    strength=0.5,
    payer="SYNCOM1",
)

#: `strength`: as of the slow payer, which this is: days to payment against its days to pay promptly.
#: Screen: Underpayments, late payments and the interest on them.
LATE_PAYER = Story(
    name="late payments",
    screen="underpayments",
    tells="Demo Choice PPO pays about half of its clean claims after the 45 days of the prompt-pay rule.",
    first=SLOW_PAYER.first,
    last=SLOW_PAYER.last,
    strength=SLOW_PAYER.strength,
    payer=SLOW_PAYER.payer,
)

#: `strength`: share of the largest remittance of the payer in this time that reached the bank.
#: Screen: Reconciliation, remittances without money.
DEPOSIT_MISSING = Story(
    name="money that never came",
    screen="reconciliation",
    tells="Placeholder Community Medicaid sent a remittance whose money never reached the bank.",
    first=60,
    last=35,
    strength=0.0,
    payer="SYNMCD2",
)

#: `strength`: share of the payer's remittances in this time that differ: one. Screen: Reconciliation, differing.
DEPOSIT_TRANSPOSED = Story(
    name="two digits changed places",
    screen="reconciliation",
    tells="A deposit of Example Medicare Part B differs from its remittance: two digits changed places.",
    first=48,
    last=20,
    strength=1.0,
    payer="SYNMCR1",
)

#: `strength`: number of deposits in this time without a remittance. Screen: Reconciliation, money without remittance.
REMITTANCE_MISSING = Story(
    name="money without remittance",
    screen="reconciliation",
    tells="Specimen Blue Plan paid into the bank, but its remittance was never received.",
    first=18,
    last=9,
    strength=1.0,
    payer="SYNBLU1",
)

#: `strength`: number of patient checks in this time that the bank gave back. Screen: Reconciliation, returned items.
CHECK_RETURNED = Story(
    name="returned check",
    screen="reconciliation",
    tells="The bank gave back a patient's check some days after it was deposited.",
    first=42,
    last=16,
    strength=1.0,
)

#: `strength`: share of what the payer paid in full in this time, by payment date, that came with a remittance on paper
#: and was posted by hand. Screen: Reconciliation, posted by hand.
PAPER_REMITTANCES = Story(
    name="remittances on paper",
    screen="reconciliation",
    tells="For three months Fictional Workers Fund sent its remittances on paper; its payments were posted by hand.",
    first=100,
    last=16,
    strength=1.0,
    payer="SYNWCP1",
)

#: `strength`: share of the largest check on paper that reached the bank. Screen: Reconciliation, posted by hand.
PAPER_LOST = replace(
    PAPER_REMITTANCES,
    name="posted, never deposited",
    tells="The largest check that was posted by hand never came to the bank.",
    strength=0.0,
)

#: `strength`: number of checks on paper, the second largest, whose 835 was received after all: it counts, and what was
#: posted by hand gives way. Screen: Reconciliation, posted by hand.
PAPER_RECEIVED = replace(
    PAPER_REMITTANCES,
    name="remittance after all",
    tells="The remittance of one check that was posted by hand was received after all, and counts instead.",
    strength=1.0,
)

#: `strength`: number of checks on paper, the third largest, that were posted without their number. The bank's line has
#: it; its amount and day tell. Screen: Reconciliation, posted by hand.
PAPER_UNNUMBERED = replace(
    PAPER_REMITTANCES,
    name="posted without a number",
    tells="One check was posted by hand without its number; the bank's line is found by amount and day.",
    strength=1.0,
)

#: `strength`: share of the interest by the prompt-pay rule that the payer paid with clean claims it paid late: one sum
#: a remittance (PLB L6), each claim's part said in AMT*I. Screen: Underpayments, late payments.
INTEREST_IN_PART = Story(
    name="interest paid in part",
    screen="underpayments",
    tells="Demo Choice PPO pays half of the interest it owes for late payments; the other half can be claimed.",
    first=100_000,
    last=0,
    strength=0.5,
    payer=LATE_PAYER.payer,
)

#: `strength`: share of the payer's status requests, by the day of asking, that it leaves without an answer.
#: Screen: Claims, asked and not answered.
QUESTIONS_UNANSWERED = Story(
    name="status requests unanswered",
    screen="claims",
    tells="Demo Choice PPO has answered no status request for six weeks.",
    first=45,
    last=0,
    strength=1.0,
    payer=SLOW_PAYER.payer,
)

#: `strength`: number of claims still in process, asked about in this time, whose payer wants records: the largest.
#: Screen: Claims, accepted and silent, what was said.
RECORDS_ASKED_FOR = Story(
    name="records asked for",
    screen="claims",
    tells="Asked about, the payer of the largest claim in process says that it wants the medical records.",
    first=75,
    last=3,
    strength=1.0,
)

#: `strength`: number of status requests that name no claim that is loaded.
#: Screen: Claims, asked about claims not loaded.
QUESTION_UNKNOWN = Story(
    name="asked about an unknown claim",
    screen="claims",
    tells="One status request to Example State Medicaid names an account of the system before, which was never loaded.",
    first=38,
    last=25,
    strength=1.0,
    payer="SYNMCD1",
)

#: `strength`: share of the largest denials that stand from this time, by the day of the denial, whose first appeal was
#: upheld; some are due at the second level, the others are there. Screen: Worklist, deadlines; Account, appeals.
SECOND_APPEAL = Story(
    name="appeals at the second level",
    screen="worklist",
    tells="Payers upheld denials on appeal; some must go to the second level within ten days, others are there.",
    first=265,
    last=60,
    strength=1.0,
)

STORIES = (
    AUTHORIZATION_SPIKE,
    ELIGIBILITY_LAPSE,
    MISSED_FILING,
    SLOW_PAYER,
    UNDERPAYER,
    APPEAL_PROGRAMME,
    DUPLICATE_BILLING,
    CHECKS_LAPSED,
    ACKNOWLEDGMENTS_STOPPED,
    REJECTION_SPIKE,
    FILE_REFUSED,
    VISIT_UNDERPAYER,
    LATE_PAYER,
    DEPOSIT_MISSING,
    DEPOSIT_TRANSPOSED,
    REMITTANCE_MISSING,
    CHECK_RETURNED,
    PAPER_REMITTANCES,
    PAPER_LOST,
    PAPER_RECEIVED,
    PAPER_UNNUMBERED,
    INTEREST_IN_PART,
    QUESTIONS_UNANSWERED,
    RECORDS_ASKED_FOR,
    QUESTION_UNKNOWN,
    SECOND_APPEAL,
)
