"""The one table: each figure of ours beside both limits, with the aim and whether it is met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. bare and raw are None where the limit has no such figure.

    `aim` is in words; `is_met` is None for a figure without an aim.
    """

    what: str
    unit: str
    ours: float
    bare: float | None = None
    raw: float | None = None
    aim: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Section:
    title: str
    rows: Sequence[Row]


_HEAD = ("", "ours", "bare", "raw", "ours/bare", "ours/raw", "aim", "")


def rendered(sections: Sequence[Section]) -> str:
    """The table as text, columns aligned."""
    lines: list[tuple[str, ...] | str] = []
    for section in sections:
        lines += ["", section.title]
        lines += [_cells(row) for row in section.rows]
    cells = [_HEAD, *(line for line in lines if isinstance(line, tuple))]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEAD))]
    shown = [_aligned(_HEAD, widths)]
    for line in lines:
        shown.append(line if isinstance(line, str) else _aligned(line, widths))
    return "\n".join(shown)


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "met", False: "NOT MET", None: ""}[row.is_met]
    return (
        f"  {row.what}, {row.unit}" if row.unit else f"  {row.what}",
        number(row.ours),
        number(row.bare),
        number(row.raw),
        _ratio(row.ours, row.bare),
        _ratio(row.ours, row.raw),
        row.aim,
        verdict,
    )


def number(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.{_places(value)}f}"


def _places(value: float) -> int:
    return 1 if value >= 10 else 2


def _ratio(one: float, other: float | None) -> str:
    return f"{one / other:.2f}" if other else "-"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, aim, verdict = cells
    columns = [first.ljust(widths[0])]
    columns += [one.rjust(width) for one, width in zip(numbers, widths[1:], strict=False)]
    columns += [aim.ljust(widths[-2]), verdict]
    return "  ".join(columns).rstrip()


def row(
    what: str,
    unit: str,
    values: Sequence[float | None],
    aim: str = "",
    holds: Callable[[float], bool] | None = None,
) -> Row:
    """A row from (ours, bare, raw); `holds` judges ours."""
    ours, bare, raw = values
    assert ours is not None
    return Row(what, unit, ours, bare, raw, aim, None if holds is None else holds(ours))
