"""Numbers of things in words."""


def counted(number: int, what: str) -> str:
    """A number of things: 1 line, 2,345 lines; `what` has a regular plural, the last word of it."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
