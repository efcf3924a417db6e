"""The child's way: limits, the file from standard input, one answer to standard output."""

from __future__ import annotations

import importlib
import json
import os
import sys

from integrations.documents import sniff, wire
from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused, Normalised
from integrations.documents.reading import budget
from integrations.documents.reading.confine import confine
from integrations.documents.refusals import refused

# Each imports what it needs and no more: OCR costs a second, most files need none.
_READERS = {
    sniff.PDF: "pdf",
    sniff.PNG: "picture",
    sniff.JPEG: "picture",
    sniff.WEBP: "picture",
    sniff.TIFF: "picture",
    sniff.EMAIL: "mail",
    sniff.DOCX: "office",
    sniff.XML: "structured",
    sniff.TEXT: "plain",
}


def main(raw_limits: str) -> None:
    limits = Limits(**json.loads(raw_limits))
    confine(limits)
    budget.allow(0)
    # Libraries may print: nothing of theirs is to come between the answer's bytes.
    out = os.dup(1)
    os.dup2(2, 1)
    with open(0, "rb", closefd=False) as file:
        content = file.read(limits.content_bytes + 1)
    try:
        answer = wire.encode(read(content, limits))
    except DocumentRefused as refusal:
        answer = wire.encode_refusal(refusal.code)
    except MemoryError:
        answer = wire.encode_refusal("too_much_memory")
    except RecursionError:
        answer = wire.encode_refusal("nested_too_deep")
    except Exception as error:  # a library's complaint: which one matters to nobody here
        answer = wire.encode_refusal(_meaning(error))
    view = memoryview(answer)
    while view:
        view = view[os.write(out, view) :]
    sys.stderr.flush()
    os._exit(0)  # no destructors over what a damaged file left in the libraries


def read(content: bytes, limits: Limits) -> Normalised:
    """The file by its kind. Raises DocumentRefused, or whatever its library raises."""
    if limits.depth < 0:
        raise refused("nested_too_deep")
    media_type = sniff.media_type(content)
    module = importlib.import_module("integrations.documents.reading." + _READERS[media_type])
    result: Normalised = module.read(content, media_type, limits)
    return result


def _meaning(error: Exception) -> str:
    told = f"{type(error).__name__} {error}".lower()
    if "bad_alloc" in told or "insufficient memory" in told or "allocate" in told:
        return "too_much_memory"
    if "decompressionbomb" in told:
        return "too_many_pixels"
    return "damaged"
