"""The filter bar of every screen; its choices stand in the link."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from data_access.dates import months_before
from data_access.filters import Filters
from data_access.queries import dimensions, month_end
from data_access.queries.month_end import usual_month
from pages.parts import link, selection, store
from pages.parts.link import MONTH
from pages.parts.text import day, listed, plain

PERIODS = (
    "Last 90 days",
    "Last 30 days",
    "Month to date",
    "Last full month",
    "Last 3 full months",
    "Year to date",
    "Last 12 months",
)
OWN_DAYS = "From … to"
COMPARISONS = {"Period before": "previous", "A year earlier": "last_year"}
#: Parameters of the link -> what one names that is not there; passed over, and noted here until it is set by hand.
NAMED = {
    "asof": "day",
    "period": "period",
    "from": "first day",
    "to": "last day",
    MONTH: "month",
    "pt": "payer type",
    "payer": "payer",
    "facility": "facility",
    "department": "department",
    "provider": "provider",
}
_NOT_THERE = "filters_not_there"
ANCHORS = {"Office policy": "policy", "Service date": "service", "First bill": "billed"}


def period(name: str, as_of: date) -> tuple[date, date]:
    """First and last day of a named period, as of a day."""
    first = as_of.replace(day=1)
    before = first - timedelta(days=1)
    if name == "Last full month":
        return before.replace(day=1), before
    if name == "Last 3 full months":
        return months_before(as_of, 3), before
    starts = {
        "Last 30 days": as_of - timedelta(days=29),
        "Month to date": first,
        "Year to date": as_of.replace(month=1, day=1),
        "Last 12 months": as_of - timedelta(days=364),
    }
    return starts.get(name, as_of - timedelta(days=89)), as_of


def _follow(key: str, default: Any) -> None:
    """A choice left at its default moves on with that when newer data come; one that was made stays."""
    if st.session_state.get(key) == st.session_state.get(f"{key}_default") != default:
        st.session_state.pop(key, None)
    st.session_state[f"{key}_default"] = default


def _linked(key: str, there: Callable[[str], bool]) -> dict[str, Any]:
    """The options of a filter that stands in the link; what a link names that is not there is noted."""
    noted = st.session_state.setdefault(_NOT_THERE, set())
    if not all(there(named) for named in st.query_params.get_all(key) if named):
        noted.add(key)
    elif link.by_address():
        noted.discard(key)
    return {"key": key, "bind": "query-params", "on_change": noted.discard, "args": (key,)}


def _day_within(first: date, last: date) -> Callable[[str], bool]:
    def there(named: str) -> bool:
        try:
            return first <= selection.day(named) <= last
        except ValueError:
            return False

    return there


def _say_not_there() -> None:
    """What the link names that is not in the data; not as it is named there, which may be anything."""
    names = [f"a {name}" for key, name in NAMED.items() if key in st.session_state[_NOT_THERE]]
    if names:
        are, them = ("is", "it") if len(names) == 1 else ("are", "them")
        said = f"This link names {listed(names)} that {are} not in these data: shown is without {them}."
        st.warning(said, icon=":material/filter_alt_off:")


def draw(newest: date, oldest: date) -> Filters:
    """Draw the bar and return what is chosen."""
    _follow("asof", newest)
    with _bar():
        last = max(newest, date.today())
        as_of = st.date_input(
            "As of",
            value=newest,
            min_value=oldest,
            max_value=last,
            **_linked("asof", _day_within(oldest, last)),
            width=127,
            help="The day described; what happened later is left out. Starts at the newest posting date.",
        )
        chosen_day = as_of if isinstance(as_of, date) else newest
        periods = (*PERIODS, OWN_DAYS)
        name = st.selectbox("Period", periods, **_linked("period", periods.__contains__), width=127)
        date_from, date_to = _own_days(chosen_day) if name == OWN_DAYS else period(name, chosen_day)
        compare = st.selectbox("Compare with", list(COMPARISONS), key="cmp", bind="query-params", width=127)
        chosen = _choices()
    _say_not_there()
    _say(chosen)
    filters = _filters(chosen, chosen_day, date_from, date_to, COMPARISONS[compare])
    _say_where_data_begin(filters, oldest)
    return filters


def of_list() -> Filters:
    """The filters of the list that the account on the screen was opened from, as its link names them.

    Where it names none, or a month, those of this session, else the usual ones.
    """
    named, found = link.of_list(), store.freshness()
    newest = found.newest or date.today()
    if named and MONTH not in named:
        return of_link(named, newest, found.oldest or newest)
    return st.session_state.get("filters") or Filters.of_ninety_days(newest)


def of_link(named: Mapping[str, Sequence[str]], newest: date, oldest: date) -> Filters:
    """What `draw` returns on a screen whose link has these parameters."""

    def one(key: str, usual: str, there: Callable[[str], bool]) -> str:
        asked = next(iter(named.get(key, ())), usual)
        return asked if there(asked) else usual

    def several(key: str, options: Collection[str]) -> list[str]:
        return [name for name in named.get(key, ()) if name in options]

    def own_day(label: str) -> date | None:
        asked = one(label.lower(), "", _day_within(*selection.DAYS))
        return selection.day(asked) if asked else None

    known = store.read(dimensions.options)
    as_of = selection.day(one("asof", newest.isoformat(), _day_within(oldest, max(newest, date.today()))))
    name = one("period", PERIODS[0], (*PERIODS, OWN_DAYS).__contains__)
    span = _between(own_day("From"), own_day("To"), as_of) if name == OWN_DAYS else period(name, as_of)
    chosen = _Choices(
        known,
        one("age", next(iter(ANCHORS)), ANCHORS.__contains__),
        several("pt", known.payer_types),
        several("payer", _names(known.payers)),
        several("facility", _names(known.facilities)),
        several("department", known.departments),
        several("provider", _names(known.providers)),
    )
    compare = one("cmp", next(iter(COMPARISONS)), COMPARISONS.__contains__)
    return _filters(chosen, as_of, *span, COMPARISONS[compare])


def draw_month(newest: date, oldest: date) -> Filters:
    """Draw the bar of a screen that describes a month, and return what is chosen: that month as of its last day."""
    usual = f"{usual_month(oldest, newest):%B %Y}"
    months = {f"{month:%B %Y}": month for month in month_end.months(oldest, newest)}
    _follow(MONTH, usual)
    with _bar():
        name = st.selectbox(
            "Month",
            list(months),
            index=list(months).index(usual),
            **_linked(MONTH, months.__contains__),
            width=160,
            help="Described as of its last day and compared with the month before. Starts at the last month that the "
            "data cover to its end.",
        )
        chosen = _choices()
    _say_not_there()
    _say(chosen)
    month = months.get(name, usual_month(oldest, newest))
    filters = month_end.of_month(_filters(chosen, newest, month, newest), month, newest)
    if filters.in_midst_of_month:
        st.caption(
            f":material/info: The data end on {day(filters.as_of)}: {name} is not over, and is compared with the same "
            "days of the month before."
        )
    _say_where_data_begin(filters, oldest)
    return filters


def link_to_month(filters: Filters) -> dict[str, str]:
    """The parameters by which the other screens describe the month that a screen with `draw_month` does."""
    return {"asof": filters.as_of.isoformat(), "period": "Month to date", "cmp": "Period before"}


def _bar() -> Any:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filter_bar")


@dataclass(frozen=True)
class _Choices:
    """From when balances age, and for each dimension the names chosen."""

    known: dimensions.FilterOptions
    anchor: str
    payer_types: list[str]
    payers: list[str]
    facilities: list[str]
    departments: list[str]
    providers: list[str]


def _choices() -> _Choices:
    known = store.read(dimensions.options)
    anchor = st.selectbox(
        "Ages count from",
        list(ANCHORS),
        key="age",
        bind="query-params",
        width=127,
        help="Office policy: insurance from the first submission, never reset by a corrected claim; patients "
        "from the first statement; unbilled charges from the service date.",
    )
    return _Choices(
        known,
        anchor,
        _several("Payer type", known.payer_types, "pt"),
        _several("Payer", _names(known.payers), "payer"),
        _several("Facility", _names(known.facilities), "facility"),
        _several("Department", known.departments, "department"),
        _several("Provider", _names(known.providers), "provider"),
    )


def _say(chosen: _Choices) -> None:
    by_label = {
        "Payer type": chosen.payer_types,
        "Payer": chosen.payers,
        "Facility": chosen.facilities,
        "Department": chosen.departments,
        "Provider": chosen.providers,
    }
    if any(by_label.values()):
        narrowed = " · ".join(f"{label}: {', '.join(names)}" for label, names in by_label.items() if names)
        st.caption(f":material/filter_alt: {plain(narrowed)}")


def _filters(chosen: _Choices, as_of: date, date_from: date, date_to: date, compare: str = "previous") -> Filters:
    return Filters(
        as_of=as_of,
        date_from=date_from,
        date_to=date_to,
        compare=compare,
        anchor=ANCHORS[chosen.anchor],
        facility_ids=_ids(chosen.known.facilities, chosen.facilities),
        departments=tuple(chosen.departments),
        payer_types=tuple(chosen.payer_types),
        payer_ids=_ids(chosen.known.payers, chosen.payers),
        provider_ids=_ids(chosen.known.providers, chosen.providers),
    )


def _say_where_data_begin(filters: Filters, oldest: date) -> None:
    then = filters.comparison()
    if then.date_from < oldest:
        st.caption(
            f":material/info: The data begin on {day(oldest)}, after the first day compared with "
            f"({day(then.date_from)}): changes are no changes of the office."
        )


def _own_days(as_of: date) -> tuple[date, date]:
    """First and last day as chosen, in either order; none after the day described, of which all else is told."""
    any_day = {"min_value": selection.DAYS[0], "max_value": selection.DAYS[1], "width": 155}
    first, last = (
        st.date_input(label, None, **_linked(label.lower(), _day_within(*selection.DAYS)), **any_day, help=text)
        for label, text in (
            ("From", "First day of the period. Empty: 90 days to its last day."),
            ("To", "Last day of the period. Empty, or after the day described: that day."),
        )
    )
    return _between(*(one if isinstance(one, date) else None for one in (first, last)), as_of)


def _between(first: date | None, last: date | None, as_of: date) -> tuple[date, date]:
    last = min(last or as_of, as_of)
    first = min(first or last - timedelta(days=89), as_of)
    return min(first, last), max(first, last)


def _several(label: str, options: tuple[str, ...], key: str) -> list[str]:
    chosen = key in st.query_params or bool(st.session_state.get(key))
    width = 262 if chosen else 127  # room for the names of what is chosen
    return st.multiselect(label, options, **_linked(key, options.__contains__), placeholder="All", width=width)


def _names(labels: dict[int, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels.values()))


def _ids(labels: dict[int, str], names: list[str]) -> tuple[int, ...]:
    return tuple(key for key, label in labels.items() if label in names)
