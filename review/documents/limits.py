"""What a contract allows, as the reader's limits."""

from __future__ import annotations

from governance.contracts.agreement import DocumentsSpec
from integrations.documents.model import DocumentRefused, Normalised

# What the reader says it is -> what contracts call it.
TYPES = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/tiff": "tiff",
    "message/rfc822": "email",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/plain": "text",
    "application/xml": "xml",
    "text/xml": "xml",
}


def normalise(content: bytes, spec: DocumentsSpec | None) -> Normalised:
    """Read one file within the contract's limits, in a subprocess. Raises DocumentRefused.

    Without a spec the reader's own limits hold. The reader is imported here: only the worker
    that reads documents pays for it.
    """
    from integrations.documents import normalise as reader
    from integrations.documents import sniff
    from integrations.documents.limits import Limits

    if spec is None:
        return reader.normalise(content)
    if TYPES.get(sniff.media_type(content) or "") not in spec.types:
        raise DocumentRefused("type_not_allowed", "This process does not take this kind of file.")
    limits = Limits(content_bytes=spec.max_bytes, pages=spec.max_pages)
    return reader.normalise(content, limits=limits)
