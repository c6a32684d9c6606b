"""What a process of this program does once, when it has imported what it needs."""

import gc
from functools import cache

#: New objects after which to look for garbage; Python's own 700 are made by the building of a single query.
_NEW_OBJECTS = 10_000


@cache
def keep_imports() -> None:
    """What was imported stays: the garbage collector need not go through it, which takes 0.1 s each time.

    Only the first call does anything: later ones would keep garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
