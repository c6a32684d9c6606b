"""The synthetic practice as files: a claim file and a remittance file a month, and the billing system's CSV files."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from data_access.demo import csv_files
from data_access.demo.events import Events, Sent
from data_access.demo.generate import Part, first_day, generate, parts
from data_access.demo.remits import Remit, remits
from data_access.demo.x12_claims import INSTITUTIONAL, PROFESSIONAL, batch
from data_access.demo.x12_remits import VERSION, advice
from data_access.demo.x12_text import Body, interchange, month_of

Item = TypeVar("Item")


def files(claims: int, seed: int, until: date) -> Iterator[tuple[str, str]]:
    """Every file as (name, text), part after part; payers and departments first.

    At up to 25,000 claims there are about 60 files; larger practices have as many for each further part.
    """
    yield from common_files(until)
    for part in parts(claims):
        yield from part_files(part, generate(part, seed, until))


def common_files(until: date) -> Iterator[tuple[str, str]]:
    """The files that do not depend on the practice's size: payers and departments."""
    yield "payers.csv", csv_files.payers(first_day(until))
    yield "departments.csv", csv_files.departments()


def part_files(part: Part, events: Events) -> Iterator[tuple[str, str]]:
    """The files of one part, in order of time: claims, remittances, then transactions."""
    suffix = f"-part{part.number:03d}" if part.number else ""
    # Stable sorts keep each account's events in the order in which they happened.
    sent = sorted(events.sent, key=_sent_order)
    control = part.number * 1000
    for period, claims in _group(sent, _claim_period):
        control += 1
        institutional = period.endswith("I")
        yield f"837-{period}{suffix}.x12", _claim_file(claims, control, institutional)
    for month, group in _group(remits(events), lambda remit: month_of(remit.day)):
        control += 1
        yield f"835-{month}{suffix}.x12", _remit_file(group, control, part.number)
    yield f"transactions{suffix}.csv", csv_files.transactions(events.entries)


def write_files(folder: Path, claims: int, seed: int, until: date) -> Iterator[Path]:
    """Write the files into a folder, which is made if need be; yield each path once written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(claims, seed, until):
        path = folder / name
        path.write_bytes(text.encode("ascii"))
        yield path


def _sent_order(sent: Sent) -> tuple[int, str]:
    return sent.day, sent.account.number


def _claim_period(sent: Sent) -> str:
    """Professional claims by month; the few institutional ones by quarter."""
    month = month_of(sent.day)
    if sent.account.provider.clinic.institutional:
        return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}-I"
    return f"{month}-P"


def _group(items: list[Item], key: Callable[[Item], str]) -> list[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return sorted(groups.items())


def _claim_file(claims: list[Sent], control: int, institutional: bool) -> str:
    days: dict[int, list[Sent]] = {}
    for sent in claims:
        days.setdefault(sent.day, []).append(sent)
    bodies: list[Body] = [partial(batch, group, f"SYN{control:06d}{day}", day) for day, group in days.items()]
    version = INSTITUTIONAL if institutional else PROFESSIONAL
    return interchange("HC", version, "837", control, max(days), bodies)


def _remit_file(group: list[Remit], control: int, part: int) -> str:
    bodies: list[Body] = [partial(advice, remit, part) for remit in group]
    return interchange("HP", VERSION, "835", control, group[-1].day, bodies)
