"""What clearinghouse and payers said of the synthetic practice's claims: 999 of files, 277CA of claims."""

from collections.abc import Iterable
from functools import partial

from data_access.demo.claim_files import ClaimFile
from data_access.demo.events import Acknowledged
from data_access.demo.front_end import acknowledgments
from data_access.demo.practice import GROUP_NAME, GROUP_NPI, PAYERS
from data_access.demo.x12_text import Body, ccyymmdd, money

FILE_VERSION, CLAIM_VERSION = "005010X231A1", "005010X214"
_ORDER = {payer.identifier: position for position, payer in enumerate(PAYERS)}
_CLEARINGHOUSE = "NM1*AY*2*Demo Clearinghouse*****46*DEMOCLEARING"


def of_file(file: ClaimFile) -> list[str]:
    """The segments between ST and SE of a 999: every transaction of a file accepted, or none of a refused one."""
    segments = [f"AK1*HC*{file.control}*{file.version}"]
    count = len(file.days)
    for number, body in enumerate(file.bodies(), 1):
        segments.append(f"AK2*837*{number:04d}*{file.version}")
        if file.refused:
            diagnosis = next(place for place, segment in enumerate(body(), 2) if segment.startswith("HI*"))
            segments += [f"IK3*HI*{diagnosis}**8", "IK4*1:2*1271*7", "IK5*R*5"]
        else:
            segments.append("IK5*A")
    segments.append(f"AK9*R*{count}*{count}*0" if file.refused else f"AK9*A*{count}*{count}*{count}")
    return segments


#: A 277CA still without its place in a file: day of the acknowledgment, whether a payer sent it, and its segments.
Advice = tuple[int, bool, Body]


def of_claims(file: ClaimFile, until: int) -> list[Advice]:
    """The 277CA for each batch of a claim file: one of the clearinghouse, one of each payer."""
    if file.refused:
        return []
    advices: list[Advice] = []
    for day, claims in file.days.items():
        groups: dict[tuple[int, int], list[Acknowledged]] = {}
        for acknowledged in acknowledgments(claims, until):
            payer = _ORDER[acknowledged.sent.payer.identifier] + 1 if acknowledged.by_payer else 0
            groups.setdefault((acknowledged.day, payer), []).append(acknowledged)
        for (told, payer), group in sorted(groups.items(), key=lambda item: item[0]):
            advices.append((told, bool(payer), partial(_advice, group, file.reference(day))))
    return advices


def _advice(group: list[Acknowledged], reference: str) -> list[str]:
    first = group[0]
    payer, day = first.sent.payer, ccyymmdd(first.day)
    source = f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}" if first.by_payer else _CLEARINGHOUSE
    own = f"{payer.identifier if first.by_payer else 'DEMO'}{reference[3:]}"
    sent = ccyymmdd(first.sent.day)
    segments = [
        f"BHT*0085*08*{own}*{day}*0900*TH",
        "HL*1**20*1",
        source,
        f"TRN*1*{own}",
        f"DTP*050*D8*{sent}",
        f"DTP*009*D8*{day}",
        "HL*2*1*21*1",
        f"NM1*41*2*{GROUP_NAME}*****46*SYN0001",
        f"TRN*2*{reference}",
        f"STC*A1:19*{day}*WQ*{money(_charge(group))}",
        *_totals(group),
        "HL*3*2*19*1",
        f"NM1*85*2*{GROUP_NAME}*****XX*{GROUP_NPI}",
    ]
    for number, acknowledged in enumerate(group, 4):
        segments += _claim(acknowledged, number, day)
    return segments


def _charge(group: Iterable[Acknowledged]) -> int:
    return sum(acknowledged.sent.account.charge for acknowledged in group)


def _totals(group: list[Acknowledged]) -> list[str]:
    """How many were accepted (QTY 90) and rejected (QTY AA), and their charges."""
    rejected = [acknowledged for acknowledged in group if acknowledged.rejected]
    accepted = [acknowledged for acknowledged in group if not acknowledged.rejected]
    segments = []
    for claims, quantity, amount in ((accepted, "90", "YU"), (rejected, "AA", "YY")):
        if claims:
            segments += [f"QTY*{quantity}*{len(claims)}", f"AMT*{amount}*{money(_charge(claims))}"]
    return segments


def _claim(acknowledged: Acknowledged, number: int, day: str) -> list[str]:
    sent = acknowledged.sent
    account, patient = sent.account, sent.account.patient
    action = "U" if acknowledged.rejected else "WQ"
    segments = [
        f"HL*{number}*3*PT",
        f"NM1*QC*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
        f"TRN*2*{account.number}",
        f"STC*{acknowledged.status}*{day}*{action}*{money(account.charge)}",
    ]
    if acknowledged.by_payer and not acknowledged.rejected and sent.sequence == 1 and sent.frequency == "1":
        segments.append(f"REF*1K*{sent.payer.identifier[3:]}{account.number[1:]}1")
    segments.append(f"DTP*472*D8*{ccyymmdd(account.service_day)}")
    return segments
