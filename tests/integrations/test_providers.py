"""What every provider must do, whatever is behind it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from integrations.errors import PermanentError, TransientError
from integrations.providers import (
    MalformedOutput,
    Proposal,
    ProposalRequest,
    Provider,
    ProviderPermanent,
    ProviderTransient,
    build,
)
from tests.integrations import cases
from tests.integrations.servers import Server, completion

ANSWER = {"category": "card", "is_urgent": False}
PAYLOAD = {"subject": "help", "message": "my card was declined", "channel": "mail", "amount": 12.5}


@dataclasses.dataclass
class Subject:
    """A provider under test and the model version to ask."""

    provider: Provider
    model: dict[str, Any]

    def request(self, **changes: Any) -> ProposalRequest:
        values: dict[str, Any] = {
            "payload": PAYLOAD,
            "input_schema": cases.INPUT,
            "output_schema": cases.OUTPUT,
            "prompt": "Sort the message.",
            "title": "Triage",
            "timeout_seconds": 5.0,
            "model": self.model,
        }
        return ProposalRequest(**{**values, **changes})


@pytest.fixture(params=["local", "openai"])
def subject(request: pytest.FixtureRequest, server: Server, model_file: dict[str, str]) -> Subject:
    if request.param == "local":
        provider = build("local", {"adapter": "local", "directory": model_file["directory"]})
        return Subject(provider, {key: model_file[key] for key in ("path", "sha256")})
    text = json.dumps(ANSWER)
    tokens = [(piece, -0.01) for piece in re.findall(r"\W|\w+", text)]
    server.reply(completion(text, tokens=tokens))
    config = {
        "adapter": "openai_compatible",
        "base_url": f"{server.url}/v1",
        "api_key": "key",
        "model": "small-1",
        "input_price_per_million": 0.4,
        "output_price_per_million": 1.6,
        "allow_private": True,
    }
    return Subject(build("openai", config), {})


def test_output_fits_the_schema_and_every_field_has_a_confidence(subject: Subject) -> None:
    proposal = subject.provider.propose(subject.request())
    assert proposal.output == ANSWER
    assert proposal.confidence.keys() == proposal.confidence_source.keys() == ANSWER.keys()
    for field, confidence in proposal.confidence.items():
        assert confidence is not None
        assert 0.5 < confidence <= 1.0
        assert proposal.confidence_source[field] in {"class_probability", "token_logprob"}


def test_call_is_accounted_for(subject: Subject) -> None:
    proposal = subject.provider.propose(subject.request())
    assert proposal.provider == subject.provider.name
    assert proposal.version
    assert re.fullmatch("[0-9a-f]{64}", proposal.prompt_sha256)
    assert proposal.latency_ms >= 0
    assert proposal.raw
    spent = (proposal.input_tokens, proposal.output_tokens, proposal.cost_micros)
    assert all(isinstance(number, int) and number >= 0 for number in spent)


def test_prompt_digest_follows_the_input_and_nothing_else(subject: Subject) -> None:
    first = subject.provider.propose(subject.request()).prompt_sha256
    again = subject.provider.propose(subject.request()).prompt_sha256
    other = {**PAYLOAD, "message": "loan for a new car"}
    assert first == again
    assert subject.provider.propose(subject.request(payload=other)).prompt_sha256 != first


def test_answer_outside_the_output_schema_is_malformed_and_quoted_nowhere(subject: Subject) -> None:
    narrow = {"properties": {"category": {"enum": ["other"]}}, "required": ["category"]}
    with pytest.raises(MalformedOutput) as caught:
        subject.provider.propose(subject.request(output_schema=narrow))
    assert "card" in caught.value.raw
    assert "card" not in str(caught.value)
    assert "category" in str(caught.value)


def test_many_keeps_the_order_and_one_failure_costs_only_itself(subject: Subject) -> None:
    broken = subject.request(output_schema={"type": "object", "required": ["absent"]})
    results = subject.provider.propose_many([subject.request(), broken, subject.request()])
    kinds: list[Callable[..., Any]] = [type(result) for result in results]
    assert kinds == [Proposal, MalformedOutput, Proposal]


def test_many_of_none_is_none(subject: Subject) -> None:
    assert subject.provider.propose_many([]) == []


@pytest.mark.parametrize("payload", [{}, {"message": ""}, {"message": "\u4f60\u597d \U0001f600"}])
def test_sparse_payload_still_gets_an_answer(subject: Subject, payload: dict[str, Any]) -> None:
    proposal = subject.provider.propose(subject.request(payload=payload))
    assert proposal.output.keys() == ANSWER.keys()


def test_errors_say_whether_to_try_again() -> None:
    assert issubclass(ProviderTransient, TransientError)
    assert issubclass(ProviderPermanent, PermanentError)
    assert issubclass(MalformedOutput, ProviderPermanent)
    assert ProviderTransient("later", retry_after_seconds=3.0).retry_after_seconds == 3.0


def test_unknown_adapter_and_unknown_option_are_named() -> None:
    with pytest.raises(ProviderPermanent, match="unknown adapter 'magic'"):
        build("x", {"adapter": "magic"})
    with pytest.raises(ProviderPermanent, match="colour"):
        build("local", {"directory": "models", "colour": "red"})
