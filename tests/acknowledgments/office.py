"""Files of a small synthetic office whose claims are acknowledged in every way there is, worked by hand.

Claim files B1 to B6 go to one clearinghouse. What is expected of each claim stands in `EXPECTED`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.ingest.x12_text import encode

OFFICE, CLEARINGHOUSE = "SYNOFFICE", "SYNCLEAR"
NPI = "1999999984"
PAYER = ("SYNTHETIC PAYER", "SYN01")
OTHER = ("SILENT PAYER", "SYN02")


@dataclass(frozen=True)
class Sent:
    """A claim to be sent."""

    number: str
    charge: str
    service: str
    frequency: str = "1"
    reference: str = ""
    payer: tuple[str, str] = PAYER


def envelope(kind: str, version: str, stamp: str, control: int, body: list[str], sender: str, receiver: str) -> bytes:
    """One interchange with one group of these segments; `stamp` is CCYYMMDD."""
    sets = sum(line.startswith("ST*") for line in body)
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*{stamp[2:]}*0800*^*00501*{control:09}*0*P*:"
    group = [f"GS*{kind}*{sender}*{receiver}*{stamp}*0800*{control}*X*{version}", *body, f"GE*{sets}*{control}"]
    return encode([isa, *(group if body else []), f"IEA*{int(bool(body))}*{control:09}"])


def transaction(kind: str, body: list[str], control: str = "0001") -> list[str]:
    return [f"ST*{kind}*{control}", *body, f"SE*{len(body) + 2}*{control}"]


def claims(batch: str, stamp: str, control: int, sent: list[Sent]) -> bytes:
    """An 837 file."""
    body = [
        f"BHT*0019*00*{batch}*{stamp}*0800*CH",
        f"NM1*41*2*SYNTHETIC OFFICE*****46*{OFFICE}",
        "NM1*40*2*SYNTHETIC CLEARINGHOUSE*****46*SYNCLEAR",
        "HL*1**20*1",
        f"NM1*85*2*SYNTHETIC CLINIC*****XX*{NPI}",
        "REF*EI*123456789",
    ]
    for number, one in enumerate(sent, 2):
        body += [
            f"HL*{number}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*SYNTHETIC*{one.number}****MI*M{one.number}",
            "DMG*D8*19700101*F",
            f"NM1*PR*2*{one.payer[0]}*****PI*{one.payer[1]}",
            f"CLM*{one.number}*{one.charge}***11:B:{one.frequency}*Y*A*Y*Y",
            *([f"REF*F8*{one.reference}"] if one.reference else []),
            "HI*ABK:M545",
            "LX*1",
            f"SV1*HC:99213*{one.charge}*UN*1***1",
            f"DTP*472*D8*{one.service}",
        ]
    return envelope("HC", "005010X222A1", stamp, control, transaction("837", body), OFFICE, CLEARINGHOUSE)


def file_answer(stamp: str, control: int, group: int, *listed: str, result: str) -> bytes:
    """A 999."""
    body = [f"AK1*HC*{group}*005010X222A1", *listed, f"AK9*{result}"]
    return envelope("FA", "005010X231A1", stamp, control, transaction("999", body), CLEARINGHOUSE, OFFICE)


def ta1(stamp: str, control: int, answered: int, sent_on: str, status: str, note: str) -> bytes:
    """A file with a TA1 only."""
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{CLEARINGHOUSE:15}*ZZ*{OFFICE:15}*{stamp[2:]}*0800*^*00501*{control:09}*0*P*:"
    return encode([isa, f"TA1*{answered:09}*{sent_on[2:]}*0800*{status}*{note}", f"IEA*0*{control:09}"])


def claim_answer(stamp: str, control: int, batch: str, source: str, *said: list[str], receiver: str = "") -> bytes:
    """A 277CA of the clearinghouse (AY) or the payer (PR) on one batch."""
    name = "2*SYNTHETIC CLEARINGHOUSE*****46*SYNCLEAR" if source == "AY" else f"2*{PAYER[0]}*****PI*{PAYER[1]}"
    body = [
        f"BHT*0085*08*A{control}*{stamp}*0900*TH",
        "HL*1**20*1",
        f"NM1*{source}*{name}",
        f"TRN*1*A{control}",
        f"DTP*050*D8*{stamp}",
        "HL*2*1*21*1",
        f"NM1*41*2*SYNTHETIC OFFICE*****46*{OFFICE}",
        f"TRN*2*{batch}",
        receiver or f"STC*A1:20*{stamp}*WQ*100",
        *(["HL*3*2*19*1", f"NM1*85*2*SYNTHETIC CLINIC*****XX*{NPI}"] if said else []),
        *(line for number, one in enumerate(said, 4) for line in (f"HL*{number}*3*PT", *one)),
    ]
    return envelope("HN", "005010X214", stamp, control, transaction("277", body), CLEARINGHOUSE, OFFICE)


def about(one: Sent, status: str, stamp: str, *more: str) -> list[str]:
    """What a 277CA says of one claim."""
    action = "U" if status[:2] in ("A3", "A6", "A7", "A8") else "WQ"
    return [
        f"NM1*QC*1*SYNTHETIC*{one.number}****MI*M{one.number}",
        f"TRN*2*{one.number}",
        f"STC*{status}*{stamp}*{action}*{one.charge}",
        *more,
        f"DTP*472*D8*{one.service}",
    ]


def status_answer(stamp: str, control: int, one: Sent, status: str, trace: str = "QUESTION1", since: str = "") -> bytes:
    """A 277 (005010X212); `since`: day from which the status holds, else the day of the answer."""
    body = [
        f"BHT*0010*08*S{control}*{stamp}*0900*DG",
        "HL*1**20*1",
        f"NM1*PR*2*{PAYER[0]}*****PI*{PAYER[1]}",
        "HL*2*1*21*1",
        f"NM1*41*2*SYNTHETIC OFFICE*****46*{OFFICE}",
        "HL*3*2*19*1",
        f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
        "HL*4*3*22*0",
        f"NM1*IL*1*SYNTHETIC*{one.number}****MI*M{one.number}",
        f"TRN*2*{trace}",
        f"STC*{status}*{since or stamp}**{one.charge}",
        f"REF*EJ*{one.number}",
        f"DTP*472*D8*{one.service}",
    ]
    return envelope("HN", "005010X212", stamp, control, transaction("277", body), CLEARINGHOUSE, OFFICE)


def remittance(stamp: str, control: int, paid: list[tuple[Sent, str, str]]) -> bytes:
    """An 835; each claim with what was paid and the payer's number."""
    total = sum(float(amount) for _, amount, _ in paid)
    body = [
        f"BPR*I*{total:.2f}*C*ACH************{stamp}",
        f"TRN*1*T{control}*1999999999",
        f"DTM*405*{stamp}",
        f"N1*PR*{PAYER[0]}*XV*{PAYER[1]}",
        f"N1*PE*SYNTHETIC CLINIC*XX*{NPI}",
        "REF*TJ*123456789",
    ]
    for number, (one, amount, reference) in enumerate(paid, 1):
        left = f"{float(one.charge) - float(amount):.2f}"
        body += [
            f"LX*{number}",
            f"CLP*{one.number}*1*{one.charge}*{amount}*0*12*{reference}*11*1",
            f"NM1*QC*1*SYNTHETIC*{one.number}****MI*M{one.number}",
            f"SVC*HC:99213*{one.charge}*{amount}**1",
            f"DTM*472*{one.service}",
            f"CAS*CO*45*{left}",
        ]
    return envelope("HP", "005010X221A1", stamp, control, transaction("835", body), CLEARINGHOUSE, OFFICE)


