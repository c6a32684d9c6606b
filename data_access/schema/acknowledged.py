"""What became of files and claims on their way: 999, 997, TA1, 277CA and 277."""

from sqlalchemy import Index, Table

#: Written by a load, deleted by its undo.
FACTS: tuple[Table, ...] = ()
#: Worked out by posting, account by account: each has an account_id.
DERIVED: tuple[Table, ...] = ()
INDEXES: list[Index] = []
