"""Interchanges, groups and transactions: several of each, counts and control numbers, what is cut off or refused."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.ingest.rows import CutOff, NotX12, RowBatch, TransactionEnd
from data_access.ingest.x12 import read_x12
from tests.ingest.x12_text import SALT, D, Read, encode, file_835, group, interchange, remittance, transaction

CLAIM = ("CLP*A1*1*100*80*0*12*P1", "SVC*HC:99213*100*80", "CAS*CO*45*20")
BODY = remittance(*CLAIM, amount="80")


def test_a_clean_file_has_no_problems():
    read = Read(file_835(BODY))
    assert read.problems == []
    assert read.end.kinds == ("835",)
    assert read.end.segments == len(read.lines) == 15
    (end,) = read.ends
    assert (end.transaction_no, end.kind, end.version, end.control_number) == (1, "835", "005010X221A1", "0001")
    assert (end.first_segment, end.last_segment, end.claims, end.charge, end.paid) == (3, 13, 1, D(100), D(80))
    assert end.interchange_key == "ZZ|SENDER|ZZ|RECEIVER|250103|1200|000000001"
    assert end.group_control == "1"
    assert end.balanced and end.refused is None
    assert end.business_key == "835|1999999999|1234567893|T1|20250110|80.00"


def test_several_interchanges_with_their_own_delimiters():
    first = file_835(BODY)
    second = encode(interchange(group(transaction("835", BODY)), control="2"), "|", ">", "\n", "")
    third = encode(interchange(group(transaction("835", BODY)), control="3"), "=", "\\", "'", "\r\n")
    read = Read(first + second + third)
    assert [end.transaction_no for end in read.ends] == [1, 2, 3]
    assert len(read.rows["claim_payment"]) == 3
    assert {row["procedure_code"] for row in read.rows["payment_line"]} == {"99213"}
    assert len({end.body_sha256 for end in read.ends}) == 1  # delimiters are not part of the body
    assert [end.interchange_key[-1] for end in read.ends] == ["1", "2", "3"]


def test_several_groups_and_transactions():
    one, two = transaction("835", BODY, "0001"), transaction("835", remittance(*CLAIM, amount="80", trace="T2"), "0002")
    read = Read(encode(interchange(group(one, two), group(one, control="2"))))
    assert read.problems == []
    assert [(end.transaction_no, end.group_control) for end in read.ends] == [(1, "1"), (2, "1"), (3, "2")]
    assert read.ends[0].body_sha256 == read.ends[2].body_sha256 != read.ends[1].body_sha256


@pytest.mark.parametrize("after", ["", "\n", "\r\n", "\r", "\n    "])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_breaks_and_marks_change_nothing(after, mark):
    read = Read(mark + file_835(BODY, after=after))
    assert read.problems == []
    assert read.rows == Read(file_835(BODY)).rows


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 1000])
def test_chunks_change_nothing(chunk_bytes):
    data = file_835(*(remittance(*CLAIM, amount="80", trace=f"T{n}") for n in range(5)))
    assert Read(data, chunk_bytes).rows == Read(data).rows
    assert [end.body_sha256 for end in Read(data, chunk_bytes).ends] == [end.body_sha256 for end in Read(data).ends]


def test_a_file_in_lower_case_is_read():
    read = Read(file_835(BODY).lower())
    assert read.problems == []
    assert read.one("claim_payment")["paid"] == D(80)
    assert read.one("adjustment")["group_code"] == "CO"
    assert read.lines[0].startswith("isa*")


def test_a_badly_padded_isa_is_a_warning():
    isa, rest = file_835(BODY).split(b"~", 1)
    read = Read(b"*".join(part.strip() for part in isa.split(b"*")) + b"~" + rest)
    assert read.codes == {"ISA_WIDTH"}
    assert read.one("claim_payment")["paid"] == D(80)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("SE*11*0001", "SE*12*0001", "SE01_MISMATCH"),
        ("SE*11*0001", "SE*x*0001", "SE01_MISMATCH"),
        ("SE*11*0001", "SE*11*0002", "SE02_MISMATCH"),
        ("GE*1*1", "GE*2*1", "GE01_MISMATCH"),
        ("GE*1*1", "GE*1*9", "GE02_MISMATCH"),
        ("IEA*1*000000001", "IEA*3*000000001", "IEA01_MISMATCH"),
        ("IEA*1*000000001", "IEA*1*000000002", "IEA02_MISMATCH"),
        ("*0*P*:", "*0*T*:", "TEST_FILE"),
        ("GE*1*1~\n", "", "GE_MISSING"),
        ("GS*HP*SENDER*RECEIVER*20250103*1200*1*X*005010X221A1~\n", "", "GS_MISSING"),
        ("SE*11*0001~\n", "SE*11*0001~\nCLP*X*1*1*1~\n", "SEGMENT_OUTSIDE"),
    ],
)
def test_an_envelope_that_disagrees_is_a_warning(old, new, code):
    text = file_835(BODY).decode()
    assert old in text
    read = Read(text.replace(old, new).encode())
    assert code in read.codes
    assert {problem.severity for problem in read.problems} == {"warning"}
    assert read.one("claim_payment")["paid"] == D(80)


def test_a_file_without_its_iea_is_cut_off():
    data = file_835(BODY)
    for end in (data.index(b"IEA"), data.index(b"GE*1"), data.index(b"SVC"), data.index(b"99213")):
        with pytest.raises(CutOff, match=r"cut off: it ends after segment \d+") as caught:
            Read(data[:end])
        assert "Get the complete file" in str(caught.value)


def test_an_interchange_that_is_cut_off_before_the_next():
    data = file_835(BODY)
    with pytest.raises(CutOff, match="segment 14 is a new ISA"):
        Read(data[: data.index(b"GE*1")] + data)


def test_a_last_segment_without_terminator_is_fine():
    assert Read(file_835(BODY).rstrip(b"~\n")).problems == []


@pytest.mark.parametrize(
    ("segment", "code", "words"),
    [
        ("CLP*A2*1*abc*80", "BAD_AMOUNT", r"Segment 10: CLP03 \(an amount\) is not a number"),
        ("CLP*A2*1*1,000.00*80", "BAD_AMOUNT", "CLP03"),
        ("CLP*A2*1*NaN*80", "BAD_AMOUNT", "CLP03"),
        ("CLP*A2*1*1E3*80", "BAD_AMOUNT", "CLP03"),
        ("CLP*A2*1*100*10.005", "BAD_AMOUNT", "CLP04 .*fractions of a cent"),
        ("CLP*A2*1*100*1000000000", "BAD_AMOUNT", "CLP04 .*too large"),
        ("CLP*A2*1*100*1000000000.00", "BAD_AMOUNT", "CLP04 .*too large"),
        ("CLP*A2*1*100", "CLP_NO_AMOUNT", "CLP03 .charge. or CLP04 .paid. is missing"),
        ("CLP*A2*1", "CLP_NO_AMOUNT", "Segment 10"),
    ],
)
def test_a_transaction_that_cannot_be_trusted_is_refused_by_itself(segment, code, words):
    bad = remittance(segment, *CLAIM)
    read = Read(file_835(BODY, bad, BODY))
    good_before, refused, good_after = read.ends
    assert good_before.refused is None and good_after.refused is None
    assert {row["transaction_no"] for rows in read.rows.values() for row in rows} == {1, 3}
    assert (refused.claims, refused.charge, refused.paid, refused.balanced) == (0, 0, 0, None)
    (problem,) = refused.problems
    assert (problem.severity, problem.code, problem.message) == ("error", code, refused.refused)
    (alone,) = Read(file_835(bad)).ends
    assert re.search(words, alone.refused or "")
    assert "abc" not in problem.message  # what stands there may be patient data


def test_a_transaction_without_se_is_refused_by_itself():
    one, two = transaction("835", BODY, "0001")[:-1], transaction("835", BODY, "0002")
    read = Read(encode(interchange(group(one, two))))
    assert [end.refused is None for end in read.ends] == [False, True]
    assert "SE is missing" in read.ends[0].refused
    assert (read.ends[0].first_segment, read.ends[0].last_segment) == (3, 12)
    assert len(read.rows["claim_payment"]) == 1


@pytest.mark.parametrize(
    ("kind", "version", "name"),
    [
        ("820", "005010X218", "820 (premium payments)"),
        ("850", "004010", "Transaction set 850 is not one"),
    ],
)
def test_other_kinds_are_recognised_and_named(kind, version, name):
    read = Read(encode(interchange(group(transaction(kind, ["BHT*0085*08*1"]), version=version))))
    (end,) = read.ends
    assert name in end.refused
    assert end.problems[-1].severity == "error"


def test_a_ta1_alone_is_loaded():
    read = Read(encode(interchange(["TA1*000000001*250103*1200*A*000"])).replace(b"IEA*1", b"IEA*0"))
    assert read.end.kinds == ("TA1",)
    assert not read.problems and read.one("file_ack")["accepted"]


def test_an_envelope_without_transactions_is_told():
    assert "NO_TRANSACTION" in Read(encode(interchange())).codes


def test_rows_come_before_the_end_of_their_transaction_in_batches_of_bounded_size():
    claims = [f"CLP*A{n}*1*3*0*0*12*P{n}~CAS*CO*45*1**24*1**59*1".replace("~", "\n") for n in range(9000)]
    body = remittance(*(segment for claim in claims for segment in claim.split("\n")))
    seen, sizes, ended = 0, [], 0
    for event in read_x12(io.BytesIO(file_835(body, BODY)), 1, SALT):
        if isinstance(event, RowBatch):
            sizes.append(sum(map(len, event.rows.values())))
            seen += len(event.rows.get("claim_payment", ()))
        elif isinstance(event, TransactionEnd):
            ended += event.claims
            assert seen >= ended
    assert ended == seen == 9001
    assert len(sizes) > 2 and max(sizes) < 25_000


def test_many_problems_of_one_kind_are_counted_not_listed():
    body = remittance(*(f"CLP*A{n}*1*3*0*0*12*P{n}" for n in range(250)))
    unbalanced = [problem for problem in Read(file_835(body)).problems if problem.code == "CLAIM_UNBALANCED"]
    assert len(unbalanced) == 101
    assert unbalanced[-1].message.startswith("150 more")


@given(
    edits=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 40),
            st.sampled_from([b"", b"*", b"~", b":", b"-", b"A", b"\xff", b"IEA*", b"ISA*"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_damaged_file_is_read_or_refused_with_a_message(edits):
    """Whatever was cut out or put in: events, or `NotX12` or `CutOff`, never another exception."""
    data = file_835(BODY, remittance("CLP*A*22*-1*-1*0*12*P", "CAS*CO*45*0", "PLB*1*20251231*WO:X*-1", amount="0"))
    for place, length, new in edits:
        start = int(place * len(data))
        data = data[:start] + new + data[start + length :]
    try:
        read = Read(data)
    except (NotX12, CutOff) as refused:
        assert str(refused).endswith(".")
    else:
        assert read.end is not None
        assert all(problem.message for problem in read.problems)
