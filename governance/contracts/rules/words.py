"""Does a text hold a word that a list forbids? The lists lie where those of names do."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails, is_absent
from governance.contracts.rules.screening import path_of

MAX_BYTES = 1024 * 1024
MAX_CHARACTERS = 200_000  # of one text that is looked at


def no_listed_words(given: Given) -> Verdict:
    """Whether none of the texts holds a word or phrase of the list, whatever its case.

    The list is a file of UTF-8 with a word or phrase a line; `#` begins a remark. One that cannot
    be read lets nothing through. What is told is a line of the list, not the word.
    """
    texts = [value for value in given.values if not is_absent(value)]
    if not all(isinstance(text, str) for text in texts):
        return fails("not_a_text")
    file = str(given.options["list"])
    try:
        path = path_of(file)
        state = path.stat()
        if state.st_size > MAX_BYTES:
            return fails("list_unreadable", list=file)
        listed = _read(path, state.st_mtime_ns, state.st_size)
    except (OSError, UnicodeDecodeError):
        return fails("list_unreadable", list=file)
    if not listed:
        return fails("list_unreadable", list=file)
    for text in texts:
        plain = _plain(text[:MAX_CHARACTERS])
        for line, phrase in listed:
            if f" {phrase} " in plain:
                return fails("word_listed", list=file, line=line)
    return HOLDS


def _plain(text: str) -> str:
    """Letters and digits alone, in lower case, each word with a blank before and after it."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    return f" {words} "


@functools.lru_cache(maxsize=32)
def _read(path: Path, changed: int, size: int) -> tuple[tuple[int, str], ...]:
    """(line, phrase) of a list; changed and size make one that was written anew be read anew."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    found = ((at, _plain(line.partition("#")[0]).strip()) for at, line in enumerate(lines, 1))
    return tuple((at, phrase) for at, phrase in found if phrase)
