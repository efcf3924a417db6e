"""What a request changes, in words: places labelled, figures rounded, old beside new."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from governance.approvals.changes import Change, changes
from governance.approvals.models import Approval
from review.console import words

# How a value is written; the number says how many decimal places more than usual.
Writer = Callable[[Any, int], str]

_MOST_PLACES_MORE = 12  # until then two figures that differ in a double are told apart
_FIELD = re.compile(r"report\.fields\[(.+)\]\.(\w+)")
_TOKEN = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,20})?(e-?\d{1,3})?")
# A figure that a computer worked out. What a person wrote has fewer places and stays as it is.
_WORKED_OUT = re.compile(r"-?\d+\.\d{5,}(e-?\d+)?|-?\d+(\.\d+)?e-\d+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of a value; `is_changed` where it is not in the other one."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A change as it is shown: old beside new, line by line; recorded is what is signed."""

    label: str
    old: list[Piece]
    new: list[Piece]
    recorded: Change
    is_reworded: bool  # a value is shown otherwise than it is recorded


@dataclass(frozen=True, slots=True)
class _Place:
    label: str
    write: Writer
    rank: tuple[int, int, int]


def _plain(value: Any, more: int) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.{4 + more}g}"
        case int():
            return str(value)
        case [*entries] if all(not isinstance(one, list | dict) for one in entries):
            return ", ".join(_plain(one, more) for one in entries) or "none"
        case str():
            return value
    return json.dumps(value, ensure_ascii=False)


def _share(value: Any, more: int) -> str:
    return "none" if value is None else f"{value:.{1 + more}%}"


def _interval(value: Any, more: int) -> str:
    if value is None:
        return "none"
    low, high = value
    return f"{low:.{1 + more}%} to {high:.{1 + more}%}"


def _figure(value: Any, more: int) -> str:
    return "none" if value is None else f"{value:.{3 + more}f}"


def _threshold(value: Any, more: int) -> str:
    return "none" if value is None else f"{value:.{2 + more}f}"


def _count(value: Any, more: int) -> str:
    return "none" if value is None else f"{value:,}"


def _classes(value: Any, more: int) -> str:
    """Classes are the JSON texts of a field's values."""
    found = (json.loads(one) for one in value)
    texts = (words.label(one) if isinstance(one, str) else _plain(one, more) for one in found)
    return ", ".join(texts) or "none"


def _days(value: Any, more: int) -> str:
    return "kept" if value is None else f"{value:,} day{'' if value == 1 else 's'}"


# What a training run measured of a field, in the order in which it is read.
_MEASURES: Mapping[str, tuple[str, Writer]] = {
    "accuracy": ("accuracy on held-out examples", _share),
    "stranger_accuracy": ("accuracy, new issuers", _share),
    "threshold": ("threshold to act alone", _threshold),
    "above_share": ("share above the threshold", _share),
    "above_accuracy": ("accuracy above the threshold", _share),
    "above_interval": ("95% interval of it", _interval),
    "calibration_error": ("calibration error (0 is perfect)", _figure),
    "mean_confidence": ("mean confidence", _share),
    "rows": ("examples", _count),
    "present": ("examples with a value", _count),
    "classes": ("classes", _count),
    "rare_classes": ("classes with too few examples to judge", _classes),
    "majority_share": ("share of the commonest class", _share),
    "familiar_share": ("share of known issuers", _share),
    "temperature": ("temperature of its confidence", _figure),
    "kind": ("kind of value", _plain),
}
# The other places of a version, in the order in which they are read.
_OF_VERSION: Mapping[tuple[str, ...], tuple[str, Writer]] = {
    ("model",): ("Model", _plain),
    ("number",): ("Version", _count),
    ("provider",): ("Provider", _plain),
    ("card",): ("Model card", _plain),
    ("card", "revision"): ("Model card, revision", _count),
    ("card", "missing"): ("Model card, required fields that are missing", _count),
    ("card", "digest"): ("Model card, digest", _plain),
    ("report", "contract"): ("Trained for contract", _count),
    ("report", "rows"): ("Examples learnt from", _count),
    ("report", "groups"): ("Issuers among them", _count),
    ("report", "columns"): ("Features", _count),
    ("report", "decided"): ("Examples from people's decisions", _count),
    ("report", "seed"): ("Random seed", _plain),
    ("digest",): ("Digest", _plain),
    ("config", "path"): ("Model file", _plain),
    ("config", "sha256"): ("Digest of the model file", _plain),
}
_FIRST = list(_OF_VERSION).index(("digest",))  # fields and figures stand before what follows


