"""Measured facts as tables of text: the one form that screen, Markdown and PDF show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, column headings and rows of as many cells; the first cell heads its row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def percent(value: float) -> str:
    """A share with one decimal place."""
    return f"{value:.1%}"


def interval(low: float, high: float) -> str:
    """The ends of an interval of shares."""
    return f"{low:.1%} to {high:.1%}"


def number(value: float) -> str:
    """A small number, to three decimal places."""
    return f"{value:.3f}"


def without_empty(table: Table) -> Table:
    """The table without columns that no row has anything in."""
    kept = [at for at in range(len(table.columns)) if any(row[at] for row in table.rows)]
    return Table(
        table.caption,
        tuple(table.columns[at] for at in kept),
        tuple(tuple(row[at] for at in kept) for row in table.rows),
        table.note,
    )
