"""What is known of one metric."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Metric:
    """A metric in words.

    `unit`: money, percent, days or count. `good`: up, down, or None where neither is good in itself.
    `target`: the public figure in the metric's unit, a percent as a fraction. `of_amounts`: a rate whose
    numerator and denominator are amounts of money, not counts.
    """

    id: str
    name: str
    definition: str
    formula: str
    unit: str
    good: str | None = None
    target: Decimal | None = None
    benchmark: str | None = None
    source: str | None = None
    caveats: str | None = None
    of_amounts: bool = False

    @property
    def help(self) -> str:
        """What the "?" beside a figure says."""
        parts = [self.definition, f"**Formula:** {self.formula}"]
        if self.benchmark:
            parts.append(f"**Benchmark:** {self.benchmark} ({self.source})")
        if self.caveats:
            parts.append(f"**Mind:** {self.caveats}")
        return "\n\n".join(parts)
