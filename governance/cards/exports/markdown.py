"""A card as one Markdown document."""

from __future__ import annotations

import re

from governance.cards.queries import Card
from governance.cards.schema import SECTIONS
from governance.cards.table import Table

# A heading within a text would stand among the card's own.
_HEADING = re.compile(r"^( {0,3})(#+(?:\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)


def markdown(card: Card) -> str:
    """The whole card; fields without a text say so."""
    lines = [f"# Model card: {_cell(card.title)}", "", *_head(card), ""]
    for section in SECTIONS:
        lines += [f"## {section.title}", ""]
        for field in section.fields:
            asked = f" (Annex IV, {field.annex_iv})" if field.annex_iv else ""
            lines += [f"### {field.label}{asked}", ""]
            if field.is_measured:
                tables = card.measured.get(field.key, ())
                for table in tables:
                    lines += [*_table(table), ""]
                if not tables:
                    lines += ["*Not measured yet.*", ""]
            else:
                text = card.texts.get(field.key, "")
                lines += [_HEADING.sub(r"\1\\\2", text) if text else "*Not written yet.*", ""]
    return "\n".join(lines).rstrip() + "\n"


def _head(card: Card) -> list[str]:
    found = card.completeness
    lines = [
        f"- Process: {card.version.model.process_id}",
        f"- Version digest: `{card.version.digest}`",
    ]
    if card.revision:
        at = f"{card.revision.at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"- Card: revision {card.revision.number} of {at}, `{card.revision.digest}`")
    else:
        lines.append("- Card: no revision was kept yet")
    if card.facts and card.facts.measured_at:
        at = f"{card.facts.measured_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"- Measured in use: {at}, `{card.facts.digest}`")
    lines.append(f"- Complete: {found.filled} of {found.required} required fields")
    if found.missing:
        lines.append(f"- Missing: {', '.join(one.label for one in found.missing)}")
    return lines


def _table(table: Table) -> list[str]:
    lines = [
        f"**{_cell(table.caption)}**",
        "",
        _row(table.columns),
        _row(["---"] * len(table.columns)),
    ]
    lines += [_row(row) for row in table.rows]
    if table.note:
        lines += ["", table.note]
    return lines


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
