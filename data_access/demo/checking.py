"""Coverage asked about before visits: when, and what the payer said, in keeping with how the claim then fared."""

from datetime import date
from random import Random

from data_access.demo.events import Account, Check, Patient
from data_access.demo.practice import Payer
from data_access.demo.stories import CHECKS_LAPSED

#: The office asks on Mondays, Wednesdays and Fridays for the visits ahead: days since then, from Monday on.
_SINCE_ASKING = (0, 1, 0, 1, 0, 1, 2)
#: Workers' compensation and liability insurers answer no inquiries.
UNASKED = "none"
#: Never checked, and checked long before; then the same for visits later denied for coverage. Our assumption.
_NEVER, _LONG_BEFORE = 0.02, 0.05
_DENIED_NEVER, _DENIED_LONG_BEFORE = 0.30, 0.35
_DENIED_IN_LAPSE = 0.95
#: Answers for visits whose claims were not denied for it.
_OTHERWISE = (("inactive", 0.004), ("other_payer", 0.004), ("72", 0.007), ("75", 0.005), ("42", 0.004), ("", 0.007))
_FOR_REASON = {
    "eligibility": (("inactive", 0.35), ("75", 0.08)),
    "coordination": (("other_payer", 0.45),),
}
_REJECTS = ("72", "75", "42")
_COPAYS = (2000, 2500, 3000, 4000)
_DEDUCTIBLES = (50_000, 100_000, 150_000, 300_000)
_PART_B_DEDUCTIBLE = 25_700


def checks_of_visit(random: Random, account: Account, denied_for: str, until: int) -> list[Check]:
    """The checks made before a visit, none later than `until`.

    Args:
        denied_for: name of the reason for which the first answer to the claim denied something, else empty.
    """
    patient, day = account.patient, account.service_day
    payer = patient.payer
    if payer is None or payer.benefit == UNASKED:
        return []
    lapsed = account.provider.clinic.npi == CHECKS_LAPSED.clinic and CHECKS_LAPSED.covers(until - day)
    chance, denied = random.random(), denied_for in _FOR_REASON
    if lapsed and random.random() < (_DENIED_IN_LAPSE if denied else CHECKS_LAPSED.strength):
        return []
    never, long_before = (_DENIED_NEVER, _DENIED_LONG_BEFORE) if denied else (_NEVER, _LONG_BEFORE)
    if chance < never:
        return []
    if chance < never + long_before:
        asked = _asking_day(day - random.randint(30, 60))
        return [_check(patient, payer, asked, day, f"E{account.number}", "active", account.copay)]
    asked = _asking_day(day - (random.randint(1, 7) if random.random() < 0.85 else random.randint(8, 25)))
    answer = _answer(random, _FOR_REASON.get(denied_for, _OTHERWISE))
    return _with_second(random, patient, payer, asked, day, f"E{account.number}", answer, account.copay, until)


def scheduled(random: Random, patients: list[Patient], until: int, count: int, prefix: str) -> list[Check]:
    """Checks for visits of the two weeks after the last day; those yet to be checked leave no trace."""
    checks = []
    for number in range(count):
        patient = patients[int(random.random() * len(patients))]
        day = until + random.randint(1, 14)
        asked = _asking_day(day - random.randint(1, 12))
        payer = patient.payer
        if payer is None or payer.benefit == UNASKED or asked > until:
            continue
        answer = _answer(random, (("inactive", 0.04), *_OTHERWISE[1:]))
        checks.append(_check(patient, payer, asked, day, f"{prefix}{number:05d}", answer, 0))
    return checks


def _asking_day(latest: int) -> int:
    """The last asking day that is no later than this."""
    return latest - _SINCE_ASKING[(latest - 1) % 7]


def _answer(random: Random, shares: tuple[tuple[str, float], ...]) -> str:
    chance = random.random()
    for answer, share in shares:
        chance -= share
        if chance < 0:
            return answer
    return "active"


def _with_second(
    random: Random,
    patient: Patient,
    payer: Payer,
    asked: int,
    day: int,
    trace: str,
    answer: str,
    copay: int,
    until: int,
) -> list[Check]:
    """A check; a rejected one is asked again in time, most often, and then answered."""
    if asked > until:
        return []
    checks = [_check(patient, payer, asked, day, trace, answer, copay)]
    again = asked + 2 if (asked - 1) % 7 < 4 else asked + 3
    if answer in _REJECTS and again <= min(day, until) and random.random() < 0.8:
        checks.append(_check(patient, payer, again, day, f"{trace}-2", "active", copay))
    return checks


def _check(patient: Patient, payer: Payer, asked: int, day: int, trace: str, answer: str, copay: int) -> Check:
    if answer not in ("active", "other_payer"):
        return Check(patient, payer, asked, day, trace, answer)
    member = int(patient.member_id[3:])
    usual = copay or _COPAYS[member % len(_COPAYS)]
    if payer.benefit == "medicare":
        deductible: int | None = _PART_B_DEDUCTIBLE
    elif payer.benefit == "commercial":
        deductible = _DEDUCTIBLES[member % len(_DEDUCTIBLES)]
    else:
        deductible = None
    return Check(
        patient,
        payer,
        asked,
        day,
        trace,
        answer,
        copay=usual if payer.benefit in ("commercial", "advantage") else None,
        coinsurance=20 if payer.benefit in ("medicare", "commercial") else None,
        deductible=deductible,
        deductible_left=None if deductible is None else _left(deductible, member, asked),
    )


def _left(deductible: int, member: int, day: int) -> int:
    """What is left of a year's deductible: used up evenly, faster by some than by others, in whole dollars."""
    into_year = date.fromordinal(day).timetuple().tm_yday * (6 + member % 9) * 10 // 365  # percent
    return deductible * max(0, 100 - into_year) // 100 // 100 * 100
