"""Ids: where a fact stands in its source, and opaque names for parties and accounts."""

from hashlib import blake2b

_SEGMENT_BITS = 35
_POSITION_BITS = 3


def row_id(load_id: int, segment_no: int, position: int = 0) -> int:
    """The id of a fact: its load, its segment (or row) and, where one segment yields several rows, which.

    Unique in a database, ascending in file order, and a source reference in itself.
    Holds 2**25 loads of 2**35 segments with 8 rows each.
    """
    return (load_id << (_SEGMENT_BITS + _POSITION_BITS)) | (segment_no << _POSITION_BITS) | position


def party_id(salt: bytes, *parts: str) -> int:
    """A 63-bit id for a party or account from its natural key, opaque without this database's salt.

    `parts` are compared trimmed and upper-cased. Two keys collide with a probability of about
    n**2 / 2**64: one in 180,000 at ten million accounts.
    """
    text = "\x1f".join([part.strip() for part in parts]).upper()
    digest = blake2b(text.encode("utf-8"), digest_size=8, key=salt).digest()
    return int.from_bytes(digest, "big") >> 1
