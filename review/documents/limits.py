"""What a contract allows, as the reader's limits."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from governance.contracts.agreement import DocumentsSpec
from integrations.documents.model import DocumentRefused, Normalised


def normalise(content: bytes, spec: DocumentsSpec | None, depth: int) -> Normalised:
    """Read one file within the contract's limits, in a subprocess. Raises DocumentRefused.

    depth is how deep the file itself lies within others. Without a spec the reader's own limits
    hold. The reader is imported here: only the worker that reads documents pays for it.
    """
    from integrations.documents import sniff
    from integrations.documents.limits import Limits
    from integrations.documents.normalise import normalise as read

    limits = Limits(
        depth=max(0, settings.DOCUMENT_MAX_DEPTH - depth),
        attachments=settings.DOCUMENT_MAX_ATTACHMENTS,
    )
    if spec is None:
        return read(content, limits=limits)
    if sniff.KINDS[sniff.media_type(content)] not in spec.types:
        raise DocumentRefused("type_not_allowed", "This process does not take this kind of file.")
    narrowed = replace(limits, content_bytes=spec.max_bytes, pages=spec.max_pages)
    return read(content, limits=narrowed)
