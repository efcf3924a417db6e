"""What is asked of a text model, and what is made of the quotes in its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.providers.base import Evidence, Finding, ProposalRequest
from integrations.providers.grounding import ground
from integrations.providers.prompts import messages, shown_pages, with_evidence


@dataclass(frozen=True)
class Question:
    """One request as it is put to a model. schema is that of the whole answer: the output's, with
    the property `evidence` beside it where there are documents to quote from."""

    request: ProposalRequest
    messages: list[dict[str, Any]]
    schema: Mapping[str, Any]
    evidence: str

    def without_pictures(self) -> list[dict[str, Any]]:
        """The same for an endpoint that takes text only."""
        return messages(self.request, schema=self.schema, evidence=self.evidence)

    def ground(
        self, answer: dict[str, Any]
    ) -> tuple[dict[str, tuple[Evidence, ...]], tuple[Finding, ...]]:
        """Take the quotes out of an answer, which is then the output, and look them up.

        Without documents there is nothing to quote and nothing is said.
        """
        if not self.evidence:
            return {}, ()
        quotes = answer.pop(self.evidence, None)
        for name in [name for name, value in answer.items() if value is None]:
            # "Does not stand there": null where the schema asks for no null means left out.
            if name not in self.request.output_schema.get("required", ()):
                del answer[name]
        evidence, findings = ground(
            answer,
            quotes if isinstance(quotes, Mapping) else {},
            self.request.output_schema,
            self.request.documents,
        )
        if not shown_pages(self.request.documents)[1]:
            findings += (Finding("document_cut"),)
        return evidence, findings


def ask_for(request: ProposalRequest, *, pictures: int = 0) -> Question:
    """The question for a request; pictures is how many pages to show a model that sees."""
    if not request.documents:
        return Question(request, messages(request), request.output_schema, "")
    schema, evidence = with_evidence(request.output_schema)
    asked = messages(request, schema=schema, evidence=evidence, pictures=pictures)
    return Question(request, asked, schema, evidence)
