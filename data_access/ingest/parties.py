"""Payers, facilities, providers and patients a file names, and the ids by which they are known."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_access import schema
from data_access.ids import party_id
from data_access.ingest.rows import row_maker

#: How much of an account number payers are bound to return (CLP01 may be cut to 20 characters).
ACCOUNT_KEY_LENGTH = 20
#: After so many of a kind the memory of what was already handed over starts afresh; parties may then come twice.
_REMEMBERED = 100_000

_payer_row = row_maker(schema.payer)
_facility_row = row_maker(schema.facility)
_provider_row = row_maker(schema.provider)
_patient_row = row_maker(schema.patient)


def account_key(salt: bytes, account_number: str) -> int | None:
    """Key by which payments find their account; None for a missing number or "0", which payers send for none."""
    number = account_number.strip()[:ACCOUNT_KEY_LENGTH].strip()
    return None if number in ("", "0") else party_id(salt, "account-key", number)


def account_id(salt: bytes, billing_key: str, account_number: str) -> int:
    """Id of an account: billing provider (NPI, else tax id, else name) and account number."""
    return party_id(salt, "account", billing_key, account_number)


def payer_id(salt: bytes, identifier: str, name: str) -> int | None:
    """Id of a payer by identifier, else name; None when it has neither."""
    key = identifier.strip() or normal_name(name)
    return party_id(salt, "payer", key) if key else None


def patient_id(salt: bytes, entity: "Entity", birth_date: date | None) -> int | None:
    """Id of a patient by member id, else name, with birth date; None when neither is there."""
    key = _patient_key(entity, birth_date)
    return party_id(salt, "patient", *key) if key else None


def _patient_key(entity: "Entity", birth_date: date | None) -> tuple[str, str] | None:
    if not entity.identifier and not entity.last_name:
        return None
    natural = entity.identifier or f"{entity.last_name}|{entity.first_name}"
    return natural, birth_date.isoformat() if birth_date else ""


def normal_name(name: str) -> str:
    """A name with punctuation dropped and white space collapsed, for comparing."""
    return " ".join(re.sub(r"[^\w\s]", " ", name).upper().split())


@dataclass(slots=True)
class Entity:
    """One NM1 or N1 with what follows it: name, identifier, tax id, taxonomy, address."""

    role: str
    is_person: bool = False
    last_name: str = ""
    first_name: str = ""
    qualifier: str = ""
    identifier: str = ""
    tax_id: str = ""
    taxonomy: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    facility_id: int | None = None  # once it was asked for

    @classmethod
    def from_nm1(cls, elements: list[str]) -> "Entity":
        return cls(
            elements[1],
            elements[2] == "1",
            elements[3].strip(),
            elements[4].strip(),
            elements[8],
            elements[9].strip(),
        )

    @property
    def name(self) -> str:
        """ "Last, First" of a person, the name of an organisation."""
        if self.is_person and self.first_name:
            return f"{self.last_name}, {self.first_name}"
        return self.last_name

    @property
    def npi(self) -> str:
        return self.identifier if self.qualifier == "XX" else ""

    @property
    def any_tax_id(self) -> str:
        """Tax id from REF, else the identifier itself where its qualifier says so (24, 34, FI)."""
        return self.tax_id or (self.identifier if self.qualifier in ("24", "34", "FI") else "")

    @property
    def key(self) -> str:
        """What identifies a billing provider: NPI, else tax id, else name."""
        return self.npi or self.any_tax_id or normal_name(self.name)

    def words(self) -> dict[str, str | None]:
        """Name and address of a person, by the columns that hold them; None for what is not stated."""
        names = ("last_name", "first_name", "street", "city", "state", "postal_code")
        return {name: getattr(self, name) or None for name in names}


class Parties:
    """Collects the parties of a file, each once."""

    def __init__(self, load_id: int, salt: bytes) -> None:
        self._load_id = load_id
        self._salt = salt
        self._seen: dict[str, dict[tuple, int]] = {table.name: {} for table in schema.PARTY_TABLES}
        self._new: dict[str, dict[int, tuple]] = {table.name: {} for table in schema.PARTY_TABLES}

    def take(self) -> dict[str, dict[int, tuple]]:
        """The parties met since the last call, by table and id."""
        taken = self._new
        self._new = {name: {} for name in taken}
        return taken

    def size(self) -> int:
        return sum(map(len, self._new.values()))

    def payer(self, identifier: str, name: str, payer_type: str | None) -> int | None:
        """Id of a payer by identifier, else name; None when it has neither."""
        identifier, name = identifier.strip(), name.strip()
        if not identifier and not name:
            return None
        row = {"identifier": identifier or None, "name": name or identifier, "payer_type": payer_type}
        return self._id("payer", _payer_row, (identifier or normal_name(name),), row)

    def facility(self, entity: Entity) -> int | None:
        """Id of a billing provider or service facility; None when it has neither identifier nor name."""
        if entity.facility_id is not None or not entity.key:
            return entity.facility_id
        row = {
            "npi": entity.npi or None,
            "tax_id": entity.any_tax_id or None,
            "name": entity.name or entity.key,
        }
        entity.facility_id = self._id("facility", _facility_row, (entity.key,), row)
        return entity.facility_id

    def provider(self, entity: Entity) -> int | None:
        """Id of a rendering provider by NPI, else name; None when it has neither."""
        key = entity.npi or normal_name(entity.name)
        if not key:
            return None
        row = {"npi": entity.npi or None, "name": entity.name or key, "taxonomy": entity.taxonomy or None}
        return self._id("provider", _provider_row, (key,), row)

    def patient(self, entity: Entity, birth_date: date | None, sex: str) -> int | None:
        """Id of a patient by member id, else name, with birth date; None when neither is there."""
        key = _patient_key(entity, birth_date)
        if key is None:
            return None
        row = {
            **entity.words(),
            "birth_date": birth_date,
            "sex": sex.strip() or None,
            "member_id": entity.identifier or None,
        }
        return self._id("patient", _patient_row, key, row)

    def _id(self, kind: str, make: Callable[[Any], tuple], key: tuple[str, ...], row: dict[str, Any]) -> int:
        seen = self._seen[kind]
        found = seen.get(key)
        if found is None:
            if len(seen) >= _REMEMBERED:
                seen.clear()
            found = seen[key] = party_id(self._salt, kind, *key)
            row[f"{kind}_id"] = found
            row["load_id"] = self._load_id
            self._new[kind].setdefault(found, make(row))
        return found
