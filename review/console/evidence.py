"""Where values come from: in words for people, as places for the viewer, and as people take them.

A place is sent to the browser and back as compact JSON: {"d": document id, "p": page, "b": box} in
a picture, {"d", "p", "s": start, "e": end} in a page of text, {"i": dotted path, "s", "e"} in a
text of the input. Words themselves are never part of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.documents.model import SCALE

MAX_PLACES = 200  # of one form: fields and cells
_PREFIX = "evidence."
_MAX_CHARACTERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value's evidence: text says where it comes from; level is exact (a part meant for
    machines), read, doubtful (not found where the model says) or none; places is JSON."""

    text: str
    level: str
    places: str


NOTHING = Sourced("no evidence", "none", "")


def sourced(found: Sequence[Mapping[str, Any]], names: Mapping[str, str] | None = None) -> Sourced:
    """Evidence as stored with a candidate; names are document names, said where there are two."""
    places = _compact(found)
    if not found or all(one.get("source") == "none" and _is_grounded(one) for one in found):
        return NOTHING
    if not any(_is_grounded(one) for one in found):
        return Sourced("not found in the document", "doubtful", places)
    best = next(one for one in found if _is_grounded(one))
    source = str(best.get("source", ""))
    where = _where(best, names or {})
    match source:
        case "xml":
            return Sourced("read from the embedded invoice data", "exact", places)
        case "mrz":
            return Sourced(f"read from the machine-readable zone{where}", "exact", places)
        case "ocr":
            return Sourced(f"recognised in the scan{where}", "read", places)
        case "text":
            return Sourced(f"read in the document{where}", "read", places)
        case "input":
            return Sourced("read in what was handed in", "read", places)
    return NOTHING


def _is_grounded(one: Mapping[str, Any]) -> bool:
    return bool(one.get("is_grounded", True))


def _where(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    parts = []
    if len(names) > 1 and one.get("document") in names:
        parts.append(names[str(one["document"])])
    if one.get("page"):
        parts.append(f"page {one['page']}")
    return ", " + ", ".join(parts) if parts else ""


def _compact(found: Sequence[Mapping[str, Any]]) -> str:
    places = [place for place in map(_place, found) if place is not None]
    return json.dumps(places, separators=(",", ":")) if places else ""


def _place(one: Mapping[str, Any]) -> dict[str, Any] | None:
    if one.get("box") and one.get("document"):
        return {"d": str(one["document"]), "p": one["page"], "b": list(one["box"])}
    span = {"s": one.get("start", 0), "e": one.get("end", 0)}
    if one.get("document") and one.get("page") and span["e"]:
        return {"d": str(one["document"]), "p": one["page"], **span}
    if one.get("source", "input") == "input" and one.get("path"):
        return {"i": one["path"], **span}
    return None


def taken(stored: Mapping[str, Any] | None) -> dict[str, str]:
    """Path -> compact JSON of what a person took over, as a draft or a decision holds it."""
    found = {path: _compact(places) for path, places in (stored or {}).items()}
    return {path: places for path, places in found.items() if places}


def parse(posted: Mapping[str, Any], rows: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """Path -> places of a form, as they are stored: well-formed ones only, at most MAX_PLACES.

    rows says, by table, at which place of the output a row of the form ended up; evidence of a
    row that is gone goes with it. Whether the documents are the item's is for `belonging` to say.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for key, raw in posted.items():
        if not key.startswith(_PREFIX) or len(found) >= MAX_PLACES or not raw:
            continue
        path = _moved(key.removeprefix(_PREFIX), rows)
        places = _read(str(raw)) if path else []
        if path and places:
            found[path] = places
    return found


def _moved(path: str, rows: Mapping[str, Mapping[int, int]]) -> str | None:
    name, *rest = path.split(".")
    if not rest:
        return name
    if len(rest) != 2 or not rest[0].isdecimal():
        return None
    place = rows.get(name, {}).get(int(rest[0]))
    return None if place is None else f"{name}.{place}.{rest[1]}"


def _read(raw: str) -> list[dict[str, Any]]:
    try:
        given = json.loads(raw[:4000])
    except (ValueError, RecursionError):
        return []
    places = [_stored(one) for one in given[:20]] if isinstance(given, list) else []
    return [one for one in places if one is not None]


def _stored(one: Any) -> dict[str, Any] | None:
    if not isinstance(one, dict):
        return None
    start, end = one.get("s", 0), one.get("e", 0)
    if not _is_span(start, end):
        return None
    if isinstance(one.get("i"), str):
        return {"path": one["i"][:200], "start": start, "end": end}
    document, page, box = _uuid(one.get("d")), one.get("p"), one.get("b")
    if document is None or not _is_count(page) or not page:
        return None
    if _is_box(box):
        return {"document": document, "page": page, "box": box}
    return {"document": document, "page": page, "start": start, "end": end} if end else None


def _is_box(box: Any) -> bool:
    if not isinstance(box, list) or len(box) != 4 or not all(_is_count(one) for one in box):
        return False
    left, top, right, bottom = box
    return bool(left < right <= SCALE and top < bottom <= SCALE)


def _is_span(start: Any, end: Any) -> bool:
    return _is_count(start) and _is_count(end) and start <= end


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_CHARACTERS


def _uuid(text: Any) -> str | None:
    try:
        return str(UUID(text))
    except (TypeError, ValueError, AttributeError):
        return None


def documents_in(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """The documents that places are in."""
    return {one["document"] for places in found.values() for one in places if "document" in one}


def belonging(found: Mapping[str, Any], documents: set[str]) -> dict[str, Any]:
    """What is left of places when those in other documents than these are taken out."""
    kept = {
        path: [one for one in places if one.get("document", "") in documents | {""}]
        for path, places in found.items()
    }
    return {path: places for path, places in kept.items() if places}
