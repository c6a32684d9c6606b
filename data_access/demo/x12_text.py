"""The parts every X12 file of the synthetic practice shares: amounts, days, envelope."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

SENDER, RECEIVER = "SYNTHETIC", "DEMOCLEARING"


def money(cents: int) -> str:
    """Cents as X12 writes amounts: no trailing zeros."""
    if cents < 0:
        return "-" + money(-cents)
    whole, rest = divmod(cents, 100)
    if not rest:
        return str(whole)
    return f"{whole}.{rest:02d}".rstrip("0")


@lru_cache(4096)
def ccyymmdd(day: int) -> str:
    """A day as CCYYMMDD."""
    return date.fromordinal(day).strftime("%Y%m%d")


@lru_cache(4096)
def month_of(day: int) -> str:
    """A day's month as CCYY-MM."""
    return date.fromordinal(day).strftime("%Y-%m")


def quarter_of(day: int) -> str:
    """A day's quarter as CCYY-Qn."""
    month = month_of(day)
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


#: Writes the body of one transaction, between ST and SE.
Body = Callable[[], list[str]]


def interchange(
    kind: str, version: str, transaction: str, control: int, day: int, bodies: list[Body], answer: bool = False
) -> str:
    """A whole file: ISA, one group, one ST..SE for each body, with right counts; one segment a line.

    Args:
        kind: GS01, such as HC. version: GS08. transaction: ST01. control: ISA13 and GS06. day: of the envelope.
        answer: it comes from whom the claims were sent to.
    """
    stamp = ccyymmdd(day)
    # ST03 repeats the guide in all but remittances.
    guide = "" if transaction == "835" else f"*{version}"
    sender, receiver = (RECEIVER, SENDER) if answer else (SENDER, RECEIVER)
    lines = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:<15}*ZZ*{receiver:<15}*{stamp[2:]}*0800*^*00501*{control:09d}*0*P*:",
        f"GS*{kind}*{sender}*{receiver}*{stamp}*0800*{control}*X*{version}",
    ]
    for number, body in enumerate(bodies, 1):
        segments = body()
        lines.append(f"ST*{transaction}*{number:04d}{guide}")
        lines += segments
        lines.append(f"SE*{len(segments) + 2}*{number:04d}")
    lines += [f"GE*{len(bodies)}*{control}", f"IEA*1*{control:09d}", ""]
    return "~\n".join(lines)
