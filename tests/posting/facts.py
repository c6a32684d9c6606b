"""Puts facts straight into the tables, so that a posting rule can be tested without a file."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, insert

from data_access import schema
from data_access.engine import write
from data_access.ids import party_id
from data_access.posting import settle

SALT = b"test"
NPI, TAX_ID = "1999999984", "999999999"


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def key_of(number: str) -> int:
    return party_id(SALT, "account-key", number[:20])


def account_of(number: str) -> int:
    return party_id(SALT, "account", NPI, number)


class Facts:
    """Collects rows; `post` inserts them and settles. Ids count up in the order of the calls."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.next_id = 0
        self.add("facility", facility_id=1, npi=NPI, tax_id=TAX_ID, name="Synthetic Clinic", load_id=1)
        for payer_id, name in ((1, "First Payer"), (2, "Second Payer"), (3, "Third Payer")):
            self.add("payer", payer_id=payer_id, identifier=str(payer_id), name=name, payer_type=None, load_id=1)
        self.keys: set[int] = set()

    def add(self, table: str, **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id

    def claim(self, number: str, charge: str, **values: Any) -> int:
        claim_id = self._id()
        self.keys.add(key_of(number))
        row = {
            "claim_id": claim_id,
            "load_id": 1,
            "transaction_no": 1,
            "segment_no": claim_id,
            "last_segment": claim_id,
            "account_key": key_of(number),
            "account_id": account_of(number),
            "account_number": number,
            "billing_id": 1,
            "facility_id": 1,
            "payer_id": 1,
            "sequence": 1,
            "frequency_code": "1",
            "filing_code": "CI",
            "member_id": "M" + number,
            "service_from": day(1, 5),
            "service_to": day(1, 5),
            "submitted_on": day(1, 10),
            "charge": Decimal(charge),
            "lines": 1,
            "line_control_digest": 1,
        }
        self.add("claim", **{**row, **values})
        return claim_id

    def payment(
        self, number: str, charge: str, paid: str, on: date, *adjustments: tuple[str, str, str], **values: Any
    ) -> int:
        """A claim payment; adjustments are (class, amount, carc), with class 'denial_pr' for a denial under PR."""
        payment_id = self._id()
        self.keys.add(key_of(number))
        sums = dict.fromkeys(
            ("contractual", "patient_responsibility", "denial", "denial_pr", "other_payer", "other"), Decimal(0)
        )
        for kind, amount, carc in adjustments:
            sums[kind] += Decimal(amount)
            self.add(
                "adjustment",
                adjustment_id=self._id(),
                claim_payment_id=payment_id,
                load_id=1,
                transaction_no=1,
                segment_no=1,
                group_code="PR" if kind in ("patient_responsibility", "denial_pr") else "CO",
                carc=carc,
                amount=Decimal(amount),
                adjustment_class="denial" if kind == "denial_pr" else kind,
                category="authorization" if kind.startswith("denial") else None,
            )
        denied = sums["denial"] + sums["denial_pr"]
        share = sums["patient_responsibility"]
        outcome = "paid" if denied <= 0 else "denied" if Decimal(paid) == 0 and share == 0 else "partly_denied"
        row = {
            "claim_payment_id": payment_id,
            "remittance_id": 1,
            "load_id": 1,
            "transaction_no": 1,
            "segment_no": payment_id,
            "account_key": key_of(number),
            "account_number": number,
            "status_code": "1",
            "sequence": 1,
            "is_reversal": False,
            "charge": Decimal(charge),
            "paid": Decimal(paid),
            "member_id": "M" + number,
            "service_from": day(1, 5),
            "paid_on": on,
            "paid_month": on.replace(day=1),
            "remit_payer_id": 1,
            "payee_npi": NPI,
            "payer_claim_number": "PCN" + number,
            "contractual": sums["contractual"],
            "patient_share": share,
            "denied": denied,
            "denied_to_patient": sums["denial_pr"],
            "other_payer": sums["other_payer"],
            "other": sums["other"],
            "allowed": Decimal(paid) + share,
            "outcome": outcome,
            "denial_category": "authorization" if denied else None,
            "lines": 1,
            "lines_denied": 1 if denied > 0 else 0,
            "difference": Decimal(charge) - Decimal(paid) - sum(sums.values()),
        }
        self.add("claim_payment", **{**row, **values})
        return payment_id

    def entry(self, number: str, kind: str, amount: str | None, on: date, **values: Any) -> int:
        entry_id = self._id()
        self.keys.add(key_of(number))
        row = {
            "billing_entry_id": entry_id,
            "load_id": 1,
            "segment_no": entry_id,
            "account_key": key_of(number),
            "account_number": number,
            "posted_on": on,
            "entry_type": kind,
            "amount": Decimal(amount) if amount else None,
        }
        self.add("billing_entry", **{**row, **values})
        return entry_id

    def post(self, engine: Engine) -> None:
        with write(engine) as connection:
            for name, rows in self.rows.items():
                for row in rows:
                    connection.execute(insert(schema.metadata.tables[name]).values(row))
            connection.execute(insert(schema.unsettled), [{"account_key": key} for key in self.keys])
        self.rows, self.keys = {}, set()
        settle(engine)
