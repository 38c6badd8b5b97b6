"""A measured value beside its bar, and how a list of them is shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One row of the table."""

    name: str
    value: float | None
    """None when it could not be measured; `note` says why. Unmeasured is never a pass."""
    unit: str
    bar: float | None = None
    """The most that is allowed; None when there is no bar."""
    peer: float | None = None
    """The same of the naive peer."""
    note: str = ""

    @property
    def verdict(self) -> str:
        """What the value means against its bar."""
        if self.value is None:
            return "not measured"
        if self.bar is None:
            return ""
        return "ok" if self.value <= self.bar else "OVER"

    def as_json(self) -> dict[str, Any]:
        """Every field and the verdict."""
        return {**asdict(self), "verdict": self.verdict}


def table(measures: Sequence[Measure]) -> Iterator[str]:
    """Lines of the table."""
    head = ("measure", "twofold", "bar", "", "peer", "")
    rows = [
        (
            m.name,
            _number(m.value, m.unit),
            _number(m.bar, m.unit),
            m.verdict,
            _number(m.peer, m.unit),
            m.note,
        )
        for m in measures
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        yield _line(row, widths)


def _line(row: Iterable[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if i in (1, 2, 4) else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
