"""What may be told of an error."""

from pathlib import Path


def kind_and_place(error: BaseException) -> str:
    """Its kind, and where in this program it came up: its message may hold a name or an amount, and is not repeated."""
    where, trace = "?", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in Path(code.co_filename).parts:
            where = f"{code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {where}"
