"""Claim status codes (277, 277CA) in our own words; a code that is not in our tables is shown by its number."""

from functools import lru_cache

from data_access.reference import labels, table


@lru_cache(1)
def _mends() -> dict[str, str]:
    return {row["code"]: row["mend"] for row in table("status_codes")}


def short(reason: str) -> str:
    """What is said, by "category:status:entity" as in "A7:562:85"; of a refused file what its answer says."""
    category, status, entity = (reason.split(":") + ["", "", ""])[:3]
    if not category:
        return f"File refused ({status})" if status else "No word yet"
    if not status:
        return labels("status_categories").get(category, f"Category {category}")
    said = labels("status_codes").get(status, f"Status {status}")
    about = labels("status_entities").get(entity, f"entity {entity}" if entity else "").lower()
    return f"{said}, {about}" if about else said


def mend(reason: str) -> str:
    """What to do about it; empty where our table does not say."""
    category, status, _ = (reason.split(":") + ["", "", ""])[:3]
    return _mends().get(status, "") if category else "Mend the file and send it again"


def in_words(reason: str) -> str:
    """What is said, what to do about it, and the codes."""
    codes = reason.strip(":")
    parts = [short(reason), mend(reason)]
    said = ". ".join(part for part in parts if part)
    return f"{said} ({codes})" if reason[:1] != ":" else said
