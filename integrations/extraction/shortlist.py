"""The few best candidates of a field, each with the measures that the trees judge it by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from integrations.extraction import features, memory
from integrations.extraction.candidates import Candidate
from integrations.extraction.candidates.spans import cheap_scores
from integrations.extraction.features import hashed
from integrations.extraction.fields import SPANS, Target
from integrations.extraction.memory import Memory, Neighbour
from integrations.extraction.prepared import Prepared
from integrations.extraction.values import letters

Array = npt.NDArray[Any]

# Candidates a field that the trees judge.
MOST = 20
# Likeness in percent from which words on the page are what an earlier item said.
_SAME_TEXT = 86

_COMPANY = re.compile(
    r"\b(gmbh|ag|kg|ltd|limited|inc|llc|corp|co|company|bv|b\.v|nv|sa|sarl|sas|srl|spa|s\.p\.a|"
    r"sl|plc|oy|ab|as|aps|sdn|bhd|ug|ohg|e\.k|eg|pte|pty|sp|shop|store|enterprise|trading)\b"
)
_POSTCODE = re.compile(r"(?<!\d)\d{4,6}(?!\d)")


@dataclass(frozen=True, slots=True)
class View:
    """What may be recalled while an item is judged: all that is remembered but the excluded."""

    memory: Memory
    neighbours: Sequence[Neighbour]
    excluded: frozenset[int] = frozenset()


@dataclass(slots=True)
class Shortlist:
    candidates: list[Candidate]
    rows: Array


def shortlist(
    prepared: Prepared, target: Target, scores: Sequence[Array], known: Array, view: View
) -> Shortlist:
    """scores: of each point, or of each atom that it begins, is within, or ends a value; known:
    which share of the words around each the scores rest on."""
    if target.kind in SPANS:
        return _spans(prepared, target, scores, known, view)
    return _points(prepared, target, scores[0], known, view)


def key_of(target: Target, key: str) -> int:
    """What is remembered of a value: enough to know it again, not to read it."""
    return hashed(f"v:{target.name}:{key}")


def trait_of(candidate: Candidate) -> int:
    return hashed(candidate.traits[0]) if candidate.traits else 0


def context_of(prepared: Prepared, target: Target, candidate: Candidate) -> frozenset[int]:
    """Hashes of a candidate's surroundings, as they are remembered."""
    sheet = prepared.sheet
    if not candidate.parts:
        return frozenset()
    near = features.surroundings(sheet, candidate.first, candidate.parts[0][1])
    return frozenset(features.context(sheet, candidate.first, candidate.parts[0][1], near))


def place_of(prepared: Prepared, candidate: Candidate) -> tuple[float, float]:
    """How far down and right on its page a candidate begins."""
    if not candidate.parts:
        return 0.0, 0.0
    token = prepared.sheet.tokens[candidate.first]
    return token.top / prepared.sheet.pages[token.page][2], token.left


def _ranked(scores: Array) -> tuple[Array, Array]:
    """Each score's rank from the top and its distance to the best."""
    order = np.argsort(-scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(len(scores))
    return ranks, scores - scores.max()


def _points(
    prepared: Prepared, target: Target, scores: Array, known: Array, view: View
) -> Shortlist:
    points = prepared.points(target.kind)
    if not points.candidates:
        return Shortlist([], np.empty((0, 0), np.float32))
    ranks, gaps = _ranked(scores)
    kept = np.flatnonzero(ranks < MOST)
    rows = []
    for at in kept.tolist():
        one = points.candidates[at]
        top, left = place_of(prepared, one)
        rows.append(
            [
                scores[at],
                ranks[at],
                gaps[at],
                known[at],
                *points.base[at].tolist(),
                *features.lexicon(points.around[at], target.term),
                *memory.point_numbers(
                    view.memory,
                    target.name,
                    view.neighbours,
                    view.excluded,
                    frozenset(points.contexts[at].tolist()),
                    key_of(target, one.key),
                    trait_of(one),
                    top,
                    left,
                ),
            ]
        )
    return Shortlist([points.candidates[at] for at in kept], np.array(rows, np.float32))


def _spans(
    prepared: Prepared, target: Target, scores: Sequence[Array], known: Array, view: View
) -> Shortlist:
    begin, inside, end = scores
    spans = prepared.spans(target.kind)
    if not spans.parts:
        return Shortlist([], np.empty((0, 0), np.float32))
    cheap = cheap_scores(spans, begin, inside, end)
    ranks, gaps = _ranked(cheap)
    kept = np.argsort(ranks, kind="stable")[:MOST].tolist()
    recalled = _recalled(spans.keys, target, view)
    kept += [at for at in dict.fromkeys(at for at, _, _ in recalled) if at not in set(kept)]
    candidates = [_candidate(prepared, target, spans.parts[at], spans.keys[at]) for at in kept]
    wheres = list(kept)
    for at, value, likeness in recalled:
        key = letters(value)
        if key != spans.keys[at]:
            one = _candidate(prepared, target, spans.parts[at], key)
            one.value, one.remembered = value, likeness
            candidates.append(one)
            wheres.append(at)
    counts: Counter[str] = Counter()
    for one, at in zip(candidates, wheres, strict=True):
        counts[one.key] = len(spans.index.get(spans.keys[at], ()))
    best = {one.key: 0.0 for one in candidates}
    for _, value, likeness in recalled:
        best[letters(value)] = max(best.get(letters(value), 0.0), likeness)
    rows = []
    for one, at in zip(candidates, wheres, strict=True):
        parts = spans.parts[at]
        rows.append(
            [
                cheap[at],
                ranks[at],
                gaps[at],
                known[parts[0][0]],
                *_atom_numbers(prepared, parts, begin, inside, end),
                *_text_numbers(prepared, one),
                *features.place(prepared.sheet, one.first, one.parts[0][1], counts, one.key),
                *features.lexicon(prepared.atoms.around[parts[0][0]], target.term),
                *_memory_numbers(target, one, best, view),
            ]
        )
    return Shortlist(candidates, np.array(rows, np.float32))


def _candidate(
    prepared: Prepared, target: Target, parts: tuple[tuple[int, int], ...], key: str
) -> Candidate:
    atoms = prepared.atoms.atoms
    runs = tuple((atoms.first[first], atoms.last[last]) for first, last in parts)
    lines = [prepared.sheet.text(first, last) for first, last in runs]
    return Candidate("\n".join(lines), key, runs)


def _recalled(keys: Sequence[str], target: Target, view: View) -> list[tuple[int, str, float]]:
    """(span, value, likeness) of what like items said and this page says nearly as well."""
    found: dict[str, tuple[int, str, float]] = {}
    for one, entry in view.memory.recalled(target.name, view.neighbours):
        if entry.value is None or not entry.key or entry.value in found:
            continue
        key = letters(entry.value)
        match = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=_SAME_TEXT)
        if match is not None:
            found[entry.value] = (match[2], entry.value, match[1] / 100 * one.likeness)
    return list(found.values())


