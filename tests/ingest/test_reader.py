"""The segment reader: any delimiters, chunk sizes and line breaks; and what is refused, with which words."""

import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.ingest.reader import Delimiters, read_segments
from data_access.ingest.rows import NotX12
from tests.ingest.x12_text import encode, interchange

_PUNCTUATION = "*:~|^!>+;{}\\_=?@#$%&/\x1c\x1d\x1e\x1f"
_BREAKS = st.sampled_from(["", "\n", "\r\n", "\r", "\n\n   ", "\n\t"])
_TAGS = st.sampled_from(["GS", "ST", "CLP", "CAS", "NM1", "SVC", "SE", "GE"])
_VALUES = st.text("ABCISAEDxyzéß0123456789 -.,'()", max_size=12).map(str.strip)


def _read(data: bytes, chunk_bytes: int = 1 << 20) -> list[str]:
    blocks = read_segments(io.BytesIO(data), chunk_bytes)
    return [segment for block in blocks if isinstance(block, list) for segment in block]


def _delimiters(data: bytes) -> list[Delimiters]:
    return [block for block in read_segments(io.BytesIO(data)) if isinstance(block, Delimiters)]


@given(
    delimiters=st.permutations(_PUNCTUATION).map(lambda marks: marks[:3]),
    second=st.permutations(_PUNCTUATION).map(lambda marks: marks[:3]),
    body=st.lists(st.tuples(_TAGS, st.lists(_VALUES, min_size=1, max_size=6)), max_size=12),
    after=_BREAKS,
    chunk_bytes=st.integers(1, 400),
    mark=st.booleans(),
)
def test_segments_come_back_whatever_the_delimiters(delimiters, second, body, after, chunk_bytes, mark):
    """Two interchanges with their own delimiters each, read in chunks of any size."""
    segments = interchange(["*".join((tag, *values, "Z")) for tag, values in body])
    segments[0] = segments[0].replace("*^*", "*U*")
    parts = [encode(segments, *marks, after=after) for marks in (delimiters, second)]
    expected = [
        segment.translate(str.maketrans({"*": marks[0], ":": marks[1]}))
        for marks in (delimiters, second)
        for segment in segments
    ]
    assert _read((b"\xef\xbb\xbf" if mark else b"") + b"".join(parts), chunk_bytes) == expected


@given(st.sampled_from(["\n", "\r", "\r\n"]), st.integers(1, 300))
def test_line_breaks_can_be_the_terminator(terminator, chunk_bytes):
    segments = interchange(["GS*HP*A", "GE*1*1"])
    data = encode(segments, terminator=terminator, after="")
    assert _read(data, chunk_bytes) == segments


@given(st.binary(max_size=300))
def test_no_bytes_fail(noise):
    """Bytes that are not UTF-8 are read as cp1252, not refused."""
    assume(b"~" not in noise and b"ISA" not in noise and b"IEA" not in noise)
    head, tail = encode(interchange(["GS*X"])).split(b"GS*X")
    segments = _read(head + b"NTE*" + noise + b"Q" + tail)
    assert segments[1].startswith("NTE*")
    assert segments[-1].startswith("IEA*")


def test_one_latin_byte_leaves_the_rest_readable():
    data = encode(interchange(["NM1*QC*1*PEÑA*JOSE"])).decode().encode("cp1252")
    assert _read(data)[1] == "NM1*QC*1*PEÑA*JOSE"
    assert _read(data, 7)[1] == "NM1*QC*1*PEÑA*JOSE"


def test_utf16_with_a_mark_is_read():
    data = encode(interchange(["GS*X"])).decode().encode("utf-16")
    assert _read(data)[1] == "GS*X"


def test_lines_wrapped_at_80_characters_are_joined():
    text = encode(interchange(["NM1*QC*1*" + "A" * 100]), after="").decode()
    wrapped = "\r\n".join(text[i : i + 80] for i in range(0, len(text), 80))
    assert _read(wrapped.encode()) == interchange(["NM1*QC*1*" + "A" * 100])


def test_isa_padding_does_not_matter():
    isa, *rest = encode(interchange(["GS*X"])).decode().split("~")
    narrow = "*".join(element.strip() for element in isa.split("*"))
    data = "~".join([narrow, *rest]).encode()
    (found,) = _delimiters(data)
    assert (found.element, found.component, found.terminator) == ("*", ":", "~")
    assert found.width < 106
    assert len(_read(data)) == 3


def test_isa_in_lower_case_is_recognised():
    data = encode(interchange(["GS*X"])).lower()
    assert _delimiters(data)[0].lower_case
    assert len(_read(data)) == 3


def test_isa16_left_empty():
    data = encode(interchange(["GS*X"])).replace(b"*:~", b"*~")
    (found,) = _delimiters(data)
    assert (found.component, found.terminator) == (":", "~")
    assert len(_read(data)) == 3


def test_end_of_file_marks_are_noise():
    assert len(_read(encode(interchange(["GS*X"])) + b"\r\n\x1a\x00\x00")) == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \r\n\x1a", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html>ISA</html>", "HTML"),
        (b"%PDF-1.7 ISA", "PDF"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"ST*835*1~BPR*I*1~", "No ISA: segment 1 is ST"),
        (b"GS*HP*A*B~ST*835*1~", "No ISA: segment 1 is GS"),
        (b"Dear office, ISA is what you want.", "not X12"),
        (b"account,amount\n1,2\n", "not X12"),
        (b"ISA", "not followed by an element separator"),
        (b"ISA*00*  *00*", "cut short"),
        (
            b"ISA*00*          *00*          *ZZ*A*ZZ*B*250103*1200*^*00501*1*0~GS*HP*AB*CD*20250101*1200*1*X*1~",
            "cut short",
        ),
        (encode(interchange(["GS*X"]))[:105], "ends within its ISA"),
    ],
)
def test_what_is_not_x12_is_refused_with_its_own_message(data, words):
    with pytest.raises(NotX12, match=words):
        _read(data)


def test_prose_before_the_isa_is_refused_and_located():
    with pytest.raises(NotX12, match="Text stands before the ISA, which begins at character 14"):
        _read(b"Dear office,\n" + encode(interchange(["GS*X"])))


def test_text_after_the_last_interchange_is_refused():
    with pytest.raises(NotX12, match=r"After segment 3 \(IEA\)"):
        _read(encode(interchange(["GS*X"])) + b"GS*HP*A*B~ST*835*1~")


def test_a_terminator_that_never_comes_does_not_fill_memory():
    isa = encode(interchange(["GS*X"])).split(b"~")[0]
    with pytest.raises(NotX12, match="terminator"):
        _read(isa + b"~" + b"X" * (5 << 20))
