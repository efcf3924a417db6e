"""Bodies as they come in: strict JSON whole, or NDJSON line by line."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from io import BufferedReader, RawIOBase
from typing import IO, Any, cast

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from governance.errors import InvalidInput
from integrations.strict_json import StrictJsonError, loads
from review.api.problems import Refused

READ_BYTES = 64 * 1024


class StrictJSONParser(BaseParser):
    """One JSON document within the limits of settings; keeps the SHA-256 of its bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request: Request | None = (parser_context or {}).get("request")
        limit = self.limit()
        if request is not None:
            require_length(request, limit)
        body = _read(stream, limit)
        if request is not None:
            request.body_sha256 = hashlib.sha256(body).digest()  # type: ignore[attr-defined]
        return self.value(body)

    def limit(self) -> int:
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def value(self, body: bytes) -> Any:
        return parse_json(body)


class ItemJSONParser(StrictJSONParser):
    """An item that may hold its files in base64: what is not a file is limited as ever."""

    def limit(self) -> int:
        return int(settings.DOCUMENTS_MAX_JSON_BYTES)

    def value(self, body: bytes) -> Any:
        return parse_item(body)


class NDJSONParser(BaseParser):
    """Leaves the body where it is: the view reads `stream` line by line with `lines`."""

    media_type = "application/x-ndjson"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, IO[bytes]]:
        request: Request | None = (parser_context or {}).get("request")
        if request is not None:
            require_length(request, settings.BULK_MAX_BODY_BYTES)
        return {"stream": stream}


def require_length(request: Request, limit: int) -> None:
    """413 for a body announced as larger than `limit` bytes, 415 for a compressed one, whose
    size would not be known before it is unpacked."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in {"", "identity"}:
        raise Refused(415, "unsupported_media_type", "Send the body without a content encoding.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise too_large(limit)


def require_announced(request: Request) -> None:
    """411 for a chunked body: WSGI knows no body without a length, and takes it for empty."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise Refused(411, "length_required", "Send Content-Length; chunked bodies are not read.")


def too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"The body is larger than {limit} bytes.")


def parse_json(body: bytes) -> Any:
    """The value of a document. Raises Refused (400) for bad JSON, InvalidInput for a long text."""
    return _parsed(body, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, lambda value: ())


def _parsed(body: bytes, limit: int, spared: Callable[[Any], Collection[str]]) -> Any:
    """The value of a document; texts at the places that `spared` gives may be of any length."""
    try:
        value = loads(body, max_bytes=limit, max_depth=settings.JSON_MAX_DEPTH)
    except StrictJsonError as error:
        raise Refused(400, "malformed", str(error)) from None
    if len(body) > settings.JSON_MAX_FIELD_CHARACTERS:
        _check_lengths(value, settings.JSON_MAX_FIELD_CHARACTERS, spared(value))
    return value


def parse_item(body: bytes) -> Any:
    """As parse_json; the contents of `documents` may be longer than other texts."""
    usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if len(body) <= usual:
        return _parsed(body, usual, _files_of)
    # Base64 has none of these characters, so that a large body that is honest has few of them: a
    # large one of nested lists would take a hundred times its size in memory.
    marks = sum(body.count(mark) for mark in (b",", b"[", b"{"))
    if marks > usual // 2 or b'"documents"' not in body:
        raise too_large(usual)
    value = _parsed(body, settings.DOCUMENTS_MAX_JSON_BYTES, _files_of)
    if len(body) - sum(map(len, _files_of(value).values())) > usual:
        raise Refused(413, "too_large", f"Without its files the body is larger than {usual} bytes.")
    return value


def _files_of(value: Any) -> dict[str, str]:
    """Texts that hold files, by their place."""
    documents = value.get("documents") if isinstance(value, dict) else None
    return {
        f"documents.{at}.content": one["content"]
        for at, one in enumerate(documents if isinstance(documents, list) else ())
        if isinstance(one, dict) and isinstance(one.get("content"), str)
    }


def lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """(line number from 1, the line without its end), blank ones left out.

    None stands for a line over the size of one item; the rest of it is passed over. Reading
    stops with 413 where the body turns out larger than BULK_MAX_BODY_BYTES.
    """
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = cast(IO[bytes], BufferedReader(_Body(stream), READ_BYTES))
    number = read = 0
    while chunk := _readline(body, limit + 2):
        number += 1
        read += len(chunk)
        is_long = len(chunk.rstrip(b"\r\n")) > limit
        while is_long and not chunk.endswith(b"\n"):
            chunk = _readline(body, limit)
            if not chunk:
                break
            read += len(chunk)
        if read > settings.BULK_MAX_BODY_BYTES:
            raise too_large(settings.BULK_MAX_BODY_BYTES)
        if is_long:
            yield number, None
        elif line := chunk.strip():
            yield number, line


class _Body(RawIOBase):
    """A body by read() alone. granian 2.8 gives the first line for readline(), then nothing, as
    if the body were over; found by the benchmark, since Django's test client is not granian."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read(stream: IO[bytes], limit: int) -> bytes:
    try:
        return stream.read(limit)  # no more was announced
    except (UnreadablePostError, OSError):
        raise _broken() from None


def _readline(stream: IO[bytes], limit: int) -> bytes:
    try:
        return stream.readline(limit)
    except (UnreadablePostError, OSError):
        raise _broken() from None


def _broken() -> Refused:
    return Refused(400, "incomplete", "The body ended before it was whole.")


def _check_lengths(value: Any, limit: int, spared: Collection[str]) -> None:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            if len(one) > limit and path not in spared:
                why = f"must have at most {limit} characters"
                raise InvalidInput("A text is too long.", {path: why})
        elif isinstance(one, dict):
            waiting.extend(
                (f"{path}.{name}" if path else name, child) for name, child in one.items()
            )
        elif isinstance(one, list):
            waiting.extend(
                (f"{path}.{at}" if path else str(at), child) for at, child in enumerate(one)
            )
