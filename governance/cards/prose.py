"""Authored texts are a little Markdown: paragraphs, lists, emphasis, code, links. No raw HTML."""

from __future__ import annotations

from functools import cache
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Headings would break into the card's own order, pictures would be fetched from elsewhere.
_OFF = ["heading", "lheading", "image", "html_block", "html_inline", "hr", "blockquote"]


@cache
def reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(_OFF)


def html(text: str) -> str:
    """The text as safe HTML: everything in it is escaped, links with odd schemes stay text."""
    return cast(str, reader().render(text))


def blocks(text: str) -> list[tuple[str, Token]]:
    """(mark, inline token) of each paragraph: mark is "" or what leads a list's item."""
    found: list[tuple[str, Token]] = []
    lists: list[int | None] = []  # of open lists: the next number, None for bullets
    mark = ""
    for token in reader().parse(text):
        if token.type == "bullet_list_open":
            lists.append(None)
        elif token.type == "ordered_list_open":
            lists.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            mark = "•" if number is None else f"{number}."
            lists[-1] = None if number is None else number + 1
        elif token.type == "inline":
            found.append((mark, token))
            mark = ""
        elif token.type in ("fence", "code_block"):
            found.append((mark, Token("code", "", 0, content=token.content)))
            mark = ""
    return found
