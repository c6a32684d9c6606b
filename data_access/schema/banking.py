"""What the bank says: deposits; and what people decided and signed off about them."""

from sqlalchemy import Index, Table

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = ()
#: Worked out by posting, account by account: each has an account_id.
DERIVED: tuple[Table, ...] = ()
INDEXES: list[Index] = []
