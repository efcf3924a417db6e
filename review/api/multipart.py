"""An item with its files as multipart/form-data, read part by part and never held as a whole.

The part `item` comes first, so that who may hand in what, and how large, is known before the first
byte of a file is taken.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError
from django.http.multipartparser import (
    FILE,
    RAW,
    ChunkIter,
    LazyStream,
    MultiPartParserError,
    Parser,
)
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from governance.contracts.agreement import DocumentsSpec
from governance.errors import InvalidInput
from review.api.parsers import parse_json, require_length, too_large
from review.api.problems import Refused
from review.documents.incoming import MEBIBYTE, IncomingFile
from review.documents.incoming import too_large as file_too_large

READ_BYTES = 64 * 1024
IN_MEMORY_BYTES = MEBIBYTE  # of a file; the rest of it goes to a file without a name
OVERHEAD_BYTES = 2 * MEBIBYTE  # beyond the files: the item, boundaries, headers
_PLAIN = {"", "7bit", "8bit", "binary"}


class MultipartParser(BaseParser):
    """Leaves the body where it is: the view takes it part by part from `parts`."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        request: Request | None = (parser_context or {}).get("request")
        if request is not None:
            require_length(request, settings.DOCUMENTS_MAX_BODY_BYTES)
        _, parameters = parse_header_parameters(media_type or "")
        boundary = parameters.get("boundary", "")
        if not 0 < len(boundary) <= 200 or not boundary.isascii():
            raise Refused(400, "malformed", "The content type names no usable boundary.")
        return {"parts": Parts(stream, boundary.encode())}


class Parts:
    """The parts of a body in their order; each method takes from where the last one stopped."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        lazy = LazyStream(ChunkIter(cast(Any, stream), READ_BYTES))
        self._parts = iter(Parser(lazy, boundary))
        self._digest = hashlib.sha256()
        self._is_at_start = True

    def item(self) -> Any:
        """The JSON of the first part, which must be `item`. Raises Refused and InvalidInput."""
        part = self._next()
        if part is None or part.name != "item":  # None: no part at all
            raise InvalidInput("The part `item` comes first.", {"item": "is the first part"})
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = b"".join(part.pieces(limit, too_large(limit)))
        self._digest.update(hashlib.sha256(content).digest())
        return parse_json(content)

    def files(self, spec: DocumentsSpec | None) -> Iterator[IncomingFile]:
        """Each file as it comes, no larger than the contract allows.

        Raises Refused (413, 400) and InvalidInput; a body that ends early is refused.
        """
        count = 0
        while (part := self._next()) is not None:
            if part.name != "documents" or not part.is_file:
                raise InvalidInput(
                    "A part is not known.", {"": "parts are `item` and files named `documents`"}
                )
            if spec is None:
                raise InvalidInput(
                    "The item does not fit the contract.",
                    {"documents": "this process takes no files"},
                )
            count += 1
            if count > spec.at_most:
                raise InvalidInput(
                    "The item does not fit the contract.",
                    {"documents": f"at most {spec.at_most} files"},
                )
            yield self._file(part, spec, count)

    def digest(self) -> bytes:
        """SHA-256 over the item's JSON and each file's name and content, whatever the boundary."""
        return self._digest.digest()

    def _file(self, part: "_Part", spec: DocumentsSpec, number: int) -> IncomingFile:
        refusal = Refused(413, "too_large", f"File {number} {file_too_large(spec)}.")
        # Without a name in the file system from the start: nothing is left of it, however this
        # process ends.
        file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        digest = hashlib.sha256()
        for piece in part.pieces(spec.max_bytes, refusal):
            digest.update(piece)
            file.write(piece)
        self._digest.update(hashlib.sha256(part.filename.encode("utf-8", "replace")).digest())
        self._digest.update(digest.digest())
        return IncomingFile(part.filename, file)

    def _next(self) -> "_Part | None":
        try:
            kind, headers, stream = next(self._parts)
        except StopIteration:
            raise _incomplete() from None  # without the closing boundary the last part was cut off
        except (MultiPartParserError, SuspiciousOperation):
            raise _malformed() from None
        except (UnreadablePostError, OSError):
            raise _incomplete() from None
        if kind != RAW:
            self._is_at_start = False
            return _Part.of(kind, headers, stream)
        # Two dashes behind a boundary close the body; nothing at all stands before the first one.
        rest = next(_Part("", "", False, stream).pieces(READ_BYTES, _malformed()), b"")
        if rest.startswith(b"--"):
            return None
        if rest.strip() or not self._is_at_start:
            raise _malformed()
        self._is_at_start = False
        return self._next()


class _Part:
    """One part: its name, its file name, and its content once."""

    def __init__(self, name: str, filename: str, is_file: bool, stream: Any) -> None:
        self.name = name
        self.filename = filename
        self.is_file = is_file
        self._stream = stream

    @classmethod
    def of(cls, kind: str, headers: Mapping[str, Any], stream: Any) -> "_Part":
        _, parameters = headers["content-disposition"]
        encoding = str(headers.get("content-transfer-encoding", ("", {}))[0]).strip().lower()
        if encoding not in _PLAIN:
            raise Refused(415, "unsupported_media_type", "Send parts as they are, not encoded.")
        name = _text(parameters.get("name", b""))
        return cls(name, _text(parameters.get("filename", b"")), kind == FILE, stream)

    def pieces(self, limit: int, refusal: Refused) -> Iterator[bytes]:
        """The content in pieces; raises `refusal` as soon as it is longer than `limit`."""
        read = 0
        try:
            for piece in self._stream:
                read += len(piece)
                if read > limit:
                    raise refusal
                yield piece
        except (MultiPartParserError, SuspiciousOperation):
            raise _malformed() from None
        except (UnreadablePostError, OSError):
            raise _incomplete() from None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _malformed() -> Refused:
    return Refused(400, "malformed", "The body is not readable as multipart/form-data.")


def _incomplete() -> Refused:
    return Refused(400, "incomplete", "The body ended before it was whole.")
