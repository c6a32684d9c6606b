"""What the office has set: its letterhead, when statements go out, and what payment plans it offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from data_access.amounts import AS_WRITTEN, number
from data_access.engine import Source, write
from data_access.frames import read_rows
from data_access.schema import setting

_PREFIX = "office_"


class BadSetting(ValueError):
    """A setting makes no sense; the message says which and what is wanted."""


@dataclass(frozen=True)
class Office:
    """The office's settings; amounts in dollars, times in days or months."""

    name: str = ""
    street: str = ""
    place: str = ""
    phone: str = ""
    pay_online: str = ""
    assistance: str = ""
    cycle_days: tuple[int, ...] = (30, 60, 90, 120)
    smallest_statement: Decimal = Decimal("5.00")
    smallest_instalment: Decimal = Decimal("25.00")
    longest_months: int = 24
    prompt_pay_percent: Decimal = Decimal("0.00")
    prompt_pay_days: int = 20
    nonprofit: bool = False

    @property
    def is_named(self) -> bool:
        """Whether a letterhead can be printed."""
        return bool(self.name and self.street and self.place)


_DEFAULT = Office()
_SET = select(setting.c.name, setting.c.value).where(setting.c.name.startswith(_PREFIX))


def office(engine: Source) -> Office:
    """The settings, each as it was set or as it comes."""
    told = {name.removeprefix(_PREFIX): value for name, value in read_rows(engine, _SET)}
    known = {field.name for field in fields(Office)}
    return replace(_DEFAULT, **{name: _read(name, value) for name, value in told.items() if name in known})


def set_office(engine: Engine, wanted: Office) -> None:
    """Keep the settings.

    Raises:
        BadSetting: one of them makes no sense; nothing was changed.
    """
    _check(wanted)
    rows = [{"name": _PREFIX + name, "value": _write(value)} for name, value in asdict(wanted).items()]
    with write(engine) as connection:
        connection.execute(delete(setting).where(setting.c.name.in_([row["name"] for row in rows])))
        connection.execute(insert(setting), rows)


def days_from(text: str) -> tuple[int, ...]:
    """A list of days written as 30, 60, 90.

    Raises:
        BadSetting: it is no such list.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise BadSetting("Write the days as whole numbers with commas between: 30, 60, 90, 120.")
    return tuple(int(part) for part in parts)


def amount_from(text: str, what: str) -> Decimal:
    """An amount as people write it.

    Raises:
        BadSetting: it is no amount; the message names `what`.
    """
    amount = number(text.replace("$", "").strip())
    if amount is None or abs(amount) >= Decimal(10) ** 12 or amount != round(amount, 2):
        raise BadSetting(f"{what}: write the amount as {AS_WRITTEN}.")
    return round(amount, 2)


def _check(wanted: Office) -> None:
    days = wanted.cycle_days
    if not days or any(day < 1 or day > 3650 for day in days) or list(days) != sorted(set(days)):
        raise BadSetting("The statement days must rise, each from 1 to 3,650: 30, 60, 90, 120.")
    if wanted.smallest_statement <= 0 or wanted.smallest_instalment <= 0:
        raise BadSetting("The smallest statement and the smallest instalment must be above zero.")
    if not 2 <= wanted.longest_months <= 120:
        raise BadSetting("The longest plan must be from 2 to 120 months.")
    if not 0 <= wanted.prompt_pay_percent < 100:
        raise BadSetting("The discount for paying at once must be from 0 to below 100 percent.")
    if not 1 <= wanted.prompt_pay_days <= 365:
        raise BadSetting("The days for paying at once must be from 1 to 365.")


def _read(name: str, value: str) -> Any:
    default = getattr(_DEFAULT, name)
    if isinstance(default, bool):
        return value == "yes"
    if isinstance(default, int):
        return int(value)
    if isinstance(default, Decimal):
        return Decimal(value)
    return tuple(int(day) for day in value.split(",")) if isinstance(default, tuple) else value


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(str(day) for day in value)
    return " ".join(str(value).split())
