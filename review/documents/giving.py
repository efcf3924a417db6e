"""Documents as a provider is given them, and what of them could not be given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from integrations.encryption import Unreadable
from integrations.providers.base import Finding, GivenDocument
from review.documents import blobs
from review.documents.queries import DocumentView, documents_of_many, layout_of, picture_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    """The documents of one item that could be read, in order, and a finding for each other."""

    documents: tuple[GivenDocument, ...] = ()
    findings: tuple[Finding, ...] = ()


NOTHING = Given()


def given_of(item_ids: Sequence[UUID]) -> dict[UUID, Given]:
    """What a provider gets of each item's documents; items without any are left out.

    One statement, then a blob for each document; called outside any transaction.
    """
    return {item_id: _given(views) for item_id, views in documents_of_many(item_ids).items()}


def _given(views: Sequence[DocumentView]) -> Given:
    documents = []
    findings = []
    for view in views:
        if not view.is_ready:
            findings.append(_finding(view, view.refusal or "unread"))
            continue
        try:
            read = layout_of(view)
        except (blobs.Missing, Unreadable, ValueError):
            log.warning("layout_lost", document=str(view.id))
            findings.append(_finding(view, "lost"))
            continue
        documents.append(GivenDocument(str(view.id), view.name, read, _image(view)))
    return Given(tuple(documents), tuple(findings))


def _finding(view: DocumentView, code: str) -> Finding:
    return Finding("document_refused", numbers={"document": view.position, "refusal": code})


def _image(view: DocumentView) -> Callable[[int], bytes]:
    """Fetches a page's large picture when a model asks for it; KeyError where there is none."""

    def image(number: int) -> bytes:
        try:
            return picture_of(view.id, number, "zoom")
        except (LookupError, blobs.Missing, Unreadable):
            raise KeyError(number) from None

    return image
