"""Files that are read whole, CSV and BAI2: X12 alone is read in pieces."""

from typing import BinaryIO

from data_access.ingest.rows import Refused

#: What is held in memory at once; a zip may unpack to far more.
MAX_BYTES = 500_000_000


def read_whole(stream: BinaryIO, kind: str) -> bytes:
    """What the file holds.

    Raises:
        Refused: it is too large, or no text.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(
            f"The file is larger than {MAX_BYTES // 1_000_000} MB, the most for this kind. Export a shorter time at "
            "once, or split it, each part with its header.",
            kind,
        )
    place = data.find(b"\0")
    if place >= 0:  # no server keeps it in a text
        row = data.count(b"\n", 0, place) + 1
        raise Refused(
            f"Nothing was loaded. Row {row} holds a NUL character, so the file is damaged or no plain text. "
            "Export it again as plain text.",
            kind,
        )
    return data