def beside(
    before: object, after: object, *, kind: str, names: Mapping[str, str] | None = None
) -> list[Beside]:
    """Old and new of each place that differs. names: titles of a process's output fields.

    A version's are in the order of reading; others by place, for the database keeps no order.
    """
    found = changes(before, after)
    paths = [one.path for one in found]
    matches = filter(None, (_FIELD.fullmatch(path) for path in paths))
    # Lists keep their order in the database.
    order = {name: at for at, name in enumerate(dict.fromkeys(one[1] for one in matches))}
    rows = [
        (_place(kind, one.path, names or {}, order), one)
        for one in found
        if not _is_opened(one, paths)
    ]
    rows.sort(key=lambda row: (row[0].rank, row[1].path))
    return [_beside(place, one) for place, one in rows]


def _is_opened(change: Change, paths: list[str]) -> bool:
    """Whether nothing became something whose parts are listed, or the other way round."""
    return {change.old, change.new} == {"null", ""} and any(
        one.startswith((f"{change.path}.", f"{change.path}[")) for one in paths
    )


def _place(kind: str, path: str, names: Mapping[str, str], order: Mapping[str, int]) -> _Place:
    if kind == Approval.Kind.VERSION:
        return _place_of_version(path, names, order)
    write = _days if kind == Approval.Kind.RETENTION else _plain
    return _Place(_label(path), write, (0, 0, 0))


def _place_of_version(path: str, names: Mapping[str, str], order: Mapping[str, int]) -> _Place:
    steps = tuple(path.split("."))
    if steps in _OF_VERSION:
        label, write = _OF_VERSION[steps]
        at = list(_OF_VERSION).index(steps)
        return _Place(label, write, (at if at < _FIRST else at + 2, 0, 0))
    if of_field := _FIELD.fullmatch(path):
        field, measure = of_field.groups()
        label, write = _MEASURES.get(measure, (words.label(measure).lower(), _plain))
        rank = (_FIRST, 1 + order[field], _rank_of(measure))
        return _Place(f"{names.get(field, words.label(field))}: {label}", write, rank)
    head, _, rest = path.partition(".")
    if head == "report" and rest in _MEASURES:
        label, write = _MEASURES[rest]
        return _Place(words.label(label), write, (_FIRST, 0, _rank_of(rest)))
    if head == "report":
        return _Place(_label(rest), _plain, (_FIRST, 0, len(_MEASURES)))
    label = f"Setting: {_label(rest)}" if rest else _label(path)
    return _Place(label, _plain, (_FIRST + 1, 0, 0))


def _rank_of(measure: str) -> int:
    return list(_MEASURES).index(measure) if measure in _MEASURES else len(_MEASURES)


def _label(path: str) -> str:
    """`queues[triage].lease_seconds` as `Queues › triage › Lease seconds`."""
    parts = (name or words.label(key) for name, key in _TOKEN.findall(path))
    return " › ".join(parts) or "Value"


def _beside(place: _Place, change: Change) -> Beside:
    texts = _written(place.write, change)
    is_reworded = texts != (change.old, change.new)
    old, new = (text.splitlines() for text in texts)
    if len(old) < 2 and len(new) < 2:
        one, other = ([Piece(text, False)] if text else [] for text in texts)
        return Beside(place.label, one, other, change, is_reworded)
    same = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept_old = {block.a + line for block in same for line in range(block.size)}
    kept_new = {block.b + line for block in same for line in range(block.size)}
    return Beside(
        place.label,
        [Piece(text, bool(new) and line not in kept_old) for line, text in enumerate(old)],
        [Piece(text, bool(old) and line not in kept_new) for line, text in enumerate(new)],
        change,
        is_reworded,
    )


def _written(write: Writer, change: Change) -> tuple[str, str]:
    """Both sides, with as many places as it takes to tell them apart."""
    for more in range(_MOST_PLACES_MORE):
        old, new = (_side(write, text, more) for text in (change.old, change.new))
        if old != new:
            return old, new
    return change.old, change.new


def _side(write: Writer, text: str, more: int) -> str:
    is_number = _NUMBER.fullmatch(text) is not None
    if not text or (write is _plain and is_number and not _WORKED_OUT.fullmatch(text)):
        return text
    value = _value(text, is_number=is_number)
    try:
        return write(value, more)
    except (TypeError, ValueError):  # a report says what it likes
        return _plain(value, more)


def _value(text: str, *, is_number: bool) -> Any:
    """A recorded value: text stays text, unless it reads as nothing, yes or no, number or list."""
    if not is_number and text not in ("null", "true", "false") and not text.startswith("["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
