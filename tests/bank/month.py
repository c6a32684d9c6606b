"""A hand-worked month: March 2026 at the bank of a synthetic clinic, with every oddity in it once.

| deposit | amount | is of |
| --- | --- | --- |
| 03-03 eft T100 | 60.00 | remittance T100 of 03-02: account A1 |
| 03-05 cash | 20.00 | patient payment by cash of 03-04 |
| 03-05 card | 50.00 | patient payments by card of 03-04, 30.00 and 20.00 |
| 03-06 eft T200 | 50.00 | remittance T200 of 03-05; the same sent again for 03-20 is without a second deposit |
| 03-10 eft T101 | 10.00 | T101 of 03-09: A1 reversed (-60.00) and posted again (70.00) |
| 03-13 eft T102 | 110.00 | T102 of 03-12: A2 paid 150.00, less 40.00 recovered for A1 by PLB WO |
| 03-19 check | 55.00 | checks C1 (30.00) and C2 (25.00) of 03-16, deposited together, no trace |
| 03-20 check C9 | 80.00 | check C9 of 03-17, returned on 03-24 |
| 03-24 returned C9 | -80.00 | takes it back: C9 is without money |
| 03-24 eft T400 | 90.00 | differs from T400 of 03-23, which says 100.00 |
| 03-25 other | 13.37 | nothing |

Deposits 458.37 = remittances 285.00 + patients 70.00 + returned 0.00 + without explanation 103.37.
Remittances 515.00 = matched 285.00 + open 80.00 (C9) + differing 100.00 (T400) + repeated 50.00 (T200 again);
T300 pays nothing.
"""

from decimal import Decimal

from tests.ingest.loading import claims_837
from tests.ingest.x12_text import encode, group, interchange, transaction

Claim = tuple[str, str, str, tuple[str, ...]]


def remittance(trace: str, on: str, *claims: Claim, plb: tuple[str, str, str] | None = None, method: str = "ACH"):
    """The segments of one remittance; each claim is account, charge, paid and CAS. `plb`: code, reference, amount."""
    paid = sum((Decimal(claim[2]) for claim in claims), Decimal(0)) - (Decimal(plb[2]) if plb else 0)
    body = [
        f"BPR*{'H' if method == 'NON' else 'I'}*{paid}*C*{method}************2026{on}",
        f"TRN*1*{trace}*1999999999",
        "N1*PR*BIG PAYER*XV*12345",
        "N1*PE*SYNTHETIC CLINIC*XX*1234567893",
        "LX*1",
    ]
    for account, charge, amount, adjustments in claims:
        body += [
            f"CLP*{account}*{'22' if Decimal(charge) < 0 else '1'}*{charge}*{amount}**CI*PCN{account}",
            f"NM1*QC*1*SYNTHETIC*PATIENT****MI*M{account}",
            "DTM*232*20260105",
            *adjustments,
        ]
    return body + ([f"PLB*1234567893*20261231*{plb[0]}:{plb[1]}*{plb[2]}"] if plb else [])


def file_835(*bodies: list[str], control: str = "000000002") -> bytes:
    """Remittances in one file."""
    sets = [transaction("835", body, f"{number:04}") for number, body in enumerate(bodies, 1)]
    return encode(interchange(group(*sets), control=control))


FIRST = remittance("T100", "0302", ("A1", "100", "60", ("CAS*CO*45*20", "CAS*PR*1*20")))
REMITTANCES = (
    FIRST,
    remittance("T200", "0305", ("X9", "50", "50", ())),
    remittance(
        "T101",
        "0309",
        ("A1", "-100", "-60", ("CAS*CO*45*-20", "CAS*PR*1*-20")),
        ("A1", "100", "70", ("CAS*CO*45*20", "CAS*PR*1*10")),
    ),
    remittance("T102", "0312", ("A2", "200", "150", ("CAS*CO*45*50",)), plb=("WO", "PCNA1", "40")),
    remittance("C1", "0316", ("X1", "30", "30", ()), method="CHK"),
    remittance("C2", "0316", ("X2", "25", "25", ()), method="CHK"),
    remittance("C9", "0317", ("X3", "80", "80", ()), method="CHK"),
    remittance("T300", "0318", ("A3", "75", "0", ("CAS*CO*16*75",)), method="NON"),
    remittance("T200", "0320", ("X9", "50", "50", ())),
    remittance("T400", "0323", ("X4", "100", "100", ())),
)
DEPOSITS = b"""deposited_on,amount,trace_number,method,description,bank_account,bank_reference
2026-03-03,60.00,T100,eft,BIG PAYER HCCLAIMPMT,9876-1234,B1
2026-03-05,20.00,,cash,COUNTER,1234,B2
2026-03-05,50.00,,card,CARDS,1234,B3
2026-03-06,50.00,0T200,eft,BIG PAYER HCCLAIMPMT,1234,B4
2026-03-10,10.00,T101,eft,BIG PAYER HCCLAIMPMT,1234,B5
2026-03-13,110.00,T102,eft,BIG PAYER HCCLAIMPMT,1234,B6
2026-03-19,55.00,,check,COUNTER,1234,B7
2026-03-20,80.00,C9,check,COUNTER,1234,B8
2026-03-24,(80.00),C9,returned,RETURNED ITEM,1234,B9
2026-03-24,90.00,T400,eft,BIG PAYER HCCLAIMPMT,1234,B10
2026-03-25,13.37,,other,UNKNOWN,1234,B11
"""
PAYMENTS = b"""account_number,posted_on,type,amount,method
A1,2026-03-04,patient_payment,20.00,cash
A2,2026-03-04,patient_payment,30.00,card
A1,2026-03-04,patient_payment,20.00,Card
"""


def files() -> dict[str, bytes]:
    """The files of the month by name."""
    return {
        "claims.837": claims_837(("A1", "100"), ("A2", "200"), ("A3", "75")),
        "remits.835": file_835(*REMITTANCES),
        "resent.835": file_835(FIRST, control="000000099"),
        "transactions.csv": PAYMENTS,
        "deposits.csv": DEPOSITS,
    }
