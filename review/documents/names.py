"""Names of files as people gave them, made harmless."""

import re
import unicodedata

MAX_CHARACTERS = 255
_NAMELESS = "document"
# Controls, format characters (bidirectional overrides among them: "exe.pdf" read backwards),
# surrogates, private use, unassigned, line and paragraph separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(name: str) -> str:
    """The last part of a path, without what cannot be seen; never empty, at most 255 characters.

    It only ever names the file for people: nothing is stored under it.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in last)
    shown = " ".join(unicodedata.normalize("NFC", seen).split()).strip(". ")
    if len(shown) > MAX_CHARACTERS:
        stem, dot, ending = shown.rpartition(".")
        if dot and len(ending) <= 10:
            shown = f"{stem[: MAX_CHARACTERS - len(ending) - 2]}…{dot}{ending}"
        else:
            shown = f"{shown[: MAX_CHARACTERS - 1]}…"
    return shown or _NAMELESS
