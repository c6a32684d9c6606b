"""What payers said of coverage: eligibility inquiries (270) and responses (271)."""

from sqlalchemy import Index, Table

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = ()
#: Worked out by posting, account by account: each has an account_id.
DERIVED: tuple[Table, ...] = ()
INDEXES: list[Index] = []
