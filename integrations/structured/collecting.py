"""Values picked from elements, each with the element it was read from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import date

from integrations.providers.base import Evidence
from integrations.structured.model import Record, Value
from integrations.structured.xmltree import Node

MAX_LINES = 1_000
LONGEST_MENTION = 200
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{4})?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*|Z|[+-]\d{2}:\d{2})?", re.ASCII)


def amount(text: str) -> float | None:
    """A number as XML writes it, rounded as it stands; None for anything else."""
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def day(text: str) -> str | None:
    """An ISO date of `20180305` (formats 102 and 203 of UNTDID 2379) or `2018-03-05`."""
    found = _COMPACT.fullmatch(text) or _ISO.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


class Collector:
    """Gathers the values of one structured part by term."""

    def __init__(self, document: str, name: str) -> None:
        self._document, self._name = document, name
        self._values: dict[str, Value] = {}
        self._others: dict[str, tuple[Value, ...]] = {}
        self._evidence: dict[str, Evidence] = {}
        self._lines: list[dict[str, Value]] = []

    def value(self, term: str) -> Value | None:
        return self._values.get(term)

    def text(self, term: str, nodes: Iterable[Node]) -> None:
        self._take(term, [(node.text, node) for node in nodes])

    def amount(self, term: str, nodes: Iterable[Node]) -> None:
        self._take(term, [(amount(node.text), node) for node in nodes])

    def day(self, term: str, nodes: Iterable[Node]) -> None:
        self._take(term, [(day(node.text), node) for node in nodes])

    def joined(self, term: str, nodes: Iterable[Node]) -> None:
        """The nodes' texts as one, evidence the first of them."""
        found = [node for node in nodes if node.text]
        if found:
            self._values[term] = ", ".join(node.text for node in found)
            self._evidence[term] = self._of(found[0])

    def line(self, columns: Iterable[tuple[str, Node | None, bool]]) -> None:
        """A row of (column, its element, whether it is a number)."""
        if len(self._lines) >= MAX_LINES:
            return
        row: dict[str, Value] = {}
        for column, node, is_number in columns:
            value = None if node is None else (amount(node.text) if is_number else node.text)
            if node is not None and value is not None and value != "":
                row[column] = value
                self._evidence[f"lines.{len(self._lines)}.{column}"] = self._of(node)
        if row:
            self._lines.append(row)

    def record(self, root: Node) -> Record:
        return Record(
            source="xml",
            document=self._document,
            values=self._values,
            lines=tuple(self._lines),
            evidence=self._evidence,
            others=self._others,
            name=self._name,
            mentions=frozenset(_texts(root)),
        )

    def _take(self, term: str, found: list[tuple[Value | None, Node]]) -> None:
        """The first value there is; further ones that differ are kept beside it."""
        for value, node in found:
            if value is None or value == "":
                continue
            if term not in self._values:
                self._values[term] = value
                self._evidence[term] = self._of(node)
            elif value != self._values[term] and value not in self._others.get(term, ()):
                self._others[term] = (*self._others.get(term, ()), value)

    def _of(self, node: Node) -> Evidence:
        return Evidence(source="xml", document=self._document, path=node.path, text=node.text)


def _texts(root: Node) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.text and len(node.text) <= LONGEST_MENTION:
            yield node.text
        waiting.extend(node.children)
