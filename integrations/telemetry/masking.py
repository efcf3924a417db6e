"""Taking personal data out of what is logged or reported.

Two nets, since each has holes: values are passed on only under keys known to be harmless, and
whatever text remains loses what looks like an address, account, card or telephone number.
"""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "[masked]"
MAX_TEXT_CHARACTERS = 20_000

# Texts under these keys, or keys with these endings, are ids, codes and measures of our own.
# fmt: off
SAFE_KEYS = frozenset({
    "actor", "adapter", "attempt", "channel", "code", "component", "connector", "environment",
    "error", "error_type", "exc_type", "exception", "format", "host", "job", "kind", "level",
    "logger", "method", "model", "module", "outcome", "path", "port", "process", "provider",
    "queue", "release", "role", "route", "server", "stack", "stage", "state", "status", "task",
    "timestamp", "url", "verdict", "version", "view", "worker",
})
# fmt: on
SAFE_ENDINGS = ("_id", "_ids", "_at", "_sha256", "_code", "_kind", "_state", "_version")

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b")
_DIGITS = re.compile(r"(?<![\w.-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])")
_PHONE = re.compile(r"(?<![\w+-])(?:\+|00?)[1-9][0-9 ()/.-]{5,17}[0-9](?![\w-])")
# PostgreSQL quotes the row: DETAIL:  Key (email)=(a@b.c) already exists.
_DETAIL = re.compile(r"\b(DETAIL|CONTEXT):[^\n]*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ERRORS = frozenset({"exception", "exc_type"})
_QUERY = re.compile(r"(https?://[^\s?#\"']+)[?#][^\s\"']*")


def mask_text(text: str) -> str:
    """The text without e-mail addresses, IBANs, card and telephone numbers, the rows that
    PostgreSQL quotes in its errors, and the queries of URLs. Cut at 20,000 characters."""
    text = text[:MAX_TEXT_CHARACTERS]
    text = _DETAIL.sub(rf"\1: {MASK}", text)
    text = _QUERY.sub(r"\1", text)
    text = _EMAIL.sub(MASK, text)
    text = _IBAN.sub(MASK, text)
    text = _DIGITS.sub(_mask_card, text)
    return _PHONE.sub(MASK, text)


def mask_error(text: str) -> str:
    """An error's text, or a whole traceback, without what is quoted in its messages: "could not
    convert string to float: 'Jane Roe'" names a value. Lines of the traceback itself are indented
    and hold code, never values."""
    lines = mask_text(text).split("\n")
    return "\n".join(one if one[:1].isspace() else _QUOTED.sub(MASK, one) for one in lines)


def mask_values(values: Mapping[str, Any], allowed: Iterable[str] = ()) -> dict[str, Any]:
    """The mapping with only what is harmless left: numbers, ids and instants under any key,
    texts under safe keys (patterns masked all the same). Anything else becomes "[masked]", so
    that a payload logged by mistake is a line without content, not a leak."""
    safe = SAFE_KEYS | set(allowed)
    return {key: _mask(key, value, safe) for key, value in values.items()}


def _mask(key: str, value: Any, safe: frozenset[str] | set[str]) -> Any:
    if value is None or isinstance(value, bool | int | float | decimal.Decimal):
        return value
    if isinstance(value, uuid.UUID | datetime.datetime | datetime.date | datetime.timedelta):
        return str(value)
    if key in safe or key.endswith(SAFE_ENDINGS):
        if isinstance(value, str):
            return mask_error(value) if key in _ERRORS else mask_text(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [_mask(key, one, safe) for one in list(value)[:50]]
        if isinstance(value, BaseException):
            return mask_error(f"{type(value).__name__}: {value}")
    return MASK


def _mask_card(match: re.Match[str]) -> str:
    """Mask a run of 13 to 19 digits that passes the Luhn check; ids and clocks stay."""
    digits = [int(mark) for mark in match.group() if mark.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return MASK if total % 10 == 0 else match.group()
