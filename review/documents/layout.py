"""A read document as the content of its blob, and back."""

import zlib

from integrations.documents.layout import from_bytes, to_bytes
from integrations.documents.model import ReadDocument

MAX_BYTES = 128 * 1024 * 1024  # of a layout unpacked; those of the reader are far smaller


def pack(document: ReadDocument) -> bytes:
    """The document for its blob: about 10 bytes a word."""
    return zlib.compress(to_bytes(document), 6)


def unpack(content: bytes) -> ReadDocument:
    """The document that `pack` was given. Raises ValueError for other bytes."""
    unpacker = zlib.decompressobj()
    try:
        whole = unpacker.decompress(content, MAX_BYTES)
    except zlib.error:
        raise ValueError("These bytes are no stored layout.") from None
    if not unpacker.eof:
        raise ValueError("This layout is cut off or too large.")
    return from_bytes(whole)
