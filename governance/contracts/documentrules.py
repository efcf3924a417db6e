"""A contract's `input.documents`: which files an item may carry."""

from __future__ import annotations

from typing import Any

from governance.contracts.problems import Problems, listed
from governance.contracts.schemas import LABELS
from governance.contracts.section import Section, kind_of

TYPES = ("pdf", "png", "jpeg", "tiff", "email", "docx", "text", "xml")
MEBIBYTE = 1024 * 1024
MAX_FILES = 50
MAX_MEBIBYTES = 200
MAX_PAGES = 2_000


def documents_of(parent: Section) -> dict[str, Any] | None:
    """The section as it is stored, None where the contract takes no files."""
    if "documents" not in parent.values:
        parent.raw("documents", None)
        return None
    section = parent.section("documents")
    at_least = section.integer("at_least", 0, MAX_FILES, 1)
    at_most = section.integer("at_most", 1, MAX_FILES, max(10, at_least))
    if at_least > at_most and isinstance(section.values.get("at_least"), int):
        section.problem("at_least", f"must not be above at_most ({at_most})")
    types = section.choices("types", TYPES, list(TYPES))
    if section.values.get("types") == []:
        section.problem("types", f"must name at least one of {listed(TYPES)}")
    body = {
        "at_least": at_least,
        "at_most": at_most,
        "types": types or list(TYPES),
        "max_bytes": section.integer("max_mebibytes", 1, MAX_MEBIBYTES, 20) * MEBIBYTE,
        "max_pages": section.integer("max_pages", 1, MAX_PAGES, 100),
        "privacy": _label(section),
    }
    section.finish()
    return body


def _label(section: Section) -> str:
    label = section.raw("x-privacy", None)
    if label in LABELS:
        return str(label)
    problems: Problems = section.problems
    if "x-privacy" in section.values:
        given = f'"{label[:80]}"' if isinstance(label, str) else kind_of(label)
        problems.add((*section.place, "x-privacy"), f"must be one of {listed(LABELS)}, not {given}")
    elif section.is_mapping:
        problems.add(section.place, f"has no privacy label; add x-privacy: {' | '.join(LABELS)}")
    return LABELS[-1]
