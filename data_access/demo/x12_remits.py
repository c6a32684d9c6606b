"""Remittances of the synthetic practice as 835 (005010X221A1)."""

from data_access.demo.events import Cas, Paid, PaidLine
from data_access.demo.practice import BANK_ACCOUNT, GROUP_NAME, GROUP_NPI, GROUP_TAX_ID
from data_access.demo.remits import Remit, trace_number
from data_access.demo.x12_text import ccyymmdd, money

VERSION = "005010X221A1"
#: Most claims without lines in the remittance come from payers that send none; the rest is this one in so many.
_NO_LINES_EVERY = 97
_PLB_PAIRS = 6
#: The 835 knows no commercial (CI) or Blue (BL) indicator; payers answer with that of the plan's kind.
_FILING = {"CI": "12", "BL": "12"}


def advice(remit: Remit, part: int) -> list[str]:
    """The segments between ST and SE of one remittance."""
    day, payer, amount = ccyymmdd(remit.day), remit.payer, remit.amount
    trace = trace_number(remit, part)
    tax_id = f"1{sum(map(ord, payer.identifier)):09d}"
    transfer = amount and not payer.by_check
    handling = f"I*{money(amount)}*C*ACH*CCP*01*999999992*DA*1234567" if transfer else "H*0*C*NON****"
    if amount and payer.by_check:
        handling = f"I*{money(amount)}*C*CHK****"
    account = f"*{tax_id}**01*999999992*DA*{BANK_ACCOUNT}*{day}" if transfer else f"********{day}"
    segments = [
        f"BPR*{handling}{account}",
        f"TRN*1*{trace}*{tax_id}",
        f"DTM*405*{day}",
        f"N1*PR*{payer.name}*XV*{payer.identifier}",
        "N3*3 Example Plaza",
        "N4*Exampleville*KS*66002",
        "PER*BL*Provider Services*TE*5555550199",
        f"N1*PE*{GROUP_NAME}*XX*{GROUP_NPI}",
        f"REF*TJ*{GROUP_TAX_ID}",
    ]
    if remit.claims:
        segments.append("LX*1")
    for paid in remit.claims:
        _claim(paid, segments)
    year_end = f"{day[:4]}1231"
    for start in range(0, len(remit.provider_level), _PLB_PAIRS):
        pairs = [
            f"{entry.reason}:{entry.reference}*{money(entry.amount)}"
            for entry in remit.provider_level[start : start + _PLB_PAIRS]
        ]
        segments.append(f"PLB*{GROUP_NPI}*{year_end}*{'*'.join(pairs)}")
    return segments


def _claim(paid: Paid, segments: list[str]) -> None:
    account, patient = paid.account, paid.account.patient
    institutional = account.provider.clinic.institutional
    filing = paid.payer.filing_code
    where = f"{'13*' if institutional else '11*'}1"
    share = money(paid.share) if paid.share and paid.status != "22" else ""
    segments.append(
        f"CLP*{account.number}*{paid.status}*{money(paid.charge)}*{money(paid.paid)}*{share}"
        f"*{_FILING.get(filing, filing)}*{paid.number}*{where}"
    )
    with_lines = paid.payer.line_detail and account.service_day % _NO_LINES_EVERY
    if not with_lines:
        _adjust([cas for line in paid.lines for cas in line.adjustments], segments)
    segments.append(f"NM1*QC*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}")
    if paid.crossover:
        segments.append(f"NM1*TT*2*{paid.crossover}")
    if not with_lines:
        remarks = dict.fromkeys(line.remark for line in paid.lines if line.remark)
        if remarks:
            segments.append(f"MOA***{'*'.join(remarks)}")
    if paid.original_reference:
        segments.append(f"REF*F8*{paid.original_reference}")
    segments.append(f"DTM*232*{ccyymmdd(account.service_day)}")
    if paid.interest:
        segments.append(f"AMT*I*{money(paid.interest)}")
    if with_lines:
        for line in paid.lines:
            _line(line, paid, segments)


def _line(line: PaidLine, paid: Paid, segments: list[str]) -> None:
    service, account = line.line, paid.account
    code = f"HC:{service.code}:{service.modifier}" if service.modifier else f"HC:{service.code}"
    revenue = service.revenue_code if account.provider.clinic.institutional else ""
    charge = -service.charge if paid.status == "22" else service.charge
    segments.append(f"SVC*{code}*{money(charge)}*{money(line.paid)}*{revenue}*{service.units}")
    segments.append(f"DTM*472*{ccyymmdd(account.service_day)}")
    _adjust(line.adjustments, segments)
    segments.append(f"REF*6R*{account.lines.index(service) + 1}")
    allowed = line.paid + line.share
    if allowed > 0:
        segments.append(f"AMT*B6*{money(allowed)}")
    if line.remark:
        segments.append(f"LQ*HE*{line.remark}")


def _adjust(adjustments: list[Cas], segments: list[str]) -> None:
    """One CAS a group, reasons summed."""
    groups: dict[str, dict[str, int]] = {}
    for group, code, amount in adjustments:
        reasons = groups.setdefault(group, {})
        reasons[code] = reasons.get(code, 0) + amount
    for group, reasons in groups.items():
        # CAS04, CAS07 ... (quantity) stay empty
        triples = "**".join(f"{code}*{money(amount)}" for code, amount in reasons.items())
        segments.append(f"CAS*{group}*{triples}")
