"""What is hashed: an entry's fields as RFC 8785 canonical JSON (JCS)."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

import rfc8785

# Beyond these, other JSON readers would round the number (RFC 8785, 3.2.2.3).
LARGEST_INTEGER = 2**53 - 1
MAX_DEPTH = 100  # levels of nesting; far above what intake lets in, far below Python's own limit

_dumps = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode


class NotCanonical(ValueError):
    """The value would not survive storage with its hash; the text says where and why."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of any JSON value, for what is hashed and not kept here.

    Raises ValueError for what has none, such as integers beyond 2**53.
    """
    return _dumps(value).encode() if _is_plain(value, 0) else rfc8785.dumps(value)


def canonical_data(data: Mapping[str, Any]) -> str:
    """The RFC 8785 form of an entry's data; exactly this text is hashed and stored.

    Takes what JSON has: text, finite floats, integers within 2**53, booleans, None, lists, tuples
    and mappings with text keys. Raises NotCanonical (a ValueError) for anything else, for NUL and
    lone surrogates, which PostgreSQL cannot store, and for nesting deeper than MAX_DEPTH.
    """
    if type(data) is dict and _is_plain(data, 0):
        text = _dumps(data)
    else:
        text = rfc8785.dumps(_checked(data, "data", 0)).decode()
    if "\\u0000" in text or not _is_unicode(text):
        _checked(data, "data", 0)
    return text


def stored_data(text: str) -> str:
    """The RFC 8785 form of what `jsonb::text` gives back.

    jsonb keeps numbers as exact decimals, so a float of 1e300 comes back as 301 digits; it is the
    same number, and is written as the same canonical text. Raises NotCanonical for a number that
    no float equals, which `canonical_data` can never have stored.
    """
    data = _loads(text)
    if _is_plain(data, 0):
        return _dumps(data)
    return rfc8785.dumps(data).decode()


def body(
    *,
    id: str,
    at: str,
    item: str | None,
    process: str | None,
    actor: str,
    kind: str,
    data: str,
) -> bytes:
    """The canonical JSON that is hashed; `data` is canonical already, `at` as in `instant`."""
    return (
        f'{{"actor":{_quoted(actor)},"at":"{at}","data":{data},"id":"{id}",'
        f'"item":{_id_or_null(item)},"kind":{_quoted(kind)},'
        f'"process":{"null" if process is None else _quoted(process)}}}'
    ).encode()


def entry_hash(
    *,
    id: UUID | str,
    at: datetime,
    item: UUID | str | None,
    process: str | None,
    actor: str,
    kind: str,
    data: str,
) -> bytes:
    """SHA-256 over the entry's canonical JSON; 32 bytes."""
    return hashlib.sha256(
        body(
            id=str(id),
            at=instant(at),
            item=None if item is None else str(item),
            process=process,
            actor=actor,
            kind=kind,
            data=data,
        )
    ).digest()


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with six digits after the second: 2026-03-01T09:30:00.000000Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return encode_basestring(text)


def _id_or_null(identifier: str | None) -> str:
    return "null" if identifier is None else f'"{identifier}"'


def _is_plain(value: Any, depth: int) -> bool:
    """Whether the standard library writes this value exactly as RFC 8785 asks.

    False is not an error: the slow way then decides. Floats between 1e-4 and 1e16 with a fraction
    are written alike by Python and ECMAScript; keys outside ASCII might sort differently.
    """
    if depth > MAX_DEPTH:
        return False
    if type(value) is dict:
        for key, one in value.items():
            if type(key) is not str or not key.isascii():
                return False
            kind = type(one)
            if kind is str or one is None or kind is bool:
                continue
            if not _is_plain(one, depth + 1):
                return False
        return True
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -LARGEST_INTEGER <= value <= LARGEST_INTEGER
    if kind is float:
        return 1e-4 <= abs(value) < 1e16 and not value.is_integer()
    if kind is list or kind is tuple:
        return all(_is_plain(one, depth + 1) for one in value)
    return False


def _checked(value: Any, path: str, depth: int) -> Any:
    """The value in plain JSON types; raises NotCanonical naming the path of what is wrong."""
    if depth > MAX_DEPTH:
        raise NotCanonical(f"{path[:80]} is nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _checked_text(value, path)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical(f"{path} is an integer beyond 2**53 - 1; record it as text")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonical(f"{path} is {value}, which JSON does not have")
        return float(value)
    if isinstance(value, list | tuple):
        return [_checked(one, f"{path}[{at}]", depth + 1) for at, one in enumerate(value)]
    if isinstance(value, Mapping):
        checked = {}
        for key, one in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{path} has the key {key!r}, which is not text")
            key = _checked_text(key, f"{path} key")
            checked[key] = _checked(one, f"{path}.{key}", depth + 1)
        return checked
    raise NotCanonical(f"{path} is a {type(value).__name__}, which JSON does not have")


def _checked_text(text: str, path: str) -> str:
    if "\x00" in text:
        raise NotCanonical(f"{path} holds a NUL character, which PostgreSQL cannot store")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonical(f"{path} holds half a surrogate pair, which is not Unicode") from None
    return str.__str__(text)


def _is_unicode(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _exact_float(text: str) -> float:
    value = float(text)
    if repr(value) != text and Decimal(repr(value)) != Decimal(text):
        raise NotCanonical(f"the number {text[:40]} is not one that the ledger stores")
    return value


def _exact_integer(text: str) -> int | float:
    value = int(text)
    if -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    return _exact_float(text)


_loads = json.JSONDecoder(parse_float=_exact_float, parse_int=_exact_integer).decode
