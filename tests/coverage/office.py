"""An office whose coverage is worked by hand: thirteen visits of 15 January 2025, billed to one payer on 20 January.

| account | what the payer said, and when | standing |
| - | - | - |
| A1 | active on 10 Jan: copay 25, coinsurance 20 %, deductible 1,500, 600 left, authorization needed | active |
| A2 | inactive on 10 Jan | inactive |
| A3 | on 5 Jan: active from 1 Jan to 31 Dec 2024 | inactive |
| A4 | active, but asked on 18 Jan only | late |
| A5 | active on 5 Dec, 41 days before | too early |
| A6 | active on 10 Jan, another payer is primary | other payer primary |
| A7 | subscriber not found, 12 Jan | rejected |
| A8 | a child, insured by a parent: active on 14 Jan | active |
| A9 | asked on 13 Jan, not answered | asked, not answered |
| A10 | never asked | not verified |
| A11 | on 10 Feb: inactive, ended 31 Jan | late, covered |
| A12 | inactive on 2 Jan, active on 14 Jan, inactive on 16 Jan | active |
| A13 | as A1, but the payer writes the name otherwise and has another number in the 271 | active |

Eligibility denials: A1, A2, A4, A5, A9 and A10 (100.00 each), answered 30 January. F1 has an appointment on 1 March.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from data_access.filters import Filters
from data_access.ingest.loader import load_paths
from tests.ingest.x12_text import encode, file_835, file_837, group, interchange, remittance, transaction
from tests.posting.facts import date

AS_OF = date(2025, 2, 15)
GOLD = ["EB*1**30*PR*GOLD PLAN"]
SHARES = [
    "EB*B**98***27*25*****Y",
    "EB*B**98***27*60*****N",
    "EB*A**30***27**.2****Y",
    "EB*C*IND*30***23*1500*****Y",
    "EB*C*IND*30***29*600*****Y",
    "EB*1**4********Y",
]


@dataclass(frozen=True)
class Person:
    """A patient: account, member id, name and birth date; a child is insured under a parent's member id."""

    account: str
    first_name: str = "PATIENT"
    child: bool = False

    @property
    def member(self) -> str:
        return "M" + self.account

    @property
    def born(self) -> str:
        return ("2015" if self.child else "1970") + f"01{int(self.account[1:]):02}"


PEOPLE = [Person(f"A{number}", child=number == 8) for number in range(1, 14)]
BY_ACCOUNT = {person.account: person for person in PEOPLE} | {"F1": Person("F1")}


def claims() -> bytes:
    """The 837."""
    body = [
        "BHT*0019*00*77*20250120*1200*CH",
        "NM1*41*2*CLINIC*****46*SUB1",
        "HL*1**20*1",
        "NM1*85*2*SYNTHETIC CLINIC*****XX*1234567893",
        "REF*EI*123456789",
    ]
    for number, person in enumerate(PEOPLE, 2):
        body += [
            f"HL*{number * 2}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*SYNTHETIC*{_parent(person)}****MI*{person.member}",
        ]
        if not person.child:
            body += [f"DMG*D8*{person.born}*F"]
        body += ["NM1*PR*2*BIG PAYER*****PI*12345"]
        if person.child:
            body += [
                f"HL*{number * 2 + 1}*{number * 2}*23*0",
                "PAT*19",
                "NM1*QC*1*SYNTHETIC*CHILD",
                f"DMG*D8*{person.born}*F",
            ]
        body += [
            f"CLM*{person.account}*100***11:B:1*Y*A*Y*Y",
            "HI*ABK:M545",
            "LX*1",
            "SV1*HC:99213*100*UN*1***1",
            "DTP*472*D8*20250115",
        ]
    return file_837(body)


def _parent(person: Person) -> str:
    return "PARENT" if person.child else person.first_name


def about(
    person: Person, *said: str, name: str | None = None, trace: str = "", asked_for: str = "20250115"
) -> list[str]:
    """Subscriber (and dependent) of a 271 or 270 with what is said of them."""
    trn = f"TRN*2*{trace or 'T' + person.account}*9SYNTHETIC"
    when = f"DTP*472*D8*{asked_for}"
    insured = f"NM1*IL*1*SYNTHETIC*{name or _parent(person)}****MI*{person.member}"
    if not person.child:
        return ["HL*3*2*22*0", trn, insured, f"DMG*D8*{person.born}", when, *said]
    child = ["HL*4*3*23*0", trn, "NM1*03*1*SYNTHETIC*CHILD", f"DMG*D8*{person.born}", when, *said]
    return ["HL*3*2*22*1", insured, "DMG*D8*19800101", *child]


