"""The extraction provider: reads output fields from an item's documents with a local model."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from integrations import structured
from integrations.documents.layout import to_bytes
from integrations.extraction.exact import terms_of
from integrations.providers.base import (
    Proposal,
    ProposalRequest,
    ProviderError,
    ProviderPermanent,
    content_sha256,
    one_by_one,
)
from integrations.providers.checking import check_output

if TYPE_CHECKING:
    from integrations.extraction.model import Model

# Models kept in memory by one process; one of 12 fields and 400 documents takes about 30 MB.
MAX_LOADED_MODELS = 4

_lock = threading.Lock()
_loaded: OrderedDict[str, Model] = OrderedDict()


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
        digest = str(request.model.get("sha256", ""))
        model = self._model(str(request.model.get("path", "")), digest)
        schema = request.output_schema
        records = structured.read(request.documents)
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
        findings = structured.findings(request.documents, terms_of(schema), records)
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
            findings=tuple(findings),
        )

    def propose_many(self, requests: Sequence[ProposalRequest]) -> list[Proposal | ProviderError]:
        return one_by_one(self, requests)

    def _model(self, path: str, digest: str) -> Model:
        if not path or len(digest) != 64:
            raise ProviderPermanent("The model version names no file, or no SHA-256 for it.")
        with _lock:
            model = _loaded.get(digest)
            if model is not None:
                _loaded.move_to_end(digest)
                return model
            root = self._directory.resolve()
            file = (root / path).resolve()
            if not file.is_relative_to(root):
                raise ProviderPermanent("The model file lies outside the model directory.")
            from integrations.extraction.files import load

            # Loaded under the lock: threads that want the same model wait for one copy of it.
            model = _loaded[digest] = load(file, digest)
            while len(_loaded) > MAX_LOADED_MODELS:
                _loaded.popitem(last=False)
            return model


def _digest(request: ProposalRequest) -> str:
    """SHA-256 over all that the model was given: the documents as they were read."""
    documents = [hashlib.sha256(to_bytes(one.read)).hexdigest() for one in request.documents]
    return content_sha256({"payload": dict(request.payload), "documents": documents})
