"""The extraction provider: reads output fields from an item's documents with a local model."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from integrations import structured
from integrations.documents.layout import to_bytes
from integrations.providers.base import (
    Proposal,
    ProposalRequest,
    ProviderError,
    ProviderPermanent,
    content_sha256,
    one_by_one,
)
from integrations.providers.checking import check_output
from integrations.providers.local.shelf import Shelf

if TYPE_CHECKING:
    from integrations.extraction.model import Model


class ExtractionProvider:
    """Asks models trained by integrations.extraction.training, in this process.

    directory is where model files live. A request's model names its file below it:
    {"path": "<name>.npz", "sha256": "<64 hex digits>"}.
    """

    def __init__(self, *, name: str, directory: str | Path) -> None:
        self.name = name
        self._directory = Path(directory)

    def propose(self, request: ProposalRequest) -> Proposal:
        """Raises ProviderPermanent where documents have nothing to read, or nothing that could be
        a required field."""
        began = time.monotonic()
        digest, model = _shelf.take(request.model, self._directory)
        schema = request.output_schema
        records = [
            *structured.read(request.documents),
            *structured.read_payload(request.payload, request.input_schema),
        ]
        has_words = any(page.words for one in request.documents for page in one.read.pages)
        if not has_words and not records:
            raise ProviderPermanent("The documents have no words to read.")
        from integrations.extraction.answering import read_fields

        read = read_fields(model, request.documents, schema, records)
        missing = sorted(set(schema.get("required", ())) - read.output.keys())
        if missing:
            raise ProviderPermanent(
                f"The documents hold nothing that could be {', '.join(missing)}."
            )
        raw = json.dumps({"output": read.output, "best": read.best}, ensure_ascii=False)
        check_output(read.output, schema, raw=raw)
        return Proposal(
            output=read.output,
            confidence=read.confidence,
            confidence_source=read.sources,
            raw=raw,
            prompt_sha256=_digest(request),
            latency_ms=round((time.monotonic() - began) * 1000),
            input_tokens=0,
            output_tokens=0,
            cost_micros=0,
            provider=self.name,
            version=digest,
            evidence=read.evidence,
        )

    def propose_many(self, requests: Sequence[ProposalRequest]) -> list[Proposal | ProviderError]:
        return one_by_one(self, requests)


def _read(file: Path, digest: str) -> Model:
    from integrations.extraction.files import load

    return load(file, digest)


_shelf: Shelf[Model] = Shelf(_read)


def _digest(request: ProposalRequest) -> str:
    """SHA-256 over all that the model was given: the documents as they were read."""
    documents = [hashlib.sha256(to_bytes(one.read)).hexdigest() for one in request.documents]
    return content_sha256({"payload": dict(request.payload), "documents": documents})
