"""CSV for a spreadsheet, which shows its cells and runs none of them."""

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A header and rows of texts."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return file.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and never runs: an apostrophe keeps it a text."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
