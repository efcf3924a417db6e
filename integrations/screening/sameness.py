"""Do two spellings name the same person, letter for letter? For checks, not for lists."""

from __future__ import annotations

from integrations.screening.transliteration import WAYS, capitals


def is_same(left: str, right: str) -> bool:
    """Whether two names are equal in one of the ways to write them, in any order of their parts.

    `"Björn Anna-Maria"` is `"BJOERN ANNA MARIA"` and `"Anna Maria BJORN"`, not `"Bjorn Anna"`.
    """
    return any(a == b for a in _forms(left) for b in _forms(right))


def is_cut(short: str, whole: str, *, is_last: bool) -> bool:
    """Whether `short` is what a full machine-readable zone leaves of `whole`.

    Parts come in order, each whole or only its first letter, and parts at the end may be missing;
    with `is_last`, where the name stands at the end of the zone, its last part may be any
    beginning (ICAO Doc 9303-3, 4.6.2).
    """
    return any(_is_cut(capitals(short, way).split(), whole, is_last) for way in WAYS)


def _forms(name: str) -> set[tuple[str, ...]]:
    forms = set()
    for way in WAYS:
        written = capitals(name, way)
        if written:
            forms.add(tuple(sorted(written.split())))
            # "Jean Pierre" and "Jeanpierre", "Al Masri" and "Almasri".
            forms.add((written.replace(" ", ""),))
    return forms


def _is_cut(short: list[str], whole: str, is_last: bool) -> bool:
    for way in WAYS:
        parts = capitals(whole, way).split()
        if not short or len(short) > len(parts):
            continue
        pairs = list(zip(short, parts, strict=False))
        if not all(_is_part(a, b) for a, b in pairs[:-1]):
            continue
        last_short, last_whole = pairs[-1]
        if _is_part(last_short, last_whole) or (is_last and last_whole.startswith(last_short)):
            return True
    return False


def _is_part(short: str, whole: str) -> bool:
    return short == whole or (len(short) == 1 and whole.startswith(short))
