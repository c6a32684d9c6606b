"""The practice's life in parts: patients, visits, and what came of each. Same seed and day, same events."""

from bisect import bisect
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from random import Random

from data_access.demo.asking import questions
from data_access.demo.checking import checks_of_visit, scheduled
from data_access.demo.course import Course
from data_access.demo.events import Account, Events, Patient, ServiceLine
from data_access.demo.practice import (
    CHARGE_MULTIPLE,
    CLINICS,
    MINOR_PROCEDURES,
    PAYERS,
    PROVIDERS,
    SELF_PAY_WEIGHT,
    SUPPLEMENT,
    VISIT_CODES,
    Payer,
    Provider,
)
from data_access.demo.stories import DUPLICATE_BILLING, FILE_REFUSED
from data_access.demo.timing import after_business_days

MONTHS = 24
#: Claims made at a time: bounds memory, and is the whole practice at its default size.
PART_CLAIMS = 25_000
#: Claims sent (replacements, secondary claims, voids included) for an account, as the rates here make it.
CLAIMS_PER_ACCOUNT = 1.03
_VISITS_PER_PATIENT = 3
_WEEKDAYS = (24, 22, 21, 20, 15, 0, 0)
_COPAYS = (2000, 2500, 3000, 4000, 5000)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the practice: its own patients and accounts, its own files."""

    number: int
    accounts: int


def parts(claims: int) -> list[Part]:
    """The parts that together send about this many claims."""
    accounts = max(1, round(claims / CLAIMS_PER_ACCOUNT))
    count = -(-claims // PART_CLAIMS)
    return [Part(number, accounts * (number + 1) // count - accounts * number // count) for number in range(count)]


def generate(part: Part, seed: int, until: date) -> Events:
    """Every event of one part in the 24 months up to and including `until`."""
    random = Random(f"practice {seed} {part.number} {until.isoformat()}")
    # Streams of their own: what happens before claims are sent leaves what happens after as it is.
    front = Random(f"front end {seed} {part.number} {until.isoformat()}")
    desk = Random(f"front desk {seed} {part.number} {until.isoformat()}")
    patients = _patients(random, part)
    days, weights = _days(until)
    first, last = first_day(until).toordinal(), until.toordinal()
    events = Events(last)
    for number in range(part.accounts):
        day = days[bisect(weights, random.random() * weights[-1])]
        account = _account(random, f"S{part.number:03d}{number:06d}", patients, day)
        denied_for = _play(random, front, account, events)
        events.checks += [each for each in checks_of_visit(desk, account, denied_for, last) if each.day >= first]
    visits_a_day = part.accounts // len(days)
    events.checks += scheduled(desk, patients, last, 2 * visits_a_day + 2, f"V{part.number:03d}")
    if part.number == 0:
        _refuse_a_file(events)
    asking = Random(f"asking {seed} {part.number} {until.isoformat()}")
    events.questions = questions(asking, events, part.number == 0)
    return events


def _play(random: Random, front: Random, account: Account, events: Events) -> str:
    """Everything that came of a visit; the reason for which the first answer denied something, else empty."""
    month, last = date.fromordinal(account.service_day).month, events.until
    course = Course(random, front, account, month, events)
    course.run()
    twice = account.provider.specialty.department == DUPLICATE_BILLING.department and account.patient.payer
    if twice and DUPLICATE_BILLING.covers(last - account.service_day) and random.random() < DUPLICATE_BILLING.strength:
        again = replace(account, number=account.number + "D", copay=0)
        Course(random, front, again, month, events).run(twice_of=True)
    return course.denied_for


def _refuse_a_file(events: Events) -> None:
    """One institutional file is refused as a whole: what was in it was sent on the next business day."""
    days = {
        sent.day
        for sent in events.sent
        if sent.account.provider.clinic.npi == FILE_REFUSED.clinic and FILE_REFUSED.covers(events.until - sent.day)
    }
    if not days:
        return
    refused_on = max(days)
    for position, sent in enumerate(events.sent):
        if sent.day == refused_on and sent.account.provider.clinic.institutional:
            events.refused.append(sent)
            events.sent[position] = replace(sent, day=after_business_days(refused_on, 1))


def first_day(until: date) -> date:
    """First day of the data: 24 months before the day after `until`."""
    after = date.fromordinal(until.toordinal() + 1)
    return after.replace(year=after.year - MONTHS // 12, day=min(after.day, 28))


def _days(until: date) -> tuple[list[int], list[float]]:
    """Days of service and their running weights: busy Mondays, quiet Decembers, slow growth."""
    first, last = first_day(until).toordinal(), until.toordinal()
    days = [day for day in range(first, last + 1) if _WEEKDAYS[(day - 1) % 7]]
    weights = (
        _WEEKDAYS[(day - 1) % 7]
        * (0.9 if date.fromordinal(day).month in (7, 12) else 1.0)
        * (1 + 0.06 * (day - first) / 365)
        for day in days
    )
    return days, list(accumulate(weights))


def _patients(random: Random, part: Part) -> list[Patient]:
    choices: list[Payer | None] = [*PAYERS, None]
    weights = [*(payer.weight for payer in PAYERS), SELF_PAY_WEIGHT]
    count = max(1, part.accounts // _VISITS_PER_PATIENT)
    payers = random.choices(choices, weights, k=count)
    return [_patient(random, f"{part.number:03d}{number:05d}", payer) for number, payer in enumerate(payers)]


def _patient(random: Random, number: str, payer: Payer | None) -> Patient:
    benefit = payer.benefit if payer else ""
    age = random.randint(65, 91) if benefit in ("medicare", "advantage") else random.randint(1, 64)
    born = date(2025 - age, random.randint(1, 12), random.randint(1, 28))
    second, crossover = _second_payer(random, benefit)
    clinic = random.choices(CLINICS, [clinic.weight for clinic in CLINICS])[0]
    home = [provider for provider in PROVIDERS if provider.clinic is clinic]
    return Patient(
        last_name="Synthetic-Patient",
        first_name=f"N{number}",
        birth_day=born.strftime("%Y%m%d"),
        sex=random.choice("FFFMM"),
        member_id=f"SYN{number}",
        payer=payer,
        second_payer=second,
        crossover=crossover,
        providers=(*random.choices(home, k=2), random.choice(PROVIDERS)),
        charity=random.random() < (0.12 if payer is None else 0.025),
    )


def _second_payer(random: Random, benefit: str) -> tuple[Payer | None, bool]:
    """Secondary coverage, and whether the primary forwards claims to it."""
    chance = random.random()
    if benefit == "medicare" and chance < 0.42:
        return SUPPLEMENT, chance < 0.32
    if benefit == "commercial" and chance < 0.03:
        return SUPPLEMENT, False
    return None, False


def _account(random: Random, number: str, patients: list[Patient], day: int) -> Account:
    patient = patients[int(random.random() * len(patients))]
    provider = random.choice(patient.providers)
    specialty = provider.specialty
    codes = random.choices(
        specialty.procedures, [row[2] for row in specialty.procedures], k=random.choice(specialty.lines)
    )
    lines = _lines(list(dict.fromkeys(codes)))
    takes_copay = patient.payer is not None and patient.payer.benefit in ("commercial", "advantage")
    copay = 0
    if takes_copay and random.random() < 0.5:
        copay = min(random.choice(_COPAYS), sum(line.fee for line in lines) // 2)
    return Account(
        number=number,
        patient=patient,
        provider=provider,
        service_day=day,
        diagnosis=random.choice(specialty.diagnoses),
        lines=lines,
        charge=sum(line.charge for line in lines),
        authorization=_authorization(random, provider, number),
        copay=copay,
    )


def _lines(procedures: list[tuple[str, int, int, int, str]]) -> tuple[ServiceLine, ...]:
    """Services of one visit: therapy bears modifier GP, a visit beside a minor procedure modifier 25."""
    minor = any(row[0] in MINOR_PROCEDURES for row in procedures)
    lines = []
    for code, fee, _, units, revenue_code in procedures:
        modifier = "GP" if code.startswith("97") else "25" if minor and code in VISIT_CODES else ""
        # Charges in whole dollars, as price lists have them.
        charge = round(fee * CHARGE_MULTIPLE * units / 100) * 100
        lines.append(ServiceLine(code, modifier, units, charge, fee * units, revenue_code))
    return tuple(lines)


def _authorization(random: Random, provider: Provider, number: str) -> str:
    return f"SYNAUTH{number[1:]}" if provider.specialty.needs_authorization and random.random() < 0.5 else ""
