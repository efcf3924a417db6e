"""The reasons for which a file is not read, in words for people; none repeats anything of it."""

from __future__ import annotations

from integrations.documents.model import DocumentRefused

REASONS = {
    "type_not_allowed": "This kind of file is not read, or it pretends to be several kinds.",
    "too_large": "The file, or what it unfolds to, is larger than allowed.",
    "too_many_pages": "The file has more pages than allowed.",
    "too_many_pixels": "A picture in the file has more pixels than allowed.",
    "nested_too_deep": "Files lie within files more deeply than allowed.",
    "encrypted": "The file is protected by a password.",
    "damaged": "The file is damaged or not what it claims to be.",
    "too_slow": "Reading the file took longer than allowed.",
    "too_much_memory": "Reading the file needs more memory than allowed.",
    "empty": "The file is empty.",
}


def refused(code: str) -> DocumentRefused:
    """The error for one of REASONS, to be raised. Raises KeyError for any other code."""
    return DocumentRefused(code, REASONS[code])
