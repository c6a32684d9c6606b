"""Reading X12 as a stream of segments, whatever the delimiters, in bounded memory.

The ISA states its own delimiters: the element separator is its fourth character, the component separator
stands after the sixteenth element separator, the segment terminator follows. They are found by counting
separators, not by position, because some senders pad the ISA wrongly; and they are read again at every
ISA of a file. Line breaks are noise unless they are the terminator; so are indentation, byte-order marks
and what some systems leave at the end of a file (NUL, Ctrl-Z).
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from data_access.ingest.rows import NotX12

CHUNK_BYTES = 1 << 20
#: Longer than any segment of any guide; a file that exceeds it states the wrong terminator.
MAX_SEGMENT = 1 << 20
_ISA_SEPARATORS = 16
_ISA_WIDTH = 106
_MAX_ISA = 400
_BLANK = "\ufeff\x00\x1a \t\r\n\f\v"
_LINE_BREAKS = "\r\n"
_NUL = "\x00"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What the ISA of one interchange states; `lower_case`: its tag is written isa; `width`: characters of the ISA."""

    element: str
    component: str
    terminator: str
    lower_case: bool = False
    width: int = _ISA_WIDTH


class _Buffer:
    """Decoded text not yet handed on."""

    def __init__(self, stream: BinaryIO, chunk_bytes: int) -> None:
        self.text = ""
        self._chunks = _decode(stream, chunk_bytes)

    def fill(self) -> bool:
        """Append the next chunk; False at the end of the file."""
        for chunk in self._chunks:
            if chunk:
                self.text += chunk
                return True
        return False

    def skip_blank(self) -> bool:
        """Drop what may stand before an ISA; False when nothing else is left."""
        while True:
            self.text = self.text.lstrip(_BLANK)
            if self.text or not self.fill():
                return bool(self.text)


def _decode(stream: BinaryIO, chunk_bytes: int) -> Iterator[str]:
    """Text of the stream: UTF-16 with a mark, else UTF-8, and cp1252 from the first byte that is not UTF-8."""
    data = stream.read(chunk_bytes)
    wide = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")(
        "replace" if wide else "strict"
    )
    while True:
        try:
            yield decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            pending = decoder.getstate()[0]
            decoder = codecs.getincrementaldecoder("cp1252")("replace")
            yield decoder.decode(pending + data)
        if not data:
            return
        data = stream.read(chunk_bytes)


def read_segments(stream: BinaryIO, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Delimiters | list[str]]:
    """The segments of a file in order, in lists; before each interchange its `Delimiters`.

    Segments come without terminator, line breaks and indentation; never empty. The ISA is the first
    segment after its `Delimiters`. Raises `NotX12` with what was found instead and what to do.
    """
    buffer = _Buffer(stream, chunk_bytes)
    if not buffer.skip_blank():
        raise NotX12("The file is empty. Ask the sender for it again.")
    count = 0
    while buffer.skip_blank():
        while len(buffer.text) < _MAX_ISA and buffer.fill():
            pass
        if buffer.text[:3].upper() != "ISA":
            if count == 0:
                raise NotX12(_what_instead(buffer))
            raise NotX12(
                f"After segment {count} (IEA) comes text that is no interchange: segment {count + 1} should be an ISA. "
                "Remove what follows the IEA, or ask the sender for the file again."
            )
        delimiters, isa = _read_isa(buffer, count + 1)
        yield delimiters
        yield [isa]
        count += 1
        for block in _interchange(buffer, delimiters, count):
            count += len(block)
            yield block


def _what_instead(buffer: _Buffer) -> str:
    """Why a file that does not begin with an ISA is refused."""
    text = buffer.text
    head = text[:200].lstrip().upper()
    if head.startswith("%PDF"):
        return "This is a PDF document, not X12. Ask for the remittance or claim file in X12 (835, 837)."
    if head.startswith("<"):
        return (
            "This is an HTML or XML page, not X12; often an error page saved under the file's name. Download it again."
        )
    if head.startswith("PK\x03\x04"):
        return "This is a zip archive, not X12. Name it .zip to have its files read."
    if head[:2] == "\x1f\x8b" or text[:1] == "\x1f":
        return "This is a gzip archive, not X12. Unpack it first."
    if head[:2] in ("ST", "GS") and not head[2:3].isalnum():
        return (
            f"No ISA: segment 1 is {head[:2]}. The interchange envelope (ISA .. IEA) was stripped, and with it sender, "
            "control numbers and delimiters. Ask for the file as it was sent."
        )
    position = _find_tag_anywhere(text)
    if position >= 0:
        return (
            f"Text stands before the ISA, which begins at character {position + 1}. "
            "Remove what precedes the ISA, or ask for the file as it was sent."
        )
    return (
        "This is not X12: no ISA segment. Choose an 837 or 835 file as the clearinghouse or payer delivered it. A CSV "
        "file needs a header with the names of its columns, as the templates on the Import page have them."
    )


