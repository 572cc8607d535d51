"""One measured figure with its target, and the table of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def passed(self) -> bool | None:
        """None when there is no target."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value <= self.at_most if self.at_most is not None else None

    def line(self) -> str:
        target = ""
        if self.at_least is not None:
            target = f"≥ {self.at_least:g}"
        elif self.at_most is not None:
            target = f"≤ {self.at_most:g}"
        verdict = {True: "PASS", False: "FAIL", None: ""}[self.passed]
        value = f"{self.value:.3f}" if self.value < 10 else f"{self.value:.0f}"
        return f"{self.name:<74} {value:>9} {target:>8} {verdict:<4} {self.unit}".rstrip()
