"""A policy's Markdown: what of it can be cited, as HTML, and what differs between two."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import rfc8785
from markdown_it import MarkdownIt
from markdown_it.token import Token

CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be cited: anchor is its id on the page, level 1 to 6."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison; kind: same, added, removed, or gap where equal lines are left out."""

    kind: str
    text: str


def digest_of(slug: str, text: str) -> str:
    """What an approval signs: the text, as that of this policy."""
    return hashlib.sha256(rfc8785.dumps({"policy": slug, "text": text})).hexdigest()


def headings(text: str) -> list[Heading]:
    """The headings in their order. Two of the same words get anchors of their own."""
    return [heading for heading, _ in _headed(_parser().parse(text))]


def heading_of(text: str, anchor: str) -> Heading | None:
    return next((one for one in headings(text) if one.anchor == anchor), None)


def html_of(text: str) -> str:
    """The text as HTML without any that it brings itself: tags stay text, pictures are links.

    Headings carry their anchors and stand below the page's own.
    """
    parser = _parser()
    tokens = parser.parse(text)
    for heading, token in _headed(tokens):
        token.attrSet("id", heading.anchor)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    return str(parser.renderer.render(tokens, parser.options, {}))


def differences(old: str, new: str) -> list[Line]:
    """The lines of both, with what was added and removed; long equal stretches as one gap."""
    before, after = old.splitlines(), new.splitlines()
    found: list[Line] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if found or group[0][1] > 0:
            found.append(Line("gap", ""))
        for what, left, left_end, right, right_end in group:
            if what == "equal":
                found += [Line("same", line) for line in before[left:left_end]]
            else:
                found += [Line("removed", line) for line in before[left:left_end]]
                found += [Line("added", line) for line in after[right:right_end]]
    return found


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # A picture would be fetched from elsewhere by whoever reads the policy.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _headed(tokens: list[Token]) -> Iterator[tuple[Heading, Token]]:
    taken: set[str] = set()
    for token, inline in itertools.pairwise(tokens):
        if token.type != "heading_open" or token.level != 0:
            continue
        parts = (one for one in inline.children or () if one.type in ("text", "code_inline"))
        title = "".join(one.content for one in parts) or "Untitled"
        yield Heading(_anchor(title, taken), title, int(token.tag[1])), token


def _anchor(title: str, taken: set[str]) -> str:
    base = "-".join(re.findall(r"[^\W_]+", title.casefold()))[:60] or "section"
    anchor, number = base, 1
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor
