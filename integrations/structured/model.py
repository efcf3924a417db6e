"""What the part of a document that is meant for machines says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from integrations.providers.base import Evidence

# Amounts and quantities are numbers, dates ISO texts, everything else is text.
Value = str | float


@dataclass(frozen=True, slots=True)
class Record:
    """One structured part. values and lines go by the terms that contracts use (`x-term`); values
    may hold prepaid and rounding besides, which lead from the gross total to the amount due.

    source: xml (an invoice) or mrz (an identity document's zone). document is the GivenDocument's
    id, "" where it was a text of the payload. evidence is by term, and by `lines.<row>.<column>`.
    fault, where not "", is a code for what is wrong with the part: unreadable (then there are no
    values), repaired (characters were read by their check digits), invalid (a zone that does not
    prove itself). A faulty record's values are no more certain than a guess.
    """

    source: Literal["xml", "mrz"]
    document: str
    values: Mapping[str, Value]
    lines: Sequence[Mapping[str, Value]] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    fault: str = ""
    # Values of a kind of which there are several (other due dates, accounts): by term.
    others: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    name: str = ""
    # All short texts of the part: what the page says and is among them is explained.
    mentions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A term on which the structured part and the page do not say the same.

    page_value is what the page seems to say, None where that is not clear; evidence is its place.
    """

    term: str
    structured_value: Any
    page_value: Any
    evidence: Evidence | None = None


class NotReadable(Exception):
    """The part is broken or larger than is read. The message repeats nothing of it."""
