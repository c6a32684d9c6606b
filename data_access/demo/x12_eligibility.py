"""Coverage of the synthetic practice's patients: what was asked (270) and answered (271), 005010X279A1."""

from functools import partial

from data_access.demo.events import Check
from data_access.demo.practice import GROUP_NAME, GROUP_NPI, GROUP_TAX_ID, PAYERS, SUPPLEMENT, Payer
from data_access.demo.x12_text import Body, ccyymmdd, money

VERSION = "005010X279A1"
_REJECT_FOLLOW_UP = {"42": "R", "72": "C", "75": "C"}
_YEAR, _LEFT, _VISIT = "23", "29", "27"
_ORDER = {payer.identifier: position for position, payer in enumerate(PAYERS)}


def inquiries(checks: list[Check]) -> list[Body]:
    """One 270 for each payer and day."""
    return [partial(_inquiry, group) for group in _by_payer_and_day(checks)]


def answers(checks: list[Check]) -> list[Body]:
    """One 271 for each payer and day; what was never answered is left out."""
    return [partial(_response, group) for group in _by_payer_and_day([check for check in checks if check.answer])]


def _by_payer_and_day(checks: list[Check]) -> list[list[Check]]:
    groups: dict[tuple[int, int], list[Check]] = {}
    for check in checks:
        groups.setdefault((check.day, _ORDER[check.payer.identifier]), []).append(check)
    return [group for _, group in sorted(groups.items())]


def _reference(check: Check) -> str:
    return f"ELG{check.trace}"


def _parties(payer: Payer) -> list[str]:
    return [
        "HL*1**20*1",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
        "HL*2*1*21*1",
        f"NM1*1P*2*{GROUP_NAME}*****XX*{GROUP_NPI}",
    ]


def _person(check: Check, number: int, trace_type: str) -> list[str]:
    patient = check.patient
    return [
        f"HL*{number}*2*22*0",
        f"TRN*{trace_type}*{check.trace}*1{GROUP_TAX_ID}",
        f"NM1*IL*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
    ]


def _inquiry(checks: list[Check]) -> list[str]:
    first = checks[0]
    segments = [f"BHT*0022*13*{_reference(first)}*{ccyymmdd(first.day)}*0600", *_parties(first.payer)]
    for number, check in enumerate(checks, 3):
        segments += _person(check, number, "1")
        segments.append(f"DMG*D8*{check.patient.birth_day}*{check.patient.sex}")
        segments.append(f"DTP*291*D8*{ccyymmdd(check.service_day)}")
        segments.append("EQ*30")
    return segments


def _response(checks: list[Check]) -> list[str]:
    first = checks[0]
    segments = [f"BHT*0022*11*{_reference(first)}*{ccyymmdd(first.day)}*0700", *_parties(first.payer)]
    for number, check in enumerate(checks, 3):
        segments += _person(check, number, "2")
        if check.answer in _REJECT_FOLLOW_UP:
            segments.append(f"AAA*N**{check.answer}*{_REJECT_FOLLOW_UP[check.answer]}")
        segments.append(f"DMG*D8*{check.patient.birth_day}*{check.patient.sex}")
        segments.append(f"DTP*291*D8*{ccyymmdd(check.service_day)}")
        segments += _benefits(check)
    return segments


def _benefits(check: Check) -> list[str]:
    """What the plan says: active or not, the patient's shares, and who pays first when somebody else does."""
    if check.answer in _REJECT_FOLLOW_UP:
        return []
    if check.answer == "inactive":
        return ["EB*6**30"]
    segments = [f"EB*1*IND*30**{check.payer.name}"]
    if check.copay is not None:
        segments.append(f"EB*B*IND*98***{_VISIT}*{money(check.copay)}")
    if check.coinsurance is not None:
        segments.append(f"EB*A*IND*30*****{check.coinsurance / 100:g}")
    if check.deductible is not None and check.deductible_left is not None:
        segments.append(f"EB*C*IND*30***{_YEAR}*{money(check.deductible)}")
        segments.append(f"EB*C*IND*30***{_LEFT}*{money(check.deductible_left)}")
    if check.answer == "other_payer":
        segments += ["EB*R**30", "LS*2120", f"NM1*PRP*2*{SUPPLEMENT.name}*****PI*{SUPPLEMENT.identifier}", "LE*2120"]
    return segments
