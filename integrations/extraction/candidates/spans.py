"""Runs of words: names, addresses, other texts, over one line or several.

A segment is cut into atoms where a value may begin or end (brackets, colons, commas, a glued
label). A span is some atoms in a row, down a column: within one segment, or from a segment to
those below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from integrations.extraction.layout import Sheet
from integrations.extraction.values import letters

# Cuts of one segment; the rest of it is one atom.
_MOST_ATOMS = 10
# Atoms of one item; a receipt has about 80, a page of print 150.
MAX_ATOMS = 1_500
# An address of eight lines is the longest seen.
LINES = {"name": 3, "address": 8, "text": 4}
# Spans of one item that are compared at all.
MAX_SPANS = 30_000

_LABELS = (
    "tel phone telephone telefon fax mobile mobil handy email mail web www gst vat ust uid tva btw "
    "iban bic swift reg roc ssm co.reg kvk siret siren hrb steuernr date datum invoice inv no. nr. "
    "id id."
)
_LABEL_WORDS = frozenset(_LABELS.split())
_NUMBER = re.compile(r"^[(<\[]?[A-Z]{0,3}\d{5,}[-–]?\w{0,2}[)>\]]?\.?$")


@dataclass(slots=True)
class Atoms:
    """first and last token, segment and place in it, of each atom; and the spans over them.

    spans are (first atom, last atom of each line) as runs of atoms: parts[i] lists (first, last)
    atoms a line. keys are their letters.
    """

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    segment: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    by_segment: dict[int, range] = field(default_factory=dict)


@dataclass(slots=True)
class Spans:
    """parts: for each span the runs of atoms, a run a line. keys: their letters and digits."""

    parts: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=dict)


def atoms_of(sheet: Sheet) -> Atoms:
    atoms = Atoms()
    for number, segment in enumerate(sheet.segments):
        if len(atoms.first) >= MAX_ATOMS:
            break
        begin = len(atoms.first)
        cuts = [at for at in segment.tokens if at == segment.first or _cut(sheet, at)]
        cuts = cuts[:_MOST_ATOMS]
        for at, first in enumerate(cuts):
            last = cuts[at + 1] - 1 if at + 1 < len(cuts) else segment.last
            atoms.first.append(first)
            atoms.last.append(last)
            atoms.segment.append(number)
            atoms.keys.append(letters(sheet.text(first, min(last, first + 40))))
        atoms.by_segment[number] = range(begin, len(atoms.first))
    return atoms


def _cut(sheet: Sheet, at: int) -> bool:
    """Whether a value may begin at this token, or one may have ended before it."""
    token, before = sheet.tokens[at], sheet.tokens[at - 1]
    if token.line != before.line:
        return True
    text, last = token.text, before.text[-1:]
    if text[0] in "(<[{|•·–:*#" or text == "-" or last in ":)>]}|•·–;,*#" or before.text == "-":
        return True
    if _NUMBER.match(text) or _NUMBER.match(before.text):
        return True
    word = text.casefold().rstrip(":.")
    return word in _LABEL_WORDS or (":" in text and text.split(":")[0].casefold() in _LABEL_WORDS)


def spans_of(sheet: Sheet, atoms: Atoms, kind: str) -> Spans:
    lines = LINES[kind]
    found = Spans()
    for number in atoms.by_segment:
        own = atoms.by_segment[number]
        chains = _chains(sheet, number, lines)
        for first in own:
            for last in own[first - own.start :]:
                _add(found, atoms, ((first, last),))
            if first - own.start > 4:
                continue
            head = (first, own[-1])
            for chain in chains:
                body = [(one[0], one[-1]) for one in map(atoms.by_segment.get, chain[:-1]) if one]
                tail = atoms.by_segment.get(chain[-1])
                if not tail or len(body) != len(chain) - 1:
                    continue
                for last in tail[:5]:
                    _add(found, atoms, (head, *body, (tail[0], last)))
                if len(tail) > 5:
                    _add(found, atoms, (head, *body, (tail[0], tail[-1])))
        if len(found.parts) >= MAX_SPANS:
            break
    for at, key in enumerate(found.keys):
        found.index.setdefault(key, []).append(at)
    return found


def _chains(sheet: Sheet, number: int, lines: int) -> list[list[int]]:
    """The segments below one another from a segment on: [[a], [a, b], ...], itself left out."""
    chains: list[list[int]] = []
    chain: list[int] = []
    current = sheet.segments[number]
    for _ in range(lines - 1):
        below = current.below
        if below < 0:
            break
        following = sheet.segments[below]
        gap = following.top - current.bottom
        if gap > 2.2 * max(current.height, following.height) or below in chain:
            break
        chain = [*chain, below]
        chains.append(chain)
        current = following
    return chains


def _add(found: Spans, atoms: Atoms, parts: tuple[tuple[int, int], ...]) -> None:
    key = "".join(atoms.keys[at] for first, last in parts for at in range(first, last + 1))
    if 2 <= len(key) <= 240:
        found.parts.append(parts)
        found.keys.append(key)


def cheap_scores(
    spans: Spans,
    begin: npt.NDArray[np.float64],
    inside: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """A span's score from its atoms' log-odds: begins here, ends there, all of it within."""
    total = np.concatenate([[0.0], np.cumsum(inside)])
    scores = np.empty(len(spans.parts))
    for at, parts in enumerate(spans.parts):
        within = sum(total[last + 1] - total[first] for first, last in parts)
        scores[at] = begin[parts[0][0]] + end[parts[-1][1]] + 0.5 * within
    return scores
