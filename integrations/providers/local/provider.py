"""The local provider: loads a trained model and asks it."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    from integrations.providers.local.model import Model

# Models kept in memory by one process; a 77-class text model takes about 25 MB.
MAX_LOADED_MODELS = 4

_lock = threading.Lock()
_loaded: OrderedDict[str, Model] = OrderedDict()


class LocalProvider:
    """Asks models trained by training.train, in this process.

    directory is where model files live. A request's model names its file below it:
    {"path": "customer-triage/1.npz", "sha256": "<64 hex digits>"}.
    """

    def __init__(self, *, name: str, directory: str | Path) -> None:
        self.name = name
        self._directory = Path(directory)

    def propose(self, request: ProposalRequest) -> Proposal:
        began = time.monotonic()
        digest = str(request.model.get("sha256", ""))
        model = self._model(str(request.model.get("path", "")), digest)
        answers = model.answer(request.payload)
        output = {answer.field: answer.value for answer in answers}
        best = {
            answer.field: [[value, round(chance, 6)] for value, chance in answer.best]
            for answer in answers
        }
        raw = json.dumps({"output": output, "best": best}, ensure_ascii=False)
        check_output(output, request.output_schema, raw=raw)
        return Proposal(
            output=output,
            confidence={answer.field: answer.confidence for answer in answers},
            confidence_source={answer.field: "class_probability" for answer in answers},
            raw=raw,
            prompt_sha256=content_sha256(request.payload),
            latency_ms=round((time.monotonic() - began) * 1000),
            input_tokens=0,
            output_tokens=0,
            cost_micros=0,
            provider=self.name,
            version=digest,
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
            from integrations.providers.local.files import load

            # Loaded under the lock: threads that want the same model wait for one copy of it.
            model = _loaded[digest] = load(file, digest)
            while len(_loaded) > MAX_LOADED_MODELS:
                _loaded.popitem(last=False)
            return model