def _atom_numbers(
    prepared: Prepared,
    parts: tuple[tuple[int, int], ...],
    begin: Array,
    inside: Array,
    end: Array,
) -> list[float]:
    atoms = prepared.atoms.atoms
    sheet = prepared.sheet
    first, last = parts[0][0], parts[-1][1]
    within = [float(inside[at]) for one, other in parts for at in range(one, other + 1)]
    own = atoms.by_segment[atoms.segment[first]]
    if first > own.start:
        before = float(inside[first - 1])
    else:
        before = _edge(atoms, sheet.segments[atoms.segment[first]].above, inside, -1)
    tail = atoms.by_segment[atoms.segment[last]]
    if last + 1 < tail.stop:
        after = float(inside[last + 1])
    else:
        after = _edge(atoms, sheet.segments[atoms.segment[last]].below, inside, 0)
    return [
        float(begin[first]),
        float(end[last]),
        sum(within),
        min(within),
        sum(within) / len(within),
        before,
        after,
        float(len(parts)),
        float(len(within)),
        float(max(begin[at] for one, other in parts for at in range(one, other + 1))),
        float(max(end[at] for one, other in parts for at in range(one, other + 1))),
        float(first == own.start),
        float(last + 1 == tail.stop),
    ]


def _edge(atoms: Any, segment: int, inside: Array, at: int) -> float:
    found = atoms.by_segment.get(segment)
    return float(inside[found[at]]) if found else -9.0


def _text_numbers(prepared: Prepared, one: Candidate) -> list[float]:
    text = " ".join(prepared.sheet.text(first, last) for first, last in one.parts)[:300]
    folded = text.casefold()
    size = max(1, len(text))
    tokens = prepared.sheet.tokens
    heights = [tokens[at].height for first, last in one.parts for at in (first, last)]
    return [
        float(len(text)),
        float(text.count(" ")),
        sum(letter.isdigit() for letter in text) / size,
        sum(letter.isupper() for letter in text) / size,
        float(text.count(",")),
        float(text.count(":")),
        float(text.count("(") - text.count(")")),
        float(text[:1] in "(<["),
        float(text[-1:] in ",;-&"),
        float("@" in text or "www" in folded or "http" in folded),
        float(bool(_COMPANY.search(folded))),
        float(len(_POSTCODE.findall(text))),
        max(heights) / prepared.sheet.typical_height,
    ]


def _memory_numbers(
    target: Target, one: Candidate, best: dict[str, float], view: View
) -> list[float]:
    key = key_of(target, one.key)
    likeness = view.neighbours[0].likeness if view.neighbours else 0.0
    share = total = latest = 0.0
    nearest = -1.0
    for at, (neighbour, entry) in enumerate(view.memory.recalled(target.name, view.neighbours)):
        total += neighbour.likeness
        share += neighbour.likeness * (entry.key == key)
        if at == 0:
            latest = float(entry.key == key)
        if entry.value is not None:
            nearest = max(nearest, neighbour.likeness * fuzz.ratio(letters(entry.value), one.key))
    known = view.memory.times_known(target.name, key, view.excluded)
    return [
        likeness,
        share / total if total else -1.0,
        latest,
        best.get(one.key, 0.0),
        one.remembered,
        nearest,
        float(min(known, 5)),
    ]