PAID = Sent("AK-01", "100", "20260220")
SILENT_PAYER = Sent("AK-02", "110", "20260220")
DOOR = Sent("AK-03", "120", "20260220")
AGAIN = Sent("AK-04", "130", "20260220")
BAD_FILE = Sent("AK-05", "140", "20260220")
BAD_INTERCHANGE = Sent("AK-06", "150", "20260220")
NO_WORD = Sent("AK-07", "160", "20260220")
ORIGINAL = Sent("AK-08", "170", "20260220")
REPLACEMENT = Sent("AK-08", "180", "20260220", "7", "PAY08")
WRONG = Sent("AK-09", "190", "20260220")
RIGHT = Sent("AK-09", "195", "20260220")
OVERTURNED = Sent("AK-10", "200", "20260220")
OTHERS = Sent("AK-11", "210", "20260220")
ASKED = Sent("AK-12", "220", "20260220")
BAD_BATCH = Sent("AK-13", "230", "20260220")
NOBODY = Sent("AK-14", "240", "20260220", payer=OTHER)

B1 = [PAID, SILENT_PAYER, DOOR, AGAIN, NO_WORD, ORIGINAL, WRONG, OVERTURNED, OTHERS, ASKED, NOBODY]

FILES: dict[str, bytes] = {
    "11_b1.837": claims("B1", "20260302", 101, B1),
    "12_b2.837": claims("B2", "20260310", 102, [AGAIN, RIGHT]),
    "13_b3.837": claims("B3", "20260303", 103, [BAD_FILE]),
    "14_b4.837": claims("B4", "20260304", 104, [BAD_INTERCHANGE]),
    "15_b5.837": claims("B5", "20260305", 105, [BAD_BATCH]),
    "16_b6.837": claims("B6", "20260401", 106, [REPLACEMENT]),
    "21_b1.999": file_answer("20260302", 201, 101, "AK2*837*0001", "IK5*A", result="A*1*1*1"),
    "22_b2.999": file_answer("20260310", 202, 102, result="A*1*1*1"),
    "23_b3.999": file_answer(
        "20260303", 203, 103, "AK2*837*0001", "IK3*NM1*17**8", "IK4*9**7", "IK5*R*5", result="R*1*1*0"
    ),
    "24_b4.ta1": ta1("20260304", 204, 104, "20260304", "R", "006"),
    "31_b1_clearinghouse.277": claim_answer(
        "20260303",
        301,
        "B1",
        "AY",
        *(about(one, "A1:20", "20260303") for one in (PAID, SILENT_PAYER, AGAIN, ORIGINAL)),
        about(DOOR, "A3:21", "20260303"),
        about(WRONG, "A7:454", "20260303"),
        about(OVERTURNED, "A6:145:82", "20260303"),
    ),
    # the payer writes a batch reference of its own: charge and date tell
    "32_b1_payer.277": claim_answer(
        "20260305",
        302,
        "P77",
        "PR",
        about(PAID, "A2:20", "20260305", "REF*1K*PAY01"),
        about(SILENT_PAYER, "A2:20", "20260305", "REF*1K*PAY02"),
        about(AGAIN, "A7:562:85", "20260305"),
        about(ORIGINAL, "A2:20", "20260305", "REF*1K*PAY08"),
        about(OVERTURNED, "A2:20", "20260306", "REF*1K*PAY10"),
        about(Sent("AK-11", "999", "20260101"), "A2:20", "20260305"),
    ),
    "33_b2_clearinghouse.277": claim_answer(
        "20260311", 303, "B2", "AY", about(AGAIN, "A1:20", "20260311"), about(RIGHT, "A1:20", "20260311")
    ),
    "34_b2_payer.277": claim_answer("20260312", 304, "P78", "PR", about(AGAIN, "A2:20", "20260312", "REF*1K*PAY04")),
    "35_b5_batch.277": claim_answer("20260306", 305, "B5", "AY", receiver="STC*A3:24:41*20260306*U*230"),
    "36_b6_clearinghouse.277": claim_answer("20260402", 306, "B6", "AY", about(REPLACEMENT, "A1:20", "20260402")),
    "37_status.277": status_answer("20260330", 307, ASKED, "P1:41"),
    "41_remit.835": remittance("20260320", 401, [(PAID, "80", "PAY01"), (ORIGINAL, "0", "PAY08")]),
    "51_payers.csv": b"payer_id,name,type,filing_limit_days,appeal_limit_days,source,effective_from\n"
    b"SYN01,Synthetic Payer,Commercial,90,60,Synthetic manual,2025-01-01\n",
}

