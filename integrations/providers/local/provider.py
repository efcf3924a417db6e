"""The local provider: loads a trained model and asks it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.providers.base import (
    Proposal,
    ProposalRequest,
    ProviderError,
    content_sha256,
    one_by_one,
)
from integrations.providers.checking import check_output
from integrations.providers.local.shelf import Shelf

if TYPE_CHECKING:
    from integrations.providers.local.model import Model


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
        digest, model = _shelf.take(request.model, self._directory)
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


def _read(file: Path, digest: str) -> Model:
    from integrations.providers.local.files import load

    return load(file, digest)


_shelf: Shelf[Model] = Shelf(_read)
