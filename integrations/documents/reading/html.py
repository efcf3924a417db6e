"""The text of an HTML page as people would see it; nothing is run and nothing fetched."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

_UNSEEN = frozenset(
    {"head", "script", "style", "title", "template", "noscript", "object", "svg", "iframe"}
)
_BLOCK = re.compile(
    r"address|article|aside|blockquote|br|d[dlt]|div|fieldset|fig.*|footer|form|h[1-6r]|header"
    r"|li|main|nav|[ou]l|p|pre|section|table|tr"
)
_CELLS = frozenset({"td", "th"})
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?!\.)"
)


def to_text(page: str) -> str:
    """Lines of text. What a style or attribute of its own hides is left out.

    libxml2 forgives any markup and takes time in proportion to it, where the standard library's
    parser needs the square of it for some.
    """
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    root = etree.fromstring(page.encode("utf-8", "replace"), parser)
    if root is None:
        return ""
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if _BLOCK.fullmatch(tag):
            pieces.append("\n")
        if event == "end":
            pieces.append(_flat(element.tail))
        elif tag in _UNSEEN or _hides(element):
            walk.skip_subtree()
        else:
            pieces.append("  " if tag in _CELLS else "")
            pieces.append(_flat(element.text))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _hides(element: Any) -> bool:
    style = (element.get("style") or "").lower()
    return element.get("hidden") is not None or bool(_HIDING.search(style))
