"""Reading a file of X12: interchanges (ISA), groups (GS) and transactions (ST..SE), and what is in them.

`read_x12` streams: it hands over rows while it reads, in bounded memory. It refuses a whole file that is not
X12 or that was cut off; it refuses a transaction by itself that cannot be trusted; counts and control numbers
of the envelope that disagree are warnings.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import BinaryIO

from data_access.ingest.kinds import kind_of, not_loaded
from data_access.ingest.mappings import MAPPINGS
from data_access.ingest.parties import Parties
from data_access.ingest.reader import CHUNK_BYTES, Delimiters, read_segments
from data_access.ingest.rows import CutOff, Event, FileEnd, RowBatch, SourceLines, TransactionEnd
from data_access.ingest.transaction import BATCH_ROWS, Context, Handler, Mapping, Output, Problems, Refused
from data_access.ingest.values import ZERO, BadValue, day
from data_access.ingest.x999 import InterchangeAnswer

#: Segments looked at before rows are handed over; also lines of a `SourceLines`.
_SLICE = 4096
#: Elements may be missing at the end of a segment; handlers see blanks instead.
_PADDING = [""] * 26
_ISA_WIDTH = 106


def read_x12(stream: BinaryIO, load_id: int, salt: bytes, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Event]:
    """The events of one file (see `data_access.ingest.rows`), `FileEnd` last.

    Raises `NotX12` or `CutOff` when the file is to be refused whole; rows handed over before are then void.
    """
    file = _File(load_id, salt)
    for item in read_segments(stream, chunk_bytes):
        if isinstance(item, Delimiters):
            file.delimiters = item
            continue
        for start in range(0, len(item), _SLICE):
            file.read(item[start : start + _SLICE])
            yield from file.hand_over()
    yield from file.end()


class _Transaction:
    """The ST..SE being read."""

    def __init__(self, number: int, segment_no: int, elements: list[str], kind: str, version: str | None) -> None:
        self.number = number
        self.first_segment = segment_no
        self.control_number = elements[2].strip()
        self.kind = kind
        self.version = version
        self.problems = Problems(number)
        self.mapping: Mapping | None = None
        self.refused: str | None = None
        self.body = sha256()


class _File:
    """Where we are in the file, and what is ready to be handed over."""

    def __init__(self, load_id: int, salt: bytes) -> None:
        self.delimiters = Delimiters("*", ":", "~")
        self._load_id = load_id
        self._salt = salt
        self._count = 0
        self._output = Output()
        self._parties = Parties(load_id, salt)
        self._problems = Problems()
        self._ended: list[TransactionEnd] = []
        self._lines: list[str] = []
        self._slice: list[str] = []
        self._slice_first = 1
        self._body_from = 0
        self._kinds: dict[str, None] = {}
        self._transactions = 0
        self._stray: tuple[int, int] | None = None
        self._isa: list[str] = []
        self._groups = 0
        self._gs: list[str] = []
        self._group_transactions = 0
        self._open: _Transaction | None = None
        self._envelope: dict[str, Handler] = {
            "ISA": self._isa_segment,
            "GS": self._gs_segment,
            "ST": self._st_segment,
            "SE": self._se_segment,
            "GE": self._ge_segment,
            "IEA": self._iea_segment,
            "TA1": self._ta1_segment,
        }
        self._handlers = self._envelope

    # --- segments in, events out ---

    def read(self, lines: list[str]) -> None:
        """Read the next segments."""
        separator, lower_case = self.delimiters.element, self.delimiters.lower_case
        self._slice, self._slice_first = lines, self._count + 1
        for segment_no, line in enumerate(lines, self._count + 1):
            elements = (line.upper() if lower_case else line).split(separator)
            handler = self._handlers.get(elements[0])
            if handler is None:
                if self._open is None:
                    self._stray = (self._stray[0], self._stray[1] + 1) if self._stray else (segment_no, 1)
                continue
            elements += _PADDING
            self._count = segment_no
            try:
                handler(elements, segment_no)
            except Refused as refused:
                self._refuse(refused.code, str(refused))
            except BadValue as bad:
                position = next((i for i, text in enumerate(elements) if text == bad.text), 0)
                self._refuse("BAD_AMOUNT", f"{elements[0]}{position:02} {bad}")
        self._count = self._slice_first + len(lines) - 1
        if self._open is not None:
            self._hash_body(self._count)
        self._lines += lines

    def hand_over(self, last: bool = False) -> Iterator[Event]:
        """What is ready: rows first, then the ends of their transactions."""
        if len(self._lines) >= _SLICE or (last and self._lines):
            yield SourceLines(self._count - len(self._lines) + 1, self._lines)
            self._lines = []
        if self._ended or last or self._output.size() >= BATCH_ROWS:
            if self._output.size() or self._parties.size():
                yield RowBatch(self._output.take(), self._parties.take())
            yield from self._ended
            self._ended = []

    def end(self) -> Iterator[Event]:
        """The end of the file."""
        if self._isa:
            inside = "a transaction (SE, GE and IEA are missing)" if self._open else "an interchange (IEA is missing)"
            raise CutOff(
                f"The file is cut off: it ends after segment {self._count} within {inside}. "
                "Nothing was loaded. Get the complete file again and load that."
            )
        if self._stray:
            self._problems.warn(
                self._stray[0],
                "SEGMENT_OUTSIDE",
                f"{self._stray[1]} segments stand outside any transaction (ST .. SE) and were passed over.",
            )
        if not self._kinds:
            self._problems.error(None, "NO_TRANSACTION", "The file holds an envelope but no transaction (ST .. SE).")
        yield from self.hand_over(last=True)
        yield FileEnd(self._count, tuple(self._kinds), self._problems.all())

    # --- envelope ---

    def _isa_segment(self, elements: list[str], segment_no: int) -> None:
        if self._isa:
            raise CutOff(
                f"An interchange is cut off: segment {segment_no} is a new ISA before the IEA of the one before. "
                "Nothing was loaded. Get the complete file again and load that."
            )
        self._isa = [element.strip() for element in elements]
        self._groups = 0
        if self.delimiters.width != _ISA_WIDTH:
            self._problems.warn(
                segment_no, "ISA_WIDTH", f"The ISA is {self.delimiters.width} characters wide, not 106: badly padded."
            )
        if self._isa[15] == "T":
            self._problems.warn(segment_no, "TEST_FILE", "ISA15 marks this interchange as a test.")

    def _gs_segment(self, elements: list[str], segment_no: int) -> None:
        self._close_transaction(segment_no)
        if self._gs:
            self._problems.warn(
                segment_no, "GE_MISSING", "A group (GS) begins before the one before ended (GE missing)."
            )
        self._gs = [element.strip() for element in elements]
        self._groups += 1
        self._group_transactions = 0

    def _ge_segment(self, elements: list[str], segment_no: int) -> None:
        self._close_transaction(segment_no)
        if not self._gs:
            self._problems.warn(segment_no, "GS_MISSING", "A group ends (GE) that never began (GS missing).")
            return
        self._check_count(segment_no, "GE01", elements[1], self._group_transactions, "transactions in its group")
        self._check_control(segment_no, "GE02", elements[2], "GS06", self._gs[6])
        self._gs = []

    def _iea_segment(self, elements: list[str], segment_no: int) -> None:
        self._close_transaction(segment_no)
        if self._gs:
            self._problems.warn(segment_no, "GE_MISSING", "The interchange ends within a group (GE missing).")
            self._gs = []
        self._check_count(segment_no, "IEA01", elements[1], self._groups, "groups in its interchange")
        self._check_control(segment_no, "IEA02", elements[2], "ISA13", self._isa[13] if self._isa else "")
        self._isa = []

    def _ta1_segment(self, elements: list[str], segment_no: int) -> None:
        """An interchange answered: a transaction of one segment, which stands outside any ST."""
        if self._open is not None:
            return
        self._transactions += 1
        transaction = _Transaction(self._transactions, segment_no, ["TA1", "TA1", elements[1]], "TA1", None)
        answer = InterchangeAnswer(self._context(transaction))
        transaction.mapping = answer
        try:
            answer.ta1(elements, segment_no, day(self._isa[9]) if self._isa else None)
        except Refused as refused:
            transaction.refused = f"Segment {segment_no}: {refused}."
            transaction.problems.error(segment_no, refused.code, transaction.refused)
        transaction.body.update("*".join(elements[1:6]).encode())
        self._ended.append(self._ending(transaction, segment_no))

    def _check_count(self, segment_no: int, element: str, stated: str, counted: int, what: str) -> None:
        if not stated.strip().isdecimal() or int(stated) != counted:
            self._problems.warn(
                segment_no, f"{element}_MISMATCH", f"{element} does not match the number of {what} ({counted})."
            )

    def _check_control(self, segment_no: int, element: str, stated: str, other: str, expected: str) -> None:
        if stated.strip() != expected:
            self._problems.warn(
                segment_no, f"{element}_MISMATCH", f"{element} does not repeat the control number in {other}."
            )

    # --- transactions ---

    def _st_segment(self, elements: list[str], segment_no: int) -> None:
        self._close_transaction(segment_no)
        self._transactions += 1
        self._group_transactions += 1
        version = (self._gs[8] if self._gs else "") or elements[3].strip()
        kind = kind_of(elements[1].strip(), version)
        transaction = _Transaction(self._transactions, segment_no, elements, kind, version or None)
        self._open = transaction
        self._body_from = segment_no + 1
        if kind in MAPPINGS:
            transaction.mapping = MAPPINGS[kind](self._context(transaction))
            self._handlers = {**transaction.mapping.handlers, **self._envelope}
        else:
            self._refuse("KIND_NOT_LOADED", not_loaded(kind), at=segment_no)

    def _context(self, transaction: _Transaction) -> Context:
        return Context(
            self._load_id,
            self._salt,
            transaction.number,
            transaction.kind,
            self.delimiters.component,
            self._group_date(),
            self._output,
            self._parties,
            transaction.problems,
            self._isa[6] if self._isa else "",
            self._place(transaction),
        )

    def _place(self, transaction: _Transaction) -> str:
        isa = [self._isa[i] for i in (6, 9, 10, 13)] if self._isa else []
        gs = [self._gs[i] for i in (4, 5, 6)] if self._gs else []
        return "|".join((*isa, *gs, str(transaction.number), transaction.control_number))

    def _group_date(self) -> date | None:
        return day(self._gs[4]) if self._gs else None

    def _se_segment(self, elements: list[str], segment_no: int) -> None:
        transaction = self._open
        if transaction is None:
            self._problems.warn(segment_no, "ST_MISSING", "A transaction ends (SE) that never began (ST missing).")
            return
        counted = segment_no - transaction.first_segment + 1
        if not elements[1].strip().isdecimal() or int(elements[1]) != counted:
            transaction.problems.warn(
                segment_no, "SE01_MISMATCH", f"SE01 does not match the number of segments from ST to SE ({counted})."
            )
        if elements[2].strip() != transaction.control_number:
            transaction.problems.warn(segment_no, "SE02_MISMATCH", "SE02 does not repeat the control number in ST02.")
        self._end_transaction(segment_no)

    def _close_transaction(self, segment_no: int) -> None:
        """Another envelope segment comes while a transaction is open: its SE is missing."""
        if self._open is not None:
            if self._open.refused is None:
                self._refuse("NO_SE", "the transaction is cut off: its SE is missing", at=segment_no)
            self._end_transaction(segment_no, has_se=False)

    def _end_transaction(self, segment_no: int, has_se: bool = True) -> None:
        transaction = self._open
        assert transaction is not None
        if transaction.mapping is not None and transaction.refused is None:
            try:
                transaction.mapping.finish(segment_no)
            except Refused as refused:
                self._refuse(refused.code, str(refused))
        self._hash_body(segment_no - 1)
        self._open = None
        self._handlers = self._envelope
        self._ended.append(self._ending(transaction, segment_no if has_se else segment_no - 1))

    def _ending(self, transaction: _Transaction, last_segment: int) -> TransactionEnd:
        mapping, refused = transaction.mapping, transaction.refused
        kind = mapping.kind if mapping else transaction.kind
        if kind == "837":
            kind = "837P"
        self._kinds[kind] = None
        return TransactionEnd(
            transaction.number,
            kind,
            transaction.version,
            "|".join(self._isa[i] for i in (5, 6, 7, 8, 9, 10, 13)) if self._isa else "",
            self._gs[6] if self._gs else None,
            transaction.control_number or None,
            mapping.business_key() if mapping and not refused else None,
            transaction.body.hexdigest(),
            transaction.first_segment,
            last_segment,
            mapping.claims if mapping and not refused else 0,
            mapping.charge if mapping and not refused else ZERO,
            mapping.paid if mapping and not refused else ZERO,
            mapping.balanced if mapping and not refused else None,
            refused,
            transaction.problems.all(),
        )

    def _refuse(self, code: str, reason: str, at: int | None = None) -> None:
        """Refuse the open transaction: what remains of it is passed over."""
        transaction = self._open
        if transaction is None:
            return
        segment_no = at or self._count
        transaction.refused = reason if code == "KIND_NOT_LOADED" else f"Segment {segment_no}: {reason}."
        transaction.problems.error(segment_no, code, transaction.refused)
        self._output.drop(transaction.number)
        self._handlers = self._envelope

    def _hash_body(self, last_segment: int) -> None:
        """Take the segments of this slice up to `last_segment` into the body's hash, with usual delimiters."""
        start = self._body_from - self._slice_first
        stop = last_segment + 1 - self._slice_first
        if self._open is None or stop <= start:
            return
        text = "\n".join(self._slice[start:stop]) + "\n"
        for ours, usual in ((self.delimiters.element, "*"), (self.delimiters.component, ":")):
            if ours != usual:
                text = text.replace(ours, usual)
        self._open.body.update(text.encode("utf-8", "surrogatepass"))
        self._body_from = last_segment + 1
