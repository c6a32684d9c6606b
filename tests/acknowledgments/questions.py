"""Files of a small synthetic office that asks what became of its claims (276) in every way there is, worked by hand.

Claims Q-01 to Q-12 were sent on 2 March for services of 20 February. What is expected stands in `ASKED_OF` and
`WAITING`.
"""

from datetime import date
from pathlib import Path

from tests.acknowledgments.office import (
    CLEARINGHOUSE,
    NPI,
    OFFICE,
    PAYER,
    Sent,
    about,
    claim_answer,
    claims,
    envelope,
    remittance,
    status_answer,
    transaction,
)

AS_OF = date(2026, 4, 3)
DAY = "20260220"
Q = {number: Sent(f"Q-{number:02}", str(90 + 10 * number), DAY) for number in range(1, 13)}
UNKNOWN = Sent("Q-99", "999", DAY)


def question(stamp: str, control: int, *asked: list[str]) -> bytes:
    """A 276 (005010X212), each question as `by_account` and the like give it."""
    body = [
        f"BHT*0010*13*Q{control}*{stamp}*0900",
        "HL*1**20*1",
        f"NM1*PR*2*{PAYER[0]}*****PI*{PAYER[1]}",
        "HL*2*1*21*1",
        f"NM1*41*2*SYNTHETIC OFFICE*****46*{OFFICE}",
        "HL*3*2*19*1",
        f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
        *(line for number, one in enumerate(asked, 4) for line in (f"HL*{number}*3*22*0", *one)),
    ]
    return envelope("HR", "005010X212", stamp, control, transaction("276", body), OFFICE, CLEARINGHOUSE)


def ask(one: Sent, trace: str, *references: str, charge: bool = True) -> list[str]:
    """A question about one claim."""
    return [
        f"NM1*IL*1*SYNTHETIC*{one.number}****MI*M{one.number}",
        f"TRN*1*{trace}",
        *references,
        *([f"AMT*T3*{one.charge}"] if charge else []),
        f"DTP*472*D8*{one.service}",
    ]


def by_account(one: Sent, trace: str) -> list[str]:
    """A question that names our account number."""
    return ask(one, trace, f"REF*EJ*{one.number}")


# the member of Q-11 is that of Q-10: same day, same charge, two accounts
_TWINS = [Sent("Q-10", "190", DAY), Sent("Q-11", "190", DAY)]
_SENT = claims("Q1", "20260302", 501, [*(Q[number] for number in range(1, 10)), *_TWINS, Q[12]])

FILES: dict[str, bytes] = {
    "1_sent.837": _SENT.replace(b"MQ-11", b"MQ-10"),
    "1_sent_again.837": claims("Q2", "20260401", 502, [Q[7]]),
    "2_numbers.277": claim_answer("20260304", 511, "Q1", "PR", about(Q[3], "A2:20", "20260304", "REF*1K*PAY03")),
    "2_before.277": status_answer("20260310", 512, Q[6], "P1:20", "T0"),
    "3_first.276": question(
        "20260320",
        521,
        by_account(Q[1], "T1"),
        by_account(Q[2], "T2"),
        by_account(Q[7], "T7"),
        by_account(Q[8], "1"),
        by_account(Q[9], "1"),  # whoever wrote this numbers every question 1
        by_account(UNKNOWN, "T9"),
    ),
    "3_number.276": question("20260321", 522, ask(Q[3], "T3", "REF*1K*PAY03", charge=False)),
    "3_member.276": question("20260322", 523, ask(Q[4], "T4"), ask(_TWINS[0], "T10")),
    "3_trace.276": question("20260323", 524, ask(Q[5], "Q-05")),
    "3_late.276": question("20260324", 525, by_account(Q[6], "T6")),
    "3_again.276": question("20260327", 526, by_account(Q[2], "T2B")),
    # the status holds since before the question: the answer is of its own day
    "4_first.277": status_answer("20260322", 531, Q[1], "P1:20", "T1", since="20260305"),
    "4_error.277": status_answer("20260323", 532, Q[4], "E2:0", "T4"),
    "4_one.277": status_answer("20260324", 533, Q[8], "P1:20", "1"),
    "5_paid.835": remittance("20260330", 541, [(Q[5], "100", "PAY05")]),
}

#: (trace, asked on) -> account of the claim, answered on
ASKED_OF: dict[tuple[str, date], tuple[str | None, date | None]] = {
    ("T1", date(2026, 3, 20)): ("Q-01", date(2026, 3, 22)),
    ("T2", date(2026, 3, 20)): ("Q-02", None),
    ("T2B", date(2026, 3, 27)): ("Q-02", None),
    ("T3", date(2026, 3, 21)): ("Q-03", None),  # by the number that the payer's acknowledgment gave it
    ("T4", date(2026, 3, 22)): ("Q-04", None),  # by member, day and charge; "no reply in time" is no answer
    ("Q-05", date(2026, 3, 23)): ("Q-05", date(2026, 3, 30)),  # the remittance
    ("T6", date(2026, 3, 24)): ("Q-06", None),  # the answer of 10 March was to an earlier question
    ("T7", date(2026, 3, 20)): ("Q-07", None),
    ("T9", date(2026, 3, 20)): (None, None),
    ("T10", date(2026, 3, 22)): (None, None),  # two accounts fit
}
#: of the two questions that share trace "1"
ALIKE = [("Q-08", date(2026, 3, 24)), ("Q-09", None)]
#: account -> days waiting on AS_OF, times asked; Q-07 was sent again
WAITING = {"Q-02": (14, 2), "Q-03": (13, 1), "Q-04": (12, 1), "Q-06": (10, 1), "Q-09": (14, 1)}
WAITING_CHARGE = "690.00"  # 110 + 120 + 130 + 150 + 180


def write_questions(folder: Path) -> Path:
    """All files, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder
