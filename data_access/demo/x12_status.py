"""Status of the synthetic practice's claims: what was asked (276) and answered (277), 005010X212."""

from functools import partial

from data_access.demo.asking import NOT_FOUND
from data_access.demo.events import Question
from data_access.demo.practice import GROUP_NAME, GROUP_NPI, PAYERS, Payer
from data_access.demo.x12_text import Body, ccyymmdd, money

VERSION = "005010X212"
_ORDER = {payer.identifier: position for position, payer in enumerate(PAYERS)}


def requests(questions: list[Question]) -> list[Body]:
    """One 276 for each payer and day of asking."""
    return [partial(_request, group) for group in _by_payer([(each.day, each) for each in questions])]


def answers(questions: list[Question]) -> list[Body]:
    """One 277 for each payer and day of answering; all of them were answered."""
    return [partial(_response, group) for group in _by_payer([(each.answered, each) for each in questions])]


def _by_payer(dated: list[tuple[int, Question]]) -> list[list[Question]]:
    groups: dict[tuple[int, int], list[Question]] = {}
    for day, question in dated:
        groups.setdefault((day, _ORDER[question.sent.payer.identifier]), []).append(question)
    return [group for _, group in sorted(groups.items(), key=lambda item: item[0])]


def _parties(payer: Payer) -> list[str]:
    return [
        "HL*1**20*1",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
        "HL*2*1*21*1",
        f"NM1*41*2*{GROUP_NAME}*****46*SYN0001",
        "HL*3*2*19*1",
        f"NM1*1P*2*{GROUP_NAME}*****XX*{GROUP_NPI}",
    ]


def _request(questions: list[Question]) -> list[str]:
    first = questions[0]
    segments = [f"BHT*0010*13*STA{first.trace}*{ccyymmdd(first.day)}*0800", *_parties(first.sent.payer)]
    for number, question in enumerate(questions, 4):
        account = question.sent.account
        patient = account.patient
        segments += [
            f"HL*{number}*3*22*0",
            f"DMG*D8*{patient.birth_day}*{patient.sex}",
            f"NM1*IL*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
            f"TRN*1*{question.trace}",
            f"REF*EJ*{account.number}",
            f"AMT*T3*{money(account.charge)}",
            f"DTP*472*D8*{ccyymmdd(account.service_day)}",
        ]
    return segments


def _response(questions: list[Question]) -> list[str]:
    first = questions[0]
    day, payer = ccyymmdd(first.answered), first.sent.payer
    segments = [f"BHT*0010*08*ANS{first.trace}*{day}*0900*DG", *_parties(payer)]
    for number, question in enumerate(questions, 4):
        account = question.sent.account
        patient = account.patient
        segments += [
            f"HL*{number}*3*22*0",
            f"NM1*IL*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
            f"TRN*2*{question.trace}",
            f"STC*{question.status}*{day}**{money(account.charge)}",
        ]
        if question.status != NOT_FOUND and question.sent.frequency == "1":
            segments.append(f"REF*1K*{payer.identifier[3:]}{account.number[1:]}1")  # as in its 277CA
        segments += [f"REF*EJ*{account.number}", f"DTP*472*D8*{ccyymmdd(account.service_day)}"]
    return segments
