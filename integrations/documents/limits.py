"""How much one file may cost. A file beyond a limit is refused and goes to a person."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults hold for an office's post; a contract may narrow bytes and pages.

    page_pixels is what one picture may hold before it is made smaller (40 million: A3 at 400 dpi),
    all_pixels that of all pages together. depth counts files within files: 0 for what was handed
    in, 1 for an e-mail's attachment; a file deeper than the limit is refused. unpacked_bytes and
    entries hold for packed files (DOCX). output_bytes is all that normalising may give back.

    The seconds are for the longest honest file, about 60 scanned pages; within them a file of few
    pages has less, by their number (reading/budget.py).
    """

    content_bytes: int = 20 * MEBIBYTE
    pages: int = 100
    page_pixels: int = 40_000_000
    all_pixels: int = 1_000_000_000
    depth: int = 3
    attachments: int = 20
    unpacked_bytes: int = 100 * MEBIBYTE
    entries: int = 2_000
    output_bytes: int = 96 * MEBIBYTE
    characters: int = 2_000_000
    memory_bytes: int = 1536 * MEBIBYTE
    cpu_seconds: int = 190
    wall_seconds: float = 200.0
