"""Which mapping reads which kind of X12 transaction; a kind that is not here is recognised and named only."""

from __future__ import annotations

from collections.abc import Callable

from data_access.ingest.transaction import Context, Mapping
from data_access.ingest.x270 import Inquiries
from data_access.ingest.x271 import Answers
from data_access.ingest.x277 import ClaimAnswers, StatusRequests
from data_access.ingest.x835 import Remittance
from data_access.ingest.x837 import Claims
from data_access.ingest.x999 import FileAnswers

MAPPINGS: dict[str, Callable[[Context], Mapping]] = {
    "270": Inquiries,
    "271": Answers,
    "835": Remittance,
    "837": Claims,
    "837P": Claims,
    "837I": Claims,
    "837D": Claims,
    "999": FileAnswers,
    "997": FileAnswers,
    "277CA": ClaimAnswers,
    "277": ClaimAnswers,
    "276": StatusRequests,
}
