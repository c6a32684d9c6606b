"""Amounts of money as people and their programs write them."""

import re
from decimal import Decimal

#: No one amount in a file is as much: columns hold a trillion, which sums of what can be must not reach.
LIMIT = Decimal(10) ** 9
#: Said of what is no such number.
AS_WRITTEN = "1234.50 or 1,234.50, with a point before the cents and commas only between thousands"
_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|\.[0-9]+)")


def number(text: str) -> Decimal | None:
    """A number such as 1234.5 or -1,234.50; None when it is none.

    A comma that parts no thousands may be a decimal comma: 12,50 must not be read as 1250.
    """
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None
