"""The rules a claim is checked by before it is sent: a table of small functions, each with what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from data_access.claim_check.drafts import Draft, Named
from data_access.claim_check.known import Known
from data_access.counting import counted
from data_access.reference import denial_categories, statuses

ERROR, WARNING = "error", "warning"
MOST_DIAGNOSES = 12  # 005010X222A1, 2300 HI
#: A denial habit of a payer is told from so many lines, and from such a share of them on.
FEWEST_LINES, LEAST_PERCENT = 5, 40
AUTHORIZATION_LINES, AUTHORIZATION_PERCENT = 3, 20
#: A rejection habit likewise, from so many claims of a provider on.
REJECTED_CLAIMS, REJECTED_PERCENT = 3, 20
NEAR_LIMIT = 7  # days
#: First two digits that the IRS gives to no employer ("How EINs are assigned and valid EIN prefixes", irs.gov).
_NO_PREFIX = ("00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97")
_ROLES = {"82": "rendering provider", "77": "service facility", "71": "attending provider", "DN": "referring provider"}


@dataclass(frozen=True)
class Finding:
    """What is wrong with a claim. `severity`: error (it will come back) or warning (it may).

    `claims`: how many claims of the file share it, as when the billing provider's number is wrong; `claim_segment` and
    `account_number` are the first one's.
    """

    segment_no: int
    claim_segment: int
    account_number: str
    rule: str
    severity: str
    why: str
    mend: str
    claims: int = 1


Said = Iterator[tuple[int, str, str, str]]  # segment, severity, why, how to mend
Rule = Callable[[Draft, Known], Said]


def check(draft: Draft, known: Known) -> list[Finding]:
    """Every finding on a claim, in order of its segments."""
    found = [
        Finding(segment_no, draft.segment_no, draft.account_number, name, severity, why, mend)
        for name, rule in RULES.items()
        for segment_no, severity, why, mend in rule(draft, known)
    ]
    return sorted(found, key=lambda finding: finding.segment_no)


def is_npi(text: str) -> bool:
    """Whether a number is a possible NPI: ten digits that pass the Luhn check behind 80840 (45 CFR 162.406)."""
    if len(text) != 10 or not text.isascii() or not text.isdigit() or text[0] not in "12":
        return False
    digits = [int(digit) for digit in "80840" + text]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_tax_id(text: str) -> bool:
    """Whether a number is a possible tax id: nine digits, hyphens aside, with a prefix that is given out."""
    digits = text.replace("-", "")
    return len(digits) == 9 and digits.isascii() and digits.isdigit() and digits[:2] != "00" and len(set(digits)) > 1


def is_employer_id(text: str) -> bool:
    """Whether a tax id begins with two digits that the IRS gives to employers."""
    return text.replace("-", "")[:2] not in _NO_PREFIX


def _identifiers(draft: Draft, known: Known) -> Said:
    above = draft.above
    if above.billing is None:
        yield draft.segment_no, ERROR, "No billing provider (2010AA NM1*85).", "Name the billing provider."
    else:
        yield from _npi(above.billing, "billing provider", required=True)
        if not is_tax_id(above.billing.tax_id):
            why = "The billing provider's tax id (REF*EI) is missing or no tax id."
            yield above.billing.segment_no, ERROR, why, "Correct the tax id in the billing provider's set-up."
        elif above.billing.tax_kind == "EI" and not is_employer_id(above.billing.tax_id):
            why = f"No employer's tax id begins with {above.billing.tax_id[:2]} (REF*EI)."
            yield (
                above.billing.segment_no,
                WARNING,
                why,
                "Compare it with the IRS letter; a social security number is SY.",
            )
    for role, named in draft.people.items():
        if role in _ROLES:
            yield from _npi(named, _ROLES[role], required=role in ("82", "71"))
    if above.subscriber is None or not above.subscriber.identifier:
        at = above.subscriber.segment_no if above.subscriber else draft.segment_no
        yield at, ERROR, "The subscriber's member id (NM109) is missing.", "Copy it from the card or the 271."
    if above.payer is None or not above.payer.identifier:
        at = above.payer.segment_no if above.payer else draft.segment_no
        yield (
            at,
            ERROR,
            "The payer's identifier (NM1*PR 09) is missing.",
            "Take it from the clearinghouse's payer list.",
        )


def _npi(named: Named, who: str, required: bool) -> Said:
    if named.npi and not is_npi(named.npi):
        why = f"The NPI of the {who} fails its check digit."
        yield named.segment_no, ERROR, why, "Compare it with the NPI registry: two digits are often swapped."
    elif required and not named.npi:
        yield named.segment_no, ERROR, f"The {who} has no NPI (qualifier XX).", "Add it."


def _rendering(draft: Draft, known: Known) -> Said:
    billing = draft.above.billing
    professional = any(line.points for line in draft.lines)
    if professional and billing is not None and not billing.is_person and "82" not in draft.people:
        why = "An organization bills, and nobody is named who gave the service (2310B NM1*82)."
        yield draft.segment_no, WARNING, why, "Name the rendering provider with the NPI, unless it is a laboratory."


def _rejections(draft: Draft, known: Known) -> Said:
    payer_id = known.payer_of(draft)
    seen = known.acknowledged.get((payer_id or 0, draft.rendering_npi))
    if seen is None or not seen.denied:
        return
    reason, refused = max(seen.denied.items(), key=lambda pair: (pair[1], pair[0]))
    if refused >= REJECTED_CLAIMS and refused * 100 >= seen.answered * REJECTED_PERCENT:
        said = statuses.short(reason)
        why = f"{refused} of the last {seen.answered} claims of this provider to this payer were rejected: {said}."
        yield draft.segment_no, WARNING, why, statuses.mend(reason) or "Ask the clearinghouse what it wants."


def _dates(draft: Draft, known: Known) -> Said:
    born = draft.above.patient_born or (None if draft.above.patient else draft.above.subscriber_born)
    if draft.bad_date or any(line.bad_date for line in draft.lines):
        at = next((line.segment_no for line in draft.lines if line.bad_date), draft.segment_no)
        yield at, ERROR, "A service date (DTP*472 or 434) is no date.", "Write it as CCYYMMDD."
    elif draft.first_day is None:
        yield draft.segment_no, ERROR, "No service date.", "Give each line its date (DTP*472)."
    for at, first, last in [
        (draft.segment_no, draft.service_from, draft.service_to),
        *((line.segment_no, line.service_from, line.service_to) for line in draft.lines),
    ]:
        if first and last and last < first:
            yield at, ERROR, "The service ends before it begins.", "Put the dates in order."
        if first and born and first < born:
            yield at, ERROR, "The service lies before the patient's birth.", "Correct the date of service or of birth."
    on = draft.submitted_on or known.today
    if draft.last_day and draft.last_day > on:
        yield draft.segment_no, ERROR, "The service lies after the claim's own date (BHT04).", "Bill after the service."
    if draft.service_from and draft.service_to:
        for line in draft.lines:
            if line.service_from and not draft.service_from <= line.service_from <= draft.service_to:
                why = "The line's date lies outside the claim's statement dates (DTP*434)."
                yield line.segment_no, ERROR, why, "Correct the line or the statement dates."


def _diagnoses(draft: Draft, known: Known) -> Said:
    if not draft.diagnoses:
        yield draft.segment_no, ERROR, "No diagnosis (HI).", "Add the diagnosis the service was for."
    if draft.diagnoses > MOST_DIAGNOSES:
        why = f"{draft.diagnoses} diagnoses; {MOST_DIAGNOSES} are the most."
        yield draft.segment_no, ERROR, why, "Keep those the lines point to."
    for line in draft.lines:
        if line.points and not line.pointers:
            yield line.segment_no, ERROR, "The line points to no diagnosis (SV107).", "Point it to at least one."
        wrong = [str(pointer) for pointer in line.pointers if not 1 <= pointer <= max(draft.diagnoses, 0)]
        if wrong and draft.diagnoses:
            why = f"The line points to diagnosis {', '.join(wrong)} of {draft.diagnoses}."
            yield line.segment_no, ERROR, why, "Point it to a diagnosis the claim has, or add the missing one."


def _charges(draft: Draft, known: Known) -> Said:
    if draft.charge is None or any(line.charge is None for line in draft.lines):
        at = next((line.segment_no for line in draft.lines if line.charge is None), draft.segment_no)
        yield at, ERROR, "A charge is missing or no amount.", "Write it as 125.00."
        return
    if not draft.lines:
        yield draft.segment_no, ERROR, "The claim has no service line.", "Add its lines."
        return
    total = sum((line.charge or Decimal(0) for line in draft.lines), Decimal(0))
    if total != draft.charge:
        why = f"The claim charges ${draft.charge:,.2f}, its lines ${total:,.2f}."
        yield draft.segment_no, ERROR, why, "Correct CLM02 or the lines: they must be equal."
    for line in draft.lines:
        if not line.procedure_code and line.points:
            yield line.segment_no, ERROR, "The line has no procedure code.", "Add it."
        if line.charge is not None and line.charge < 0:
            yield line.segment_no, ERROR, "The line's charge is negative.", "Void or replace the claim instead."
        elif line.charge == 0:
            yield (
                line.segment_no,
                WARNING,
                "The line charges nothing.",
                "Leave it out unless the payer wants it reported.",
            )


def _duplicate(draft: Draft, known: Known) -> Said:
    if draft.frequency in ("", "1") and draft.first_day and draft.charge is not None and draft.above.sequence == "P":
        before = known.sent.get((draft.account_number.upper(), draft.first_day, draft.charge))
        if before is not None:
            why = f"The same date and charge was sent on {before:%d %b %Y}: a duplicate."
            yield draft.segment_no, ERROR, why, "Look at that claim's answer; to correct it, send a replacement (7)."


def _replacement(draft: Draft, known: Known) -> Said:
    if draft.frequency not in ("7", "8"):
        return
    kind = "replacement" if draft.frequency == "7" else "void"
    if not draft.original_reference:
        why = f"A {kind} without the payer's number of the claim it is for (REF*F8)."
        yield draft.segment_no, ERROR, why, "Take it from CLP07 of the payer's remittance."
    elif draft.original_reference.upper() not in known.claim_numbers:
        why = f"No remittance that was loaded has the claim number this {kind} refers to."
        yield draft.segment_no, WARNING, why, "Compare REF*F8 with CLP07 of the payer's remittance."


def _filing_limit(draft: Draft, known: Known) -> Said:
    payer_id, day = known.payer_of(draft), draft.last_day
    if payer_id is None or day is None or draft.frequency in ("7", "8"):
        return
    for limit in known.limits.get(payer_id, []):
        if (limit.first is None or limit.first <= day) and (limit.until is None or day < limit.until):
            left = (day + timedelta(days=limit.days) - known.today).days
            if left < 0:
                why = f"The payer's filing limit of {limit.days} days passed {counted(-left, 'day')} ago."
                yield draft.segment_no, ERROR, why, "Send it with proof of an earlier receipt, or do not send it."
            elif left <= NEAR_LIMIT:
                why = f"{counted(left, 'day')} left of the payer's filing limit of {limit.days}."
                yield draft.segment_no, WARNING, why, "Send it today."


def _coverage(draft: Draft, known: Known) -> Said:
    insured, first = known.coverage_of(draft), draft.first_day
    if insured is None or first is None or draft.above.subscriber is None:
        return
    if all(insured.covers(day) for day in (first, draft.last_day or first)):
        return
    said = f"The payer's last answer, of {insured.answered_on:%d %b %Y}, says"
    if not insured.active and insured.last is None:
        why = f"{said} that the coverage is not active."
    else:
        ends = [f"from {insured.first:%d %b %Y}"] if insured.first else []
        ends += [f"to {insured.last:%d %b %Y}"] if insured.last else []
        why = f"{said} that coverage ran {' '.join(ends)}: the service lies outside."
    mend = "Ask again for the date of service; if the patient has another plan, bill that."
    yield draft.above.subscriber.segment_no, ERROR, why, mend


def _authorization(draft: Draft, known: Known) -> Said:
    payer_id = known.payer_of(draft)
    if payer_id is None or draft.authorization:
        return
    for line in draft.lines:
        seen = known.lines.get((payer_id, line.procedure_code or ""))
        denied = seen.denied.get("authorization", 0) if seen else 0
        if seen and denied >= AUTHORIZATION_LINES and denied * 100 >= seen.answered * AUTHORIZATION_PERCENT:
            why = f"No authorization; this payer denied {denied} of the last {seen.answered} such lines for want of it."
            yield line.segment_no, WARNING, why, denial_categories()["authorization"].first_action


def _habits(draft: Draft, known: Known) -> Said:
    payer_id = known.payer_of(draft)
    if payer_id is None:
        return
    for line in draft.lines:
        seen = known.lines.get((payer_id, line.procedure_code or ""))
        if seen is None or seen.answered < FEWEST_LINES or not seen.denied:
            continue
        category, denied = max(seen.denied.items(), key=lambda pair: (pair[1], pair[0]))
        if category != "authorization" and denied * 100 >= seen.answered * LEAST_PERCENT:
            known_as = denial_categories()[category]
            why = f"This payer denied {denied} of the last {seen.answered} such lines: {known_as.label.lower()}."
            yield line.segment_no, WARNING, why, known_as.first_action


RULES: dict[str, Rule] = {
    "identifiers": _identifiers,
    "rendering provider": _rendering,
    "dates": _dates,
    "diagnoses": _diagnoses,
    "charges": _charges,
    "duplicate": _duplicate,
    "replacement": _replacement,
    "filing limit": _filing_limit,
    "coverage": _coverage,
    "authorization": _authorization,
    "denial habit": _habits,
    "rejection habit": _rejections,
}


def repeated(drafts: list[Draft]) -> list[Finding]:
    """Claims that the file itself holds more than once."""
    count = Counter(_same(draft) for draft in drafts)
    seen: set[tuple] = set()
    found = []
    for draft in drafts:
        key = _same(draft)
        if count[key] > 1 and key in seen and draft.frequency in ("", "1"):
            why = "The file holds this account, date and charge more than once."
            at = draft.segment_no
            found.append(Finding(at, at, draft.account_number, "duplicate", ERROR, why, "Send it once."))
        seen.add(key)
    return found


def _same(draft: Draft) -> tuple:
    codes = tuple((line.procedure_code, line.service_from, line.charge) for line in draft.lines)
    return (draft.account_number.upper(), draft.frequency, draft.above.sequence, draft.charge, codes)
