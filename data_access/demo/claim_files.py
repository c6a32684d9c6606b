"""Claims gathered into the files in which they are sent: professional ones a month, institutional ones a quarter."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from data_access.demo.events import Events, Sent
from data_access.demo.x12_claims import INSTITUTIONAL, PROFESSIONAL, batch
from data_access.demo.x12_text import Body, interchange, month_of, quarter_of


@dataclass(slots=True)
class ClaimFile:
    """An 837 file: a transaction for each day. `control` is its group's number, `refused`: as a whole (999)."""

    period: str
    control: int
    refused: bool = False
    days: dict[int, list[Sent]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return INSTITUTIONAL if self.period.endswith("I") else PROFESSIONAL

    @property
    def last_day(self) -> int:
        return max(self.days)

    def reference(self, day: int) -> str:
        """The batch number (BHT03) of a day's claims."""
        return f"SYN{self.control:06d}{day}"

    def bodies(self) -> Iterator[Body]:
        """What stands between ST and SE of each transaction."""
        for day, group in self.days.items():
            yield partial(batch, group, self.reference(day), day)

    def text(self) -> str:
        """The whole file."""
        return interchange("HC", self.version, "837", self.control, self.last_day, list(self.bodies()))


def claim_files(events: Events, control: int) -> list[ClaimFile]:
    """The claim files of one part, their control numbers counted from `control` on; a refused one is last."""
    files: dict[str, ClaimFile] = {}
    # Stable sorts keep each account's events in the order in which they happened.
    for sent in sorted(events.sent, key=_order):
        period = _period(sent)
        files.setdefault(period, ClaimFile(period, 0)).days.setdefault(sent.day, []).append(sent)
    made = [file for _, file in sorted(files.items())]
    if events.refused:
        day = events.refused[0].day
        held = ClaimFile(f"{month_of(day)}-I", 0, refused=True, days={day: sorted(events.refused, key=_order)})
        made.append(held)
    for number, file in enumerate(made, control):
        file.control = number
    return made


def _order(sent: Sent) -> tuple[int, str]:
    return sent.day, sent.account.number


def _period(sent: Sent) -> str:
    if sent.account.provider.clinic.institutional:
        return f"{quarter_of(sent.day)}-I"
    return f"{month_of(sent.day)}-P"
