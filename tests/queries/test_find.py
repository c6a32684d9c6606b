"""Any account of the small office is found by what a caller has at hand, also F2, which is paid and closed."""

import pytest
from sqlalchemy import Engine, insert, select

from data_access.queries import find
from data_access.queries.table import page
from data_access.schema import account, claim_ack, claim_payment, patient, remittance


@pytest.fixture
def named(office: Engine) -> Engine:
    """Two remittances, a clearinghouse's answer and two patients; account F is closed."""
    with office.begin() as connection:
        ids = {row.account_number: row for row in connection.execute(select(account))}
        for number, trace in ((901, "CHK-1"), (902, "0000%77")):
            values = {"remittance_id": number, "trace_number": trace, "load_id": 1}
            zeros = dict.fromkeys(("amount", "claims_paid", "provider_adjustments", "difference"), 0)
            connection.execute(insert(remittance).values(values | zeros | _SOURCE))
        for numbers, remittance_id in (("AC", 901), ("F", 902)):
            rows = claim_payment.update().where(claim_payment.c.account_number.in_(list(numbers)))
            connection.execute(rows.values(remittance_id=remittance_id))
        closed = {"responsible": "closed", "insurance_balance": 0, "patient_balance": 0, "balance": 0}
        of_f = account.update().where(account.c.account_number == "F")
        connection.execute(of_f.values(closed | {"account_number": "F_2"}))
        for patient_id, first, owner in ((71, "Ana", "B"), (72, "Ben", "D")):
            row = {"patient_id": patient_id, "last_name": "O'Synth", "first_name": first, "load_id": 1}
            connection.execute(insert(patient).values(row))
            mine = account.update().where(account.c.account_number == owner)
            connection.execute(mine.values(patient_id=patient_id))
        ack = {"claim_ack_id": 5, "account_id": ids["E"].account_id, "payer_claim_number": "ICN77", "load_id": 1}
        connection.execute(insert(claim_ack).values(ack | _SOURCE))
    return office


_SOURCE = {"transaction_no": 1, "segment_no": 1}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("c", ["C"]),
        ("f", ["F_2"]),  # closed: it has no open balance
        ("F_2", ["F_2"]),
        ("F%", []),
        ("%", []),
        ("_", []),
        ("PCNG", ["G"]),  # the payer's claim number, of a payment
        ("pcnf", ["F_2"]),
        ("PCN", []),  # in whole only
        ("ICN77", ["E"]),  # of an answer before any payment
        ("chk-1", ["A", "C"]),
        ("0000%77", ["F_2"]),
        ("0000", []),
        ("o'synth", ["B", "D"]),
        (" O'Synth , a ", ["B"]),
        ("O'Syn", []),
        ("nobody's", []),
    ],
)
def test_an_account_is_found_by_a_number_or_a_name(named: Engine, text: str, wanted: list[str]) -> None:
    found = page(named, find.table(text).without_phi)
    assert sorted(found.frame["account_number"]) == wanted
    assert found.total_rows == len(wanted)


def test_a_closed_account_says_so_and_owes_nothing(named: Engine) -> None:
    (row,) = page(named, find.table("F_2")).frame.to_dict("records")
    assert (row["responsible"], row["balance"]) == ("closed", 0)


def test_nothing_is_kept_of_what_somebody_typed(named: Engine) -> None:
    report = find.table("O'Synth")
    assert page(named, report).total_rows == 2
    assert report.page(None, 50, 0) is not report.page(None, 50, 0)
    assert report.without_phi.counts() is not report.without_phi.counts()