def _find_tag_anywhere(text: str) -> int:
    """Where an ISA might begin in the first chunk: the tag, a separator, and fifteen more of it; -1 when nowhere."""
    position = text.find("ISA")
    while position >= 0:
        separator = text[position + 3 : position + 4]
        if _can_separate(separator) and text.count(separator, position, position + _MAX_ISA) >= _ISA_SEPARATORS:
            return position
        position = text.find("ISA", position + 1)
    return -1


def _read_isa(buffer: _Buffer, number: int) -> tuple[Delimiters, str]:
    """Take the ISA (segment `number`) off the buffer and read the delimiters from it."""
    text = buffer.text
    separator = text[3:4]
    if not _can_separate(separator):
        raise NotX12(
            f"Segment {number}: the ISA is not followed by an element separator. Ask the sender for the file again."
        )
    end, seen = 3, 1
    while seen < _ISA_SEPARATORS:
        end = text.find(separator, end + 1, _MAX_ISA)
        if end < 0:
            break
        seen += 1
    component = text[end + 1 : end + 2] if end >= 0 else ""
    if not component or component.isalnum() or component in (" ", separator):
        raise NotX12(
            f"Segment {number}: the ISA is cut short or malformed: it does not have 16 elements, so the file's "
            "delimiters are unknown. Ask the sender for the file again."
        )
    position = end + 2
    while text[position : position + 1] == " ":
        position += 1
    terminator = text[position : position + 1]
    if _isa16_is_empty(component, terminator, text[position:]):  # then what stands there is the terminator
        component, terminator, position = ":", component, end + 1
    if not terminator or terminator == separator:
        raise NotX12(
            f"Segment {number}: the file ends within its ISA, before the segment terminator. "
            "Ask the sender for the file again."
        )
    isa = text[:position].replace("\r", "").replace("\n", "").replace(_NUL, " ")
    buffer.text = text[position + 1 :]
    return Delimiters(separator, component, terminator, text[:3] != "ISA", len(isa) + 1), isa


def _isa16_is_empty(component: str, terminator: str, rest: str) -> bool:
    """Whether the character after the last separator ends the ISA instead of stating the component separator."""
    if component in _LINE_BREAKS or terminator.isalnum():
        return True
    next_line = rest.lstrip(_BLANK).partition("\n")[0].rstrip(_BLANK)
    return terminator in _LINE_BREAKS and next_line.endswith(component)


def _interchange(buffer: _Buffer, delimiters: Delimiters, count: int) -> Iterator[list[str]]:
    """Lists of segments after the ISA up to and with the IEA, or up to the next ISA or the end of the file."""
    terminator = delimiters.terminator
    while True:
        text = buffer.text
        next_isa = _find_tag(text, "ISA", delimiters)
        iea = _find_tag(text, "IEA", delimiters)
        if next_isa >= 0 and (iea < 0 or next_isa < iea):
            cut, done = next_isa, True
        elif iea >= 0:
            cut = text.find(terminator, iea) + 1
            done = cut > 0
            cut = cut or iea
        else:
            cut, done = text.rfind(terminator) + 1, False
        buffer.text = text[cut:]
        block = _split(text[:cut], terminator)
        if block:
            count += len(block)
            yield block
        if done:
            return
        if len(buffer.text) > MAX_SEGMENT + CHUNK_BYTES:
            raise NotX12(
                f"Segment {count + 1} is over a million characters long: the segment terminator stated in the ISA does "
                "not occur. Ask the sender for the file again."
            )
        if not buffer.fill():
            block = _split(buffer.text, terminator)
            buffer.text = ""
            if block:
                yield block
            return


def _find_tag(text: str, tag: str, delimiters: Delimiters) -> int:
    """Where a segment with this tag begins, or -1. `text` begins at the start of a segment."""
    if delimiters.lower_case:
        tag = tag.lower()
    terminator = delimiters.terminator
    position = text.find(tag)
    while position >= 0:
        if _can_separate(text[position + 3 : position + 4]):
            start = position
            while start > 0 and text[start - 1] in _BLANK:
                start -= 1
            if start == 0 or text[start - 1] == terminator or terminator in text[start:position]:
                return position
        position = text.find(tag, position + 1)
    return -1


def _can_separate(character: str) -> bool:
    return bool(character) and not character.isalnum() and character not in " \r\n"


def _split(text: str, terminator: str) -> list[str]:
    if terminator not in _LINE_BREAKS:
        if "\n" in text:
            text = text.replace("\n", "")
        if "\r" in text:
            text = text.replace("\r", "")
    if _NUL in text and terminator != _NUL:  # what some systems pad with, and no server keeps in a text
        text = text.replace(_NUL, "")
    return [segment for part in text.split(terminator) if (segment := part.strip(_BLANK))]