def eligibility(kind: str, *days: tuple[str, list[str]], payer: str = "NM1*PR*2*BIG PAYER*****PI*12345") -> bytes:
    """A 270 or 271: one transaction for each day, with what is said on it."""
    purpose = "13" if kind == "270" else "11"
    bodies = [
        [
            f"BHT*0022*{purpose}*REF{day}*{day}*0900",
            "HL*1**20*1",
            payer,
            "HL*2*1*21*1",
            "NM1*1P*2*SYNTHETIC CLINIC*****XX*1234567893",
            *body,
        ]
        for day, body in days
    ]
    transactions = (transaction(kind, body, f"{number:04}") for number, body in enumerate(bodies, 1))
    return encode(interchange(group(*transactions, version="005010X279A1")))


def answers() -> bytes:
    """The 271, but for A13."""
    of = BY_ACCOUNT
    return eligibility(
        "271",
        ("20241205", about(of["A5"], *GOLD, asked_for="20241205")),
        ("20250102", about(of["A12"], "EB*6**30")),
        ("20250105", about(of["A3"], "DTP*346*D8*20240101", "DTP*347*D8*20241231", *GOLD)),
        (
            "20250110",
            about(of["A1"], *GOLD, *SHARES)
            + about(of["A2"], "EB*6**30")
            + about(of["A6"], *GOLD, "EB*R**30", "LS*2120", "NM1*PRP*2*OLDER PAYER*****PI*99", "LE*2120"),
        ),
        ("20250112", about(of["A7"], "AAA*N**75*C")),
        ("20250114", about(of["A8"], *GOLD) + about(of["A12"], *GOLD)),
        ("20250116", about(of["A12"], "EB*6**30")),
        ("20250118", about(of["A4"], *GOLD)),
        (
            "20250210",
            about(of["A11"], "DTP*347*D8*20250131", "EB*6**30") + about(of["F1"], *GOLD, asked_for="20250301"),
        ),
    )


def answers_of_a13() -> bytes:
    """The 271 of A13: a middle name more, and the payer under a number of the clearinghouse's own."""
    said = about(BY_ACCOUNT["A13"], *GOLD, name="PATIENT Q.")
    return eligibility("271", ("20250110", said), payer="NM1*PR*2*BIG PAYER INC*****PI*CH77")


def inquiries() -> bytes:
    """The 270: A9, and A1, which was answered."""
    both = about(BY_ACCOUNT["A9"], "EQ*30") + about(BY_ACCOUNT["A1"], "EQ*30^98")
    return eligibility("270", ("20250113", both))


def denials() -> bytes:
    """The 835: six denied for want of eligibility (CARC 27), the others paid."""
    lines = []
    for person in PEOPLE:
        denied = person.account in ("A1", "A2", "A4", "A5", "A9", "A10")
        paid = 0 if denied else 100
        lines += [
            f"CLP*{person.account}*1*100*{paid}**12*P{person.account}*11*1",
            f"NM1*QC*1*SYNTHETIC*{person.first_name}****MI*{person.member}",
        ]
        lines += [f"SVC*HC:99213*100*{paid}**1", "DTM*472*20250115", *(["CAS*CO*27*100"] if denied else [])]
    body = remittance(*lines, amount="700")
    return file_835([line.replace("20250110", "20250130") if line.startswith("BPR") else line for line in body])


FILES = {
    "1 claims.837": claims,
    "2 inquiries.270": inquiries,
    "3 answers.271": answers,
    "4 answers of A13.271": answers_of_a13,
    "5 denials.835": denials,
}


def write_files(folder: Path) -> dict[str, Path]:
    """Write the files; return them by name."""
    for name, make in FILES.items():
        (folder / name).write_bytes(make())
    return {name: folder / name for name in FILES}


def fill(engine: Engine, folder: Path) -> Engine:
    """Load everything in the order of the names."""
    results = load_paths(engine, list(write_files(folder).values()), "test")
    assert {result.status for result in results} == {"loaded"}, [result.reason for result in results]
    return engine


def filters(**changes: object) -> Filters:
    """The first quarter of 2025, as of 15 February."""
    usual: dict = {"as_of": AS_OF, "date_from": date(2025, 1, 1), "date_to": date(2025, 3, 31)}
    return Filters(**(usual | changes))
