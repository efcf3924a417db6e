"""What a model provider takes, gives and raises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import rfc8785

from integrations.documents.model import Box, ReadDocument
from integrations.errors import IntegrationError, PermanentError, TransientError

# structured: read exactly from a part of the input that is meant for machines.
Source = Literal["class_probability", "token_logprob", "structured", "self_reported", "none"]


@dataclass(frozen=True, slots=True)
class GivenDocument:
    """A document of the item. image gives a page's picture (WebP) by its number, for models that
    see; it may raise KeyError for a page without one."""

    id: str
    name: str
    read: ReadDocument
    image: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the input a value comes from.

    source: text or ocr (words of a page), xml or mrz (a part meant for machines), input (a text of
    the payload, then path is its dotted path), none (the model names no place, or what it quotes
    is not there). document is the GivenDocument's id, page counts from 1 (0: no page). start and
    end count characters of the page's text, or of the payload's text. path names the element for
    xml. text is what stands there, as it stands there.
    """

    source: Literal["text", "ocr", "xml", "mrz", "input", "none"]
    document: str = ""
    page: int = 0
    box: Box | None = None
    start: int = 0
    end: int = 0
    path: str = ""
    text: str = ""
    is_grounded: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a proposal that a person must see, whatever the confidence.

    code: structured_disagrees, ungrounded, injection_suspected, ...; about is the output field it
    concerns, if one. numbers has plain values without personal data, for the reason's sentence.
    """

    code: str
    about: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProposalRequest:
    """One item for a model.

    payload is the item's input and fits input_schema; the answer must fit output_schema (both
    JSON Schema 2020-12 objects). title names the process for people. prompt is the contract's and
    ignored by providers without text. model is the model version's own configuration, such as
    {"path": "triage.npz", "sha256": "..."} or {"model": "small-1", "temperature": 0}; its keys
    win over the provider's settings. timeout_seconds bounds the whole call.
    """

    payload: Mapping[str, Any]
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    prompt: str = ""
    title: str = ""
    timeout_seconds: float = 30.0
    model: Mapping[str, Any] = field(default_factory=dict)
    documents: tuple[GivenDocument, ...] = ()


@dataclass(frozen=True)
class Call:
    """What one call was and cost, known also when it failed.

    version is the exact model that answered: a file's SHA-256 or the name the endpoint reported.
    prompt_sha256 covers everything that was given to the model. cost_micros is in millionths of
    the currency that the prices are in.
    """

    provider: str
    version: str
    prompt_sha256: str
    latency_ms: int
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0


@dataclass(frozen=True)
class Proposal:
    """A model's answer.

    output fits the output schema. confidence has one number from 0 to 1, or None, for each field
    of output, not calibrated on decisions yet; confidence_source says where each comes from.
    raw is the answer as received: evidence for the record, possibly with personal data.
    evidence is by dotted path of the output ("total", "lines.0.amount"). findings only ever lower
    the route: what a document says has no way to raise it.
    """

    output: dict[str, Any]
    confidence: dict[str, float | None]
    confidence_source: dict[str, Source]
    raw: str
    prompt_sha256: str
    latency_ms: int
    input_tokens: int
    output_tokens: int
    cost_micros: int
    provider: str
    version: str
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class ProviderError(IntegrationError):
    """No proposal. call says what was spent on the attempt, where that is known."""

    call: Call | None = None


class ProviderTransient(ProviderError, TransientError):
    """Try again: rate limit, overload, time-out, cut connection."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        call: Call | None = None,
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.call = call


class ProviderPermanent(ProviderError, PermanentError):
    """Trying again changes nothing: configuration, refusal, missing model."""

    def __init__(self, message: str, *, call: Call | None = None) -> None:
        super().__init__(message)
        self.call = call


class MalformedOutput(ProviderPermanent):
    """The model answered, but not with what the output schema asks for.

    raw holds the answer for the record. It is kept out of the message, and so out of logs and
    error reports, since it may repeat personal data of the item.
    """

    def __init__(self, message: str, *, raw: str, call: Call | None = None) -> None:
        super().__init__(message, call=call)
        self.raw = raw


class Provider(Protocol):
    """One way to ask models for proposals. Instances are safe to share between threads."""

    name: str

    def propose(self, request: ProposalRequest) -> Proposal:
        """Ask once. Raises ProviderTransient, ProviderPermanent or MalformedOutput."""
        ...

    def propose_many(self, requests: Sequence[ProposalRequest]) -> list[Proposal | ProviderError]:
        """Ask for each; results in the order of the requests. A failure is returned in its
        place, so that one bad item does not cost the others their answers."""
        ...


def one_by_one(
    provider: Provider, requests: Sequence[ProposalRequest]
) -> list[Proposal | ProviderError]:
    """propose_many for a provider that gains nothing from seeing items together."""
    results: list[Proposal | ProviderError] = []
    for request in requests:
        try:
            results.append(provider.propose(request))
        except ProviderError as error:
            results.append(error)
    return results


def content_sha256(content: Any) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of what a model was given, in hex.

    Integers beyond 2^53 - 1, which RFC 8785 does not know, raise ProviderPermanent.
    """
    try:
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    except rfc8785.CanonicalizationError:
        raise ProviderPermanent("The item holds a value without a canonical JSON form.") from None
