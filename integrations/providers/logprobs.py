"""Confidence per field from the log-probabilities of the tokens that spell its value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.strict_json import StrictJsonError, property_spans


def field_confidence(
    content: str, tokens: Sequence[Mapping[str, Any]] | None, start: int = 0, end: int | None = None
) -> dict[str, float | None]:
    """The chance of each top-level property's value, given all that was written before it.

    content is the whole answer; its part [start:end] is the JSON object. tokens are the answer's
    {"token": str, "bytes": [int] | None, "logprob": float}, in order, as chat completions give
    them. A value's confidence is exp of the sum, not the mean, over every token that shares a
    byte with its span, quotes included: that is the chance of this very value, while a mean
    would let many easy tokens of a long value hide the one that was a guess. Long free texts
    therefore score low, and should.

    None for every field when there are no tokens, or when they do not spell the content.
    """
    text = content[start:end]
    try:
        spans = property_spans(text)
    except StrictJsonError:
        return {}
    confidence: dict[str, float | None] = dict.fromkeys(spans, None)
    pieces = _pieces(tokens or ())
    if pieces is None or b"".join(piece for piece, _ in pieces) != content.encode():
        return confidence
    before = len(content[:start].encode())
    for name, (first, last) in spans.items():
        left = before + len(text[:first].encode())
        right = before + len(text[:last].encode())
        confidence[name] = _chance(pieces, left, right)
    return confidence


def _pieces(tokens: Sequence[Mapping[str, Any]]) -> list[tuple[bytes, float]] | None:
    """Each token's bytes and log-probability; None where the list is empty or ill-formed."""
    pieces: list[tuple[bytes, float]] = []
    for token in tokens:
        logprob = token.get("logprob")
        if isinstance(logprob, bool) or not isinstance(logprob, int | float):
            return None
        # Above 0 there is no such chance; beyond rounding it says that the numbers mean
        # something else.
        if math.isnan(logprob) or logprob > 1e-3:
            return None
        raw = token.get("bytes")
        try:
            piece = bytes(raw) if isinstance(raw, list) else str(token["token"]).encode()
        except (KeyError, TypeError, ValueError):
            return None
        pieces.append((piece, min(float(logprob), 0.0)))
    return pieces or None


def _chance(pieces: Sequence[tuple[bytes, float]], left: int, right: int) -> float:
    total = 0.0
    at = 0
    for piece, logprob in pieces:
        ends_at = at + len(piece)
        if at < right and ends_at > left:
            total += logprob
        at = ends_at
    return math.exp(total)
