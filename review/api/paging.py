"""Pages by a cursor: the place after the last row shown, never a number of rows to pass over."""

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from rest_framework.request import Request

from governance.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class _Row(Protocol):
    pk: Any


def limit_of(request: Request) -> int:
    """How many rows a page holds, from `limit`. Raises InvalidInput outside 1 to MAX_LIMIT."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise InvalidInput("A parameter is wrong.", {"limit": f"must be from 1 to {MAX_LIMIT}"})
    return int(text)


def cursor_of(request: Request) -> UUID | None:
    """The id of the last row of the page before, from `cursor`. Raises InvalidInput."""
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return UUID(hex=text)
    except ValueError:
        raise InvalidInput("A parameter is wrong.", {"cursor": "is not one of ours"}) from None


def page(
    request: Request, rows: Sequence[_Row], limit: int, results: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """{"results": [...], "next": address or null}; `rows` holds one more than `limit` where
    there is a next page, and `results` shows the first `limit` of them."""
    following = None
    if len(rows) > limit:
        query: QueryDict = request.query_params.copy()
        query["cursor"] = rows[limit - 1].pk.hex
        address = f"{request.path}?{urlencode(list(query.items()))}"
        following = request.build_absolute_uri(address)
    return {"results": list(results), "next": following}


def parameter(request: Request, name: str, allowed: Sequence[str]) -> str | None:
    """A query parameter with a fixed set of values. Raises InvalidInput."""
    text = request.query_params.get(name)
    if text is not None and text not in allowed:
        raise InvalidInput("A parameter is wrong.", {name: "is not one of the allowed values"})
    return text


def text_parameter(request: Request, name: str, *, limit: int) -> str | None:
    """A query parameter of free text, of 1 to `limit` characters. Raises InvalidInput."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not 1 <= len(text) <= limit or "\0" in text or not _is_unicode(text):
        raise InvalidInput("A parameter is wrong.", {name: f"must have 1 to {limit} characters"})
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
