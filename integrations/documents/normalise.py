"""Turn an unknown file into pages, pictures, text and words, or refuse it with a reason."""

from __future__ import annotations

from integrations.documents import sandbox, sniff, wire
from integrations.documents.limits import Limits
from integrations.documents.model import Normalised
from integrations.documents.refusals import refused


def normalise(content: bytes, *, limits: Limits | None = None) -> Normalised:
    """Pages with words and pictures, embedded structured parts, and attachments not yet read.

    An attachment is normalised by itself, with a limit of depth that is one less.
    Blocks for as long as limits.wall_seconds; call it outside any transaction. Costs a subprocess:
    about 0.3 s for a born-digital page, 2 to 4 s a scanned one. Raises DocumentRefused, whatever
    the file does, and nothing else.
    """
    limits = limits or Limits()
    if len(content) > limits.content_bytes:
        raise refused("too_large")
    media_type = sniff.media_type(content)
    result = wire.decode(sandbox.run(content, limits), limits)
    if result.document.media_type != media_type:
        raise refused("damaged")
    return result
