"""JSON as RFC 8259 and I-JSON (RFC 7493) mean it, for everything that comes from outside.

The standard parser keeps the last of two equal keys, reads 1e400 as infinity, accepts NaN and
falls over on deep nesting. Here each of these is one clear error with its place. Parsing stays
with the standard library's C scanner; the extra rules are looked for only where a cheap search
says that they could apply.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

MAX_BYTES = 2 * 2**20
MAX_DEPTH = 32
# Beyond this an integer is not exact everywhere, nor has it a canonical form (RFC 8785).
MAX_INTEGER = 2**53 - 1

# Possessive, and content with an unterminated string: linear in time whatever the text.
_STRING_PATTERN = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_STRING = re.compile(_STRING_PATTERN, re.DOTALL)
_BRACKET_OR_STRING = re.compile(r"[\[\]{}]|" + _STRING_PATTERN, re.DOTALL)
_WORD = re.compile(r"[\[\]{},:]|[^\[\]{},:\"\s]++|" + _STRING_PATTERN, re.DOTALL)
_SURROGATE_OR_NUL = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_EXTREME_NUMBER = re.compile(r"[0-9][eE]|[0-9]{16}")
_INTEGER = re.compile(r"-?[0-9]+")
_WHITESPACE = re.compile(r"[ \t\n\r]*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


class StrictJsonError(ValueError):
    """What is wrong, and where. The message never repeats the document's values.

    reason is one sentence; position counts characters (or bytes, where the text is not UTF-8)
    from 0, line and column from 1.
    """

    def __init__(self, reason: str, document: str | bytes, position: int) -> None:
        before = document[:position]
        if isinstance(before, bytes):
            self.line = before.count(b"\n") + 1
            self.column = position - before.rfind(b"\n")
        else:
            self.line = before.count("\n") + 1
            self.column = position - before.rfind("\n")
        self.reason = reason
        self.position = position
        super().__init__(f"{reason} (line {self.line}, column {self.column})")


def loads(
    document: bytes | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
) -> Any:
    """The value of a JSON document. Raises StrictJsonError for anything doubtful.

    Refused besides bad syntax: more than max_bytes, invalid UTF-8, a byte order mark, nesting
    deeper than max_depth, equal keys in one object, NaN and infinities, numbers that overflow,
    integers beyond 2^53 - 1, NUL and lone surrogates in strings.
    """
    text = _text(document, max_bytes)
    # Counting is two orders of magnitude quicker than walking, and most documents are flat.
    if text.count("[") + text.count("{") > max_depth:
        _check_depth(text, max_depth)
    if "\\u" in text and _SURROGATE_OR_NUL.search(text):
        _check_escapes(text)
    decoder = _CAREFUL if _EXTREME_NUMBER.search(text) else _PLAIN
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError(_sentence(error.msg), text, error.pos) from None
    except _Doubtful:
        raise _located(text) from None
    except RecursionError:  # only where a caller allows a depth that Python does not
        raise StrictJsonError("The document is nested too deeply.", text, 0) from None


class _Doubtful(ValueError):
    """A rule is broken somewhere; the scanner's hooks are not told where."""


def _text(document: bytes | str, max_bytes: int) -> str:
    if len(document) > max_bytes:
        raise StrictJsonError(f"The document is larger than {max_bytes} bytes.", document[:0], 0)
    try:
        if isinstance(document, str):
            if len(document.encode()) > max_bytes:
                raise StrictJsonError(f"The document is larger than {max_bytes} bytes.", "", 0)
            text = document
        else:
            text = document.decode()
    except UnicodeDecodeError as error:
        raise StrictJsonError("The text is not valid UTF-8.", document, error.start) from None
    except UnicodeEncodeError as error:
        raise StrictJsonError("The text holds a lone surrogate.", document, error.start) from None
    if text.startswith("\ufeff"):
        raise StrictJsonError("The document begins with a byte order mark.", text, 0)
    return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubtful
    return found


def _refuse(_: str) -> NoReturn:
    raise _Doubtful


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Doubtful
    return number


def _exact(digits: str) -> int:
    # 16 digits and a sign hold every integer up to 2^53; int() itself fails beyond 4,300.
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise _Doubtful
    return number


