"""Files that are read whole, CSV and BAI2: X12 alone is read in pieces."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import BinaryIO

from data_access.ingest.rows import Refused

#: What is held in memory at once; a zip may unpack to far more.
MAX_BYTES = 500_000_000


def read_whole(stream: BinaryIO, kind: str) -> bytes:
    """What the file holds, in UTF-8 where it was UTF-16.

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
    data = without_utf16(data)
    place = data.find(b"\0")
    if place >= 0:  # no server keeps it in a text
        row = data.count(b"\n", 0, place) + 1
        raise Refused(
            f"Nothing was loaded. Row {row} holds a NUL character, so the file is damaged or no plain text. "
            "Export it again as plain text.",
            kind,
        )
    return data


def without_utf16(data: bytes) -> bytes:
    """The same text in UTF-8 when it begins as UTF-16 does, as Excel's "Unicode text"; else the bytes themselves.

    What is no UTF-16 after all, or cut off, comes out as replacement characters.
    """
    if not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data
    return data.decode("utf-16", errors="replace").encode()
