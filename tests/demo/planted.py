"""The practice in which the stories are looked for, and how screens name and date them."""

from datetime import date, timedelta

from data_access.demo.practice import CLINICS, PAYER_BY_ID
from data_access.demo.stories import Story
from data_access.filters import Filters

UNTIL, CLAIMS = date(2026, 11, 20), 6_000


def during(story: Story) -> Filters:
    """The time of a story, as a period."""
    first = max(story.first, 30)
    return Filters(UNTIL, UNTIL - timedelta(days=first), UNTIL - timedelta(days=story.last))


def name_of(story: Story) -> str:
    """The payer or clinic it is about, as screens name it."""
    if story.payer:
        return PAYER_BY_ID[story.payer].name
    return next(clinic.name for clinic in CLINICS if clinic.npi == story.clinic)
