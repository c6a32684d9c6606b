"""Statements that are built once for the same arguments.

To build a statement of SQLAlchemy's elements, and the key by which what was compiled of it is found, takes 1 to 3 ms,
which is as long as a database takes to answer many, and a screen sends ten to thirty. The key is kept with the object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
#: Of each function the last so many, some 30 KB each: the filters that an office looks through at one time.
KEPT = 32


class _Chosen(Mapping[Any, Any]):
    """What was chosen on a chart, as a key: the same choice is the same key."""

    def __init__(self, given: Mapping[Any, Any]) -> None:
        self._given = dict(given)

    def __getitem__(self, name: Any) -> Any:
        return self._given[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __hash__(self) -> int:
        return hash(frozenset(self._given.items()))


def built_once(build: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function builds, which must follow from its arguments alone and be changed by nobody.

    Arguments are hashable, or a mapping of hashable values: filters, days, a choice, tables. They hold no patient data,
    as what is kept outlives the one who asked: what is built of an argument that says it is `unlike_others`, as a table
    of what somebody typed, is not kept.

    Raises:
        TypeError: when called, for an argument that cannot be a key.
    """
    kept = lru_cache(maxsize=KEPT)(build)

    @wraps(build)
    def found(*arguments: P.args, **named: P.kwargs) -> T:
        if any(getattr(argument, "unlike_others", False) for argument in (*arguments, *named.values())):
            return build(*arguments, **named)
        return kept(*map(_key, arguments), **{name: _key(value) for name, value in named.items()})

    return cast(Callable[P, T], found)


def _key(argument: Any) -> Any:
    return _Chosen(argument) if isinstance(argument, Mapping) else argument
