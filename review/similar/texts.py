"""What of an item a likeness is judged by."""

from collections.abc import Iterator
from typing import Any

import structlog

from integrations.encryption import EncryptionError
from review.documents import blobs
from review.documents.queries import documents_of, layout_of
from review.models import Item

_log = structlog.get_logger(__name__)


def text_of(item: Item) -> str:
    """The item's own words and those of its documents, one after the other.

    Documents are decrypted; the text stays in memory, only its vector is kept.
    """
    return "\n".join([*_leaves(item.payload), *_pages(item)])


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, bool):
                yield f"{name} {one}"
            else:
                yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def _pages(item: Item) -> Iterator[str]:
    for document in documents_of(item.pk):
        if not document.is_ready or not document.layout:
            continue
        try:
            read = layout_of(document)
        except (LookupError, ValueError, OSError, EncryptionError, blobs.Missing) as error:
            _log.warning("document_left_out", document=str(document.id), error=type(error).__name__)
            continue
        for page in read.pages:
            yield page.text
