"""XML from strangers as a small tree: no entities, no DTD, bounded in size, depth and elements."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from integrations.structured.model import NotReadable

MAX_BYTES = 10 * 1024 * 1024
MAX_ELEMENTS = 200_000
MAX_DEPTH = 60
MAX_TEXT = 10_000  # characters of one element that are kept: more is an attachment


@dataclass(slots=True)
class Node:
    """An element by its local name. path is that of the tree, `/Invoice/Line[2]/ID`."""

    name: str
    path: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Node]:
        """Elements under a chain of names; a name may hold alternatives, `"ID|Number"`."""
        if not names:
            yield self
            return
        wanted = names[0].split("|")
        for child in self.children:
            if child.name in wanted:
                yield from child.all(*names[1:])

    def first(self, *names: str) -> Node | None:
        """The first such element that says something or holds others."""
        return next((one for one in self.all(*names) if one.text or one.children), None)


def tree_of(content: bytes) -> Node:
    """The document's root. Raises NotReadable."""
    if len(content) > MAX_BYTES:
        raise NotReadable("The structured part is larger than is read.")
    stack: list[tuple[Node, dict[str, int]]] = []
    root: Node | None = None
    count = 0
    try:
        for event, element in iterparse(
            io.BytesIO(content), events=("start", "end"), forbid_dtd=True
        ):
            if event == "end":
                node, _ = stack.pop()
                node.text = " ".join((element.text or "")[:MAX_TEXT].split())
                element.clear()
                continue
            count += 1
            if count > MAX_ELEMENTS or len(stack) >= MAX_DEPTH:
                raise NotReadable("The structured part has more elements than are read.")
            name = str(element.tag).rpartition("}")[2]
            parent = stack[-1] if stack else None
            node = Node(name, _path(parent, name), _local(element.attrib))
            if parent is None:
                root = node
            else:
                parent[0].children.append(node)
            stack.append((node, {}))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotReadable("The structured part is not well-formed XML.") from error
    if root is None:
        raise NotReadable("The structured part is empty.")
    return root


def _path(parent: tuple[Node, dict[str, int]] | None, name: str) -> str:
    if parent is None:
        return f"/{name}"
    node, seen = parent
    seen[name] = seen.get(name, 0) + 1
    number = f"[{seen[name]}]" if seen[name] > 1 else ""
    return f"{node.path}/{name}{number}"


def _local(attributes: dict[str, str]) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in attributes.items()}