_PLAIN = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=_exact
)


def _check_depth(text: str, max_depth: int) -> None:
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise StrictJsonError(
                    f"The document is nested deeper than {max_depth} levels.", text, match.start()
                )
        elif mark in "]}":
            depth -= 1


def _check_escapes(text: str) -> None:
    """Find \\u0000 and surrogates without a partner, inside strings."""
    for string in _STRING.finditer(text):
        high_ends_at = -1
        for escape in _ESCAPE.finditer(text, string.start(), string.end()):
            code = int(escape.group(1) or "20", 16)
            is_low = 0xDC00 <= code <= 0xDFFF
            paired = is_low and escape.start() == high_ends_at
            if code == 0:
                raise StrictJsonError("A string holds a NUL character.", text, escape.start())
            if (high_ends_at >= 0 or is_low) and not paired:
                at = escape.start() if high_ends_at < 0 else high_ends_at - 6
                raise StrictJsonError("A string holds a lone surrogate.", text, at)
            high_ends_at = escape.end() if 0xD800 <= code <= 0xDBFF else -1
        if high_ends_at >= 0:
            raise StrictJsonError("A string holds a lone surrogate.", text, high_ends_at - 6)


def _located(text: str) -> StrictJsonError:
    """The first broken rule in reading order, by a slow walk that only failures pay for."""
    keys: list[set[str] | None] = []  # of each open object; None for an array
    expects_key = False
    for match in _WORD.finditer(text):
        word, at = match.group(), match.start()
        if word[0] == '"':
            inside = keys[-1] if keys else None
            if expects_key and inside is not None:
                key = json.loads(word)
                if key in inside:
                    return StrictJsonError("An object has the same key twice.", text, at)
                inside.add(key)
        elif word == "{":
            keys.append(set())
        elif word == "[":
            keys.append(None)
        elif word in "]}":
            if keys:
                keys.pop()
        elif word not in ",:" and (reason := _doubt(word)):
            return StrictJsonError(reason, text, at)
        expects_key = word in "{," and bool(keys) and keys[-1] is not None
    return StrictJsonError("The document is not valid JSON.", text, 0)


def _doubt(word: str) -> str | None:
    """What is wrong with a number or a bare word of a syntactically valid document."""
    if word in {"NaN", "Infinity", "-Infinity"}:
        return "NaN and Infinity are not JSON."
    try:
        if _INTEGER.fullmatch(word):
            _exact(word)
        elif word not in {"true", "false", "null"}:
            _finite(word)
    except _Doubtful:
        if _INTEGER.fullmatch(word):
            return "An integer is beyond 2^53 - 1; send it as a string."
        return "A number is too large."
    return None


def _end_of_blank(text: str, at: int) -> int:
    match = _WHITESPACE.match(text, at)
    return match.end() if match else at


def _sentence(message: str) -> str:
    message = message.removesuffix(" at").removesuffix(" starting")
    return f"{message[:1].upper()}{message[1:]}."


def property_spans(text: str) -> dict[str, tuple[int, int]]:
    """Where each top-level property's value lies in a valid JSON object: name -> (start, end).

    Character offsets, end exclusive, quotes included. '{"a": "x"}' gives {"a": (6, 9)}.
    Raises StrictJsonError where text is not one object.
    """
    spans: dict[str, tuple[int, int]] = {}
    at = _end_of_blank(text, 0)
    if text[at : at + 1] != "{":
        raise StrictJsonError("The document is not an object.", text, at)
    try:
        at = _end_of_blank(text, at + 1)
        while text[at] != "}":
            name, at = _PLAIN.raw_decode(text, at)
            at = _end_of_blank(text, at)
            start = _end_of_blank(text, at + 1)  # past the colon
            _, end = _PLAIN.raw_decode(text, start)
            spans[name] = (start, end)
            at = _end_of_blank(text, end)
            if text[at] == ",":
                at = _end_of_blank(text, at + 1)
    except (IndexError, ValueError, TypeError, RecursionError):
        raise StrictJsonError("The document is not an object.", text, at) from None
    return spans
