"""What a contract allows, as the reader's limits."""

from __future__ import annotations

from governance.contracts.agreement import DocumentsSpec
from integrations.documents.model import DocumentRefused, Normalised


def normalise(content: bytes, spec: DocumentsSpec | None) -> Normalised:
    """Read one file within the contract's limits, in a subprocess. Raises DocumentRefused.

    Without a spec the reader's own limits hold. The reader is imported here: only the worker
    that reads documents pays for it.
    """
    from integrations.documents import sniff
    from integrations.documents.limits import Limits
    from integrations.documents.normalise import normalise as read

    if spec is None:
        return read(content)
    if sniff.KINDS[sniff.media_type(content)] not in spec.types:
        raise DocumentRefused("type_not_allowed", "This process does not take this kind of file.")
    limits = Limits(content_bytes=spec.max_bytes, pages=spec.max_pages)
    return read(content, limits=limits)
