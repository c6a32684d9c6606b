"""The synthetic practice as files: claims, remittances, what answers them, coverage, and CSV files."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from data_access.demo import csv_contracts, csv_deposits, csv_files, x12_acknowledgments, x12_eligibility, x12_status
from data_access.demo.by_hand import RECEIVED_AFTER, oddities, postings
from data_access.demo.claim_files import ClaimFile, claim_files
from data_access.demo.deposits import Takings, deposits, gather, patient_deposits
from data_access.demo.events import Events
from data_access.demo.generate import Part, first_day, generate, parts
from data_access.demo.remits import Remit, remits
from data_access.demo.x12_remits import VERSION, advice
from data_access.demo.x12_text import Body, interchange, month_of, quarter_of

Item = TypeVar("Item")
Files = Iterator[tuple[str, str]]

#: Inquiries are kept since so many days: before, the office kept the answers alone.
_INQUIRIES_KEPT = 180


def files(claims: int, seed: int, until: date) -> Files:
    """Every file as (name, text), part after part; payers, departments and contracts first.

    At up to 25,000 claims there are about 140 files; larger practices have as many for each further part.
    """
    yield from common_files(until)
    takings: Takings = {}
    planned = parts(claims)
    for part in planned:
        yield from part_files(part, generate(part, seed, until), takings, part is planned[-1])


def common_files(until: date) -> Files:
    """The files that do not depend on the practice's size: payers, departments, contracts and their fees."""
    first = first_day(until)
    yield "payers.csv", csv_files.payers(first)
    yield "departments.csv", csv_files.departments()
    yield "fee_schedules.csv", csv_contracts.fee_schedules(first)
    yield "contracts.csv", csv_contracts.contracts(first)
    yield "prompt_pay.csv", csv_contracts.prompt_pay(first)


def part_files(part: Part, events: Events, takings: Takings, last: bool) -> Files:
    """The files of one part: claims, remittances, what else was received, then transactions.

    Args:
        takings: what patients paid in the parts before; this part's payments are added.
        last: with the patients' money of all parts, which the bank has in sums by day.
    """
    suffix = f"-part{part.number:03d}" if part.number else ""
    control = count(part.number * 1000 + 1)
    sent = claim_files(events, part.number * 1000 + 1)
    for file in sent:
        yield f"837-{file.period}{'-refused' if file.refused else ''}{suffix}.x12", file.text()
        next(control)
    remitted = remits(events)
    for month, group in _group([each for each in remitted if not each.on_paper], lambda remit: month_of(remit.day)):
        yield f"835-{month}{suffix}.x12", _remit_file(group, next(control), part.number, group[-1].day)
    if late := oddities(remitted, part.number).received:
        day = late.day + RECEIVED_AFTER
        yield f"835-{month_of(late.day)}-received-later.x12", _remit_file([late], next(control), part.number, day)
    yield from received_files(part, events, sent, remitted, control)
    gather(events.entries, takings)
    if last:
        yield "deposits-patients.csv", csv_deposits.bank_lines(patient_deposits(takings, events.until), "SYNCASH")
    yield f"transactions{suffix}.csv", csv_files.transactions([*events.entries, *postings(remitted, part.number)])


def received_files(
    part: Part, events: Events, sent: list[ClaimFile], remitted: list[Remit], control: Iterator[int]
) -> Files:
    """What answers claims, inquiries and remittances: 999, 277CA, 270, 271, 276, 277, and the bank's lines."""
    suffix = f"-part{part.number:03d}" if part.number else ""
    for file in sent:
        if file.last_day < events.until:
            name = f"999-{file.period}{'-refused' if file.refused else ''}{suffix}.x12"
            bodies: list[Body] = [partial(x12_acknowledgments.of_file, file)]
            yield (
                name,
                interchange("FA", x12_acknowledgments.FILE_VERSION, "999", next(control), file.last_day + 1, bodies),
            )
    advices = [each for file in sent for each in x12_acknowledgments.of_claims(file, events.until)]
    for source, by_payer in (("clearinghouse", False), ("payers", True)):
        mine = sorted((each for each in advices if each[1] == by_payer), key=lambda each: each[0])
        for quarter, group in _group(mine, lambda each: quarter_of(each[0])):
            bodies = [body for _, _, body in group]
            version, day = x12_acknowledgments.CLAIM_VERSION, group[-1][0]
            text = interchange("HN", version, "277", next(control), day, bodies, answer=True)
            yield f"277CA-{quarter}-{source}{suffix}.x12", text
    yield from _coverage_files(events, suffix, control)
    yield from _status_files(events, suffix, control)
    yield (
        f"deposits{suffix}.csv",
        csv_deposits.bank_lines(deposits(remitted, events, part.number), f"SYNBANK{part.number:03d}"),
    )


def _coverage_files(events: Events, suffix: str, control: Iterator[int]) -> Files:
    checks = sorted(events.checks, key=lambda check: (check.day, check.trace))
    kept = [check for check in checks if check.day > events.until - _INQUIRIES_KEPT]
    kinds = (("270", "HS", kept, x12_eligibility.inquiries), ("271", "HB", checks, x12_eligibility.answers))
    for kind, group_code, group_of_kind, bodies in kinds:
        for quarter, group in _group(group_of_kind, lambda check: quarter_of(check.day)):
            envelope = (group_code, x12_eligibility.VERSION, kind, next(control), group[-1].day)
            text = interchange(*envelope, bodies(group), answer=kind == "271")
            yield f"{kind}-{quarter}{suffix}.x12", text


def _status_files(events: Events, suffix: str, control: Iterator[int]) -> Files:
    answered = sorted(
        (each for each in events.questions if each.answered), key=lambda each: (each.answered, each.trace)
    )
    envelope = x12_status.VERSION
    for quarter, group in _group(events.questions, lambda question: quarter_of(question.day)):
        text = interchange("HR", envelope, "276", next(control), group[-1].day, x12_status.requests(group))
        yield f"276-{quarter}{suffix}.x12", text
    for quarter, group in _group(answered, lambda question: quarter_of(question.answered)):
        day, bodies = group[-1].answered, x12_status.answers(group)
        yield f"277-{quarter}{suffix}.x12", interchange("HN", envelope, "277", next(control), day, bodies, answer=True)


def write_files(folder: Path, claims: int, seed: int, until: date) -> Iterator[Path]:
    """Write the files into a folder, which is made if need be; yield each path once written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(claims, seed, until):
        path = folder / name
        path.write_bytes(text.encode("ascii"))
        yield path


def _group(items: list[Item], key: Callable[[Item], str]) -> list[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return sorted(groups.items())


def _remit_file(group: list[Remit], control: int, part: int, day: int) -> str:
    bodies: list[Body] = [partial(advice, remit, part) for remit in group]
    return interchange("HP", VERSION, "835", control, day, bodies)
