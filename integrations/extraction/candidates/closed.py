"""Values of a closed form: words that fit a pattern, and choices, which need no place at all."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from integrations.extraction.candidates.base import Candidate
from integrations.extraction.layout import Sheet
from integrations.extraction.values import letters

_EDGES = " .,;:()[]<>\"'*|"
# Words of an item that speak for one choice or another.
_MOST_WORDS = 150


def find_tokens(sheet: Sheet, pattern: str) -> list[Candidate]:
    """Words that fit a schema's pattern. Words have at most 64 characters, which bounds any
    pattern's work."""
    wanted = re.compile(pattern)
    found = []
    for number, token in enumerate(sheet.tokens):
        text = token.text.strip(_EDGES)
        if text and wanted.search(text):
            segment = sheet.segments[sheet.segment_of[number]]
            alone = segment.first == segment.last
            numbers = (float(len(text)), float(text.isupper()), float(alone))
            traits = (f"t={text}", f"n={len(text)}")
            found.append(Candidate(text, letters(text), ((number, number),), traits, numbers))
    return found


def find_choices(sheet: Sheet, choices: Sequence[Any]) -> list[Candidate]:
    """Every choice once, where its word stands if it does; its traits join it to the item's
    words, so that what the words speak for can be learnt."""
    words = dict.fromkeys(
        token.word for token in sheet.tokens[:2_000] if len(token.word) > 2 and token.word.isalpha()
    )
    shown = list(words)[:_MOST_WORDS]
    places: dict[str, list[int]] = {}
    for number, token in enumerate(sheet.tokens):
        places.setdefault(letters(token.text), []).append(number)
    found = []
    for at, choice in enumerate(choices):
        key = json.dumps(choice)
        stands = places.get(letters(str(choice)), []) if isinstance(choice, str) else []
        traits = (f"c={key}", *(f"c={key} {word}" for word in shown))
        parts = ((stands[0], stands[0]),) if stands else ()
        numbers = (float(at), float(len(stands)), float(bool(stands)))
        found.append(Candidate(choice, letters(key) or key, parts, traits, numbers))
    return found
