"""YAML text as plain JSON values with a line for each; what YAML can do beyond JSON is refused.

Scalars are read by YAML 1.2's core rules, not PyYAML's 1.1: `on:` is a key called "on" and not
true, `no` is a text, and a date stays a text, as JSON has none.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from governance.contracts.problems import ContractError, Place, Problem, dotted
from governance.contracts.schemas import MAX_INTEGER

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 40
MAX_NODES = 20_000

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Longer digit strings are refused unread: Python's int() is quadratic in them.
_MAX_DIGITS = 400


def read(source: str, filename: str) -> tuple[Any, dict[Place, int]]:
    """The file's one document and the line (from 1) of each value's key or first character.

    Raises ContractError with what is wrong: not YAML, duplicate keys, anchors, tags, numbers that
    JSON cannot carry, or more than 256 Ki characters, 40 levels or 20,000 values.
    """
    if len(source) > MAX_CHARACTERS:
        message = f"the file is longer than {MAX_CHARACTERS:,} characters"
        raise ContractError(filename, [Problem(1, "", message)])
    try:
        _refuse_beyond_json(source, filename)
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        message = f"not valid YAML: {error.problem or error.context or 'cannot be read'}"
        raise ContractError(filename, [Problem(line, "", message)]) from None
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) + 1
        message = "holds a character that YAML does not allow"
        raise ContractError(filename, [Problem(line, "", message)]) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # An escape such as "\UFFFFFFFF" names no character; PyYAML lets chr() raise.
        problem = Problem(1, "", "not valid YAML: an escape or number cannot be read")
        raise ContractError(filename, [problem]) from None
    if root is None:
        raise ContractError(filename, [Problem(1, "", "the file is empty")])
    reader = _Reader()
    value = reader.value(root, ())
    if reader.problems:
        raise ContractError(filename, reader.problems)
    return value, reader.lines


def _refuse_beyond_json(source: str, filename: str) -> None:
    """Look over the parser's events, which come without recursion and without expansion."""
    depth = nodes = documents = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        message = None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = "anchors and aliases (&, *) are not allowed; write the value out"
        elif getattr(event, "tag", None):
            message = "tags (!) are not allowed"
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                message = "one file holds one contract; there is a second document"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels"
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > MAX_NODES:
            message = f"holds more than {MAX_NODES:,} values"
        if message:
            raise ContractError(filename, [Problem(line, "", message)])


class _Reader:
    """Turns nodes into values, remembering lines and problems."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, at)) for at, child in enumerate(node.value)]
        text = str(node.value)
        if "\0" in text or not _is_unicode(text):
            self._problem(node, place, "holds a character that cannot be stored")
            return ""
        is_quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        return text if is_quoted else self._plain(node, text, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problem(key, place, "a field name must be a text")
                continue
            name: str = key.value
            line = key.start_mark.line + 1
            if name in found:
                first = self.lines[(*place, name)]
                self._problem(key, (*place, name), f"is given twice, first in line {first}")
                continue
            if "\0" in name or not _is_unicode(name):
                self._problem(key, place, "a field name holds a character that cannot be stored")
                continue
            self.lines[(*place, name)] = line
            found[name] = self.value(child, (*place, name))
        return found

    def _plain(self, node: yaml.Node, text: str, place: Place) -> Any:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        is_number = _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text)
        if _NOT_JSON.fullmatch(text) or (is_number and len(text) > _MAX_DIGITS):
            self._problem(node, place, "is not a number that JSON can carry; quote it if a text")
            return 0
        if _INTEGER.fullmatch(text):
            number = int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
            if abs(number) > MAX_INTEGER:
                self._problem(node, place, f"must be within plus or minus {MAX_INTEGER}")
                return 0
            return number
        if _FLOAT.fullmatch(text):
            real = float(text)
            if not math.isfinite(real):
                self._problem(node, place, "is too large a number")
                return 0
            return real
        return text

    def _problem(self, node: yaml.Node, place: Place, message: str) -> None:

        self.problems.append(Problem(node.start_mark.line + 1, dotted(place), message))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