#: (account, sent on) -> state, file status, clearinghouse, payer, rejected on, by, category, status, entity, resent,
#: adjudicated, paid
EXPECTED: dict[tuple[str, date], tuple] = {}


def _expect(
    one: Sent, sent: str, state: str, file: str | None, *dates: str | None, said: str = "", last: tuple = ()
) -> None:
    def on(text: str | None) -> date | None:
        return date.fromisoformat("2026-" + text) if text else None

    clearinghouse, payer, rejected, resent = (*map(on, dates), *[None] * (4 - len(dates)))
    by, category, status, entity = [part or None for part in (said.split("|") + [""] * 4)[:4]]
    adjudicated, paid = (*map(on, last), *[None] * (2 - len(last)))
    key = (one.number, date.fromisoformat("2026-" + sent))
    EXPECTED[key] = (
        state, file, clearinghouse, payer, rejected, by, category, status, entity, resent, adjudicated, paid
    )  # fmt: skip


_expect(PAID, "03-02", "paid", "accepted", "03-03", "03-05", said="|A2|20", last=("03-20", "03-20"))
_expect(SILENT_PAYER, "03-02", "accepted_payer", "accepted", "03-03", "03-05", said="|A2|20")
_expect(DOOR, "03-02", "rejected", "accepted", None, None, "03-03", said="clearinghouse|A3|21")
_expect(AGAIN, "03-02", "rejected", "accepted", "03-03", None, "03-05", "03-10", said="payer|A7|562|85")
_expect(AGAIN, "03-10", "accepted_payer", "accepted", "03-11", "03-12", said="|A2|20")
_expect(BAD_FILE, "03-03", "file_rejected", "rejected", None, None, "03-03", said="file||999 7 NM1")
_expect(BAD_INTERCHANGE, "03-04", "file_rejected", "rejected", None, None, "03-04", said="file||TA1 006")
_expect(NO_WORD, "03-02", "sent", "accepted")
_expect(ORIGINAL, "03-02", "adjudicated", "accepted", "03-03", "03-05", None, "04-01", said="|A2|20", last=("03-20",))
_expect(REPLACEMENT, "04-01", "accepted_clearinghouse", None, "04-02", said="|A1|20")
_expect(WRONG, "03-02", "rejected", "accepted", None, None, "03-03", "03-10", said="clearinghouse|A7|454")
_expect(RIGHT, "03-10", "accepted_clearinghouse", "accepted", "03-11", said="|A1|20")
_expect(OVERTURNED, "03-02", "accepted_payer", "accepted", None, "03-06", "03-03", said="clearinghouse|A2|20")
_expect(OTHERS, "03-02", "sent", "accepted")
_expect(ASKED, "03-02", "accepted_payer", "accepted", None, "03-30", said="|P1|41")
_expect(BAD_BATCH, "03-05", "file_rejected", "rejected", None, None, "03-06", said="file||277CA A3")
_expect(NOBODY, "03-02", "sent", "accepted")


def write_files(folder: Path) -> Path:
    """All files, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder
