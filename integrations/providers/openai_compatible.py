"""Any endpoint that speaks chat completions: hosted, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import json
import math
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, NoReturn

import httpx
import openai

from integrations import http, strict_json
from integrations.errors import PermanentError
from integrations.providers.base import (
    Call,
    MalformedOutput,
    Proposal,
    ProposalRequest,
    ProviderError,
    ProviderPermanent,
    ProviderTransient,
    content_sha256,
    one_by_one,
)
from integrations.providers.checking import check_output
from integrations.providers.logprobs import field_confidence
from integrations.providers.prompts import is_closed, public_schema
from integrations.providers.questions import Question, ask_for

Format = Literal["json_schema", "json_object", "text"]
FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "text")

MAX_RAW_CHARACTERS = 200_000
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_CODE = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True)
class Style:
    """How an endpoint likes to be asked; loosened when it rejects a parameter."""

    format: Format
    with_logprobs: bool
    with_temperature: bool
    with_pictures: bool = True

    def without(self, complaint: str) -> Style | None:
        """The next looser style for a rejection that says this; None where none would help."""
        if self.with_pictures and "image" in complaint:
            return replace(self, with_pictures=False)
        if self.with_logprobs and "logprob" in complaint:
            return replace(self, with_logprobs=False)
        if self.with_temperature and "temperature" in complaint:
            return replace(self, with_temperature=False)
        if self.format != "text" and ("response_format" in complaint or "schema" in complaint):
            return replace(self, format=FORMATS[FORMATS.index(self.format) + 1])
        return None


class OpenAICompatibleProvider:
    """Asks a chat-completions endpoint for a JSON object that fits the output schema.

    Prices are per million tokens, in units of whatever currency the installation counts in; they
    and model may be overridden by a request's model mapping, as may parameters, which go to the
    endpoint as they are (temperature, max_tokens, seed). response_format is where asking begins:
    "json_schema", else "json_object", else "text". An endpoint that rejects it, logprobs or
    temperature is asked again without, unless fallback is false, and that is remembered for the
    life of the process. pictures is how many pages of an item's documents a model that sees is
    shown beside their text; 0 for one that does not. parallel bounds propose_many. The SDK's own
    retries are off: when to try again is the caller's decision.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        api_key: str,
        model: str,
        input_price_per_million: float | str = 0,
        output_price_per_million: float | str = 0,
        response_format: Format = "json_schema",
        fallback: bool = True,
        logprobs: bool = True,
        parameters: Mapping[str, Any] | None = None,
        allow_private: bool = False,
        parallel: int = 4,
        pictures: int = 0,
    ) -> None:
        if response_format not in FORMATS:
            raise ProviderPermanent(f"Provider {name}: response_format must be one of {FORMATS}.")
        self.name = name
        self._base_url = base_url
        self._api_key = api_key
        self._model: Mapping[str, Any] = {
            "model": model,
            "input_price_per_million": input_price_per_million,
            "output_price_per_million": output_price_per_million,
            "parameters": dict(parameters or {}),
            "pictures": pictures,
        }
        self._first_style = Style(response_format, logprobs, with_temperature=True)
        self._fallback = fallback
        self._allow_private = allow_private
        self._parallel = parallel
        self._styles: dict[str, Style] = {}
        self._sdk: tuple[int, openai.OpenAI] | None = None
        self._lock = threading.Lock()

    def propose(self, request: ProposalRequest) -> Proposal:
        model = {**self._model, **request.model}
        question = ask_for(request, pictures=int(model["pictures"]))
        asked = question.messages
        attempt = _Attempt(self.name, str(model["model"]), content_sha256(asked), model)
        text = self._ask(request, model, question, attempt)
        answer = _read_answer(text, attempt)
        start, end, output = _read_output(answer.content, attempt)
        call = attempt.call()
        evidence, findings = question.ground(output)
        check_output(output, request.output_schema, raw=answer.content, call=call)
        found = field_confidence(answer.content, answer.tokens, start, end)
        confidence = {name: found.get(name) for name in output}
        return Proposal(
            output=output,
            confidence=confidence,
            confidence_source={
                name: "none" if value is None else "token_logprob"
                for name, value in confidence.items()
            },
            raw=answer.content,
            prompt_sha256=call.prompt_sha256,
            latency_ms=call.latency_ms,
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cost_micros=call.cost_micros,
            provider=call.provider,
            version=call.version,
            evidence=evidence,
            findings=findings,
        )

    def propose_many(self, requests: Sequence[ProposalRequest]) -> list[Proposal | ProviderError]:
        if self._parallel < 2 or len(requests) < 2:
            return one_by_one(self, requests)
        with ThreadPoolExecutor(min(self._parallel, len(requests))) as pool:
            parts = pool.map(lambda request: one_by_one(self, [request])[0], requests)
            return list(parts)

    def _ask(
        self,
        request: ProposalRequest,
        model: Mapping[str, Any],
        question: Question,
        attempt: _Attempt,
    ) -> str:
        """The endpoint's answer as text, after loosening the style as often as it takes."""
        key = str(model["model"])
        style = self._styles.get(key, self._first_style)
        timeout = httpx.Timeout(
            request.timeout_seconds,
            connect=min(request.timeout_seconds, http.CONNECT_TIMEOUT_SECONDS),
        )
        with http.deadline(request.timeout_seconds):
            while True:
                body = _body(style, question, model)
                try:
                    completions = self._client().chat.completions.with_raw_response
                    answer = completions.create(**body, timeout=timeout)
                    self._styles[key] = style
                    return answer.text
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    looser = style.without(str(error).lower()) if self._fallback else None
                    if looser is None:
                        _raise(error, attempt)
                    style = looser
                except openai.APIError as error:
                    _raise(error, attempt)

    def _client(self) -> openai.OpenAI:
        with self._lock:
            if self._sdk is None or self._sdk[0] != os.getpid():
                client = openai.OpenAI(
                    api_key=self._api_key,
                    base_url=self._base_url,
                    max_retries=0,
                    http_client=http.client(allow_private=self._allow_private),
                )
                self._sdk = (os.getpid(), client)
            return self._sdk[1]


class _Attempt:
    """What is known of a call so far."""

    def __init__(
        self, provider: str, version: str, prompt_sha256: str, prices: Mapping[str, Any]
    ) -> None:
        self.provider = provider
        self.version = version
        self.prompt_sha256 = prompt_sha256
        self.prices = prices
        self.began = time.monotonic()
        self.input_tokens = 0
        self.output_tokens = 0

    def call(self) -> Call:
        # A price per million tokens is the price of one token in millionths.
        cost = self.input_tokens * Decimal(str(self.prices["input_price_per_million"]))
        cost += self.output_tokens * Decimal(str(self.prices["output_price_per_million"]))
        return Call(
            provider=self.provider,
            version=self.version,
            prompt_sha256=self.prompt_sha256,
            latency_ms=round((time.monotonic() - self.began) * 1000),
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_micros=math.ceil(cost),
        )


@dataclass(frozen=True)
class _Answer:
    content: str
    tokens: list[Mapping[str, Any]] | None


def _body(style: Style, question: Question, model: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"temperature": 0, **model["parameters"]}
    if not style.with_temperature:
        del body["temperature"]
    asked = question.messages if style.with_pictures else question.without_pictures()
    body |= {"model": model["model"], "messages": asked}
    if style.with_logprobs:
        body["logprobs"] = True
    if style.format == "json_schema":
        schema = public_schema(question.schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": schema, "strict": is_closed(schema)},
        }
    elif style.format == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def _read_answer(text: str, attempt: _Attempt) -> _Answer:
    """Content and tokens of a chat completion. Read by hand: servers take liberties with the
    format that the SDK's models would pass on as missing attributes much later."""
    try:
        body = json.loads(text)
        choice = body["choices"][0]
        message = choice["message"]
        content = message.get("content")
        finish = choice.get("finish_reason")
        refusal = message.get("refusal")
        tokens = (choice.get("logprobs") or {}).get("content")
        usage = body.get("usage") or {}
        attempt.input_tokens = max(0, int(usage.get("prompt_tokens") or 0))
        attempt.output_tokens = max(0, int(usage.get("completion_tokens") or 0))
        attempt.version = _version(body, attempt.version)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise MalformedOutput(
            "The endpoint's answer is not a chat completion.",
            raw=text[:MAX_RAW_CHARACTERS],
            call=attempt.call(),
        ) from None
    if refusal or finish == "content_filter":
        raise ProviderPermanent("The model refused to answer.", call=attempt.call())
    if not isinstance(content, str) or not content.strip():
        raise MalformedOutput("The model's answer is empty.", raw="", call=attempt.call())
    if finish == "length":
        raise MalformedOutput(
            "The model's answer was cut at its token limit.", raw=content, call=attempt.call()
        )
    return _Answer(content, tokens if isinstance(tokens, list) else None)


def _version(body: Mapping[str, Any], asked_for: str) -> str:
    parts = [str(body.get("model") or asked_for), str(body.get("system_fingerprint") or "")]
    return "@".join(part for part in parts if part)[:200]


def _read_output(content: str, attempt: _Attempt) -> tuple[int, int, dict[str, Any]]:
    """Where the JSON object lies in the content, and the object.

    Without structured output models wrap it in a code fence or think aloud first.
    """
    thought = _THOUGHT.match(content)
    start, end = (thought.end() if thought else 0), len(content)
    fence = _FENCE.search(content, start)
    if fence is not None and not content[start:].lstrip().startswith("{"):
        start, end = fence.span(1)
    try:
        output = strict_json.loads(content[start:end].strip())
    except strict_json.StrictJsonError as error:
        raise MalformedOutput(
            f"The model's answer is not JSON: {error.reason}", raw=content, call=attempt.call()
        ) from None
    if not isinstance(output, dict):
        raise MalformedOutput(
            "The model's answer is not an object.", raw=content, call=attempt.call()
        )
    return start, end, output


def _raise(error: openai.APIError, attempt: _Attempt) -> NoReturn:
    """Turn the SDK's error into ours. Its text is left out: endpoints repeat what was sent."""
    call = attempt.call()
    if isinstance(error, openai.APITimeoutError):
        raise ProviderTransient("The endpoint did not answer in time.", call=call) from None
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        code = str(error.code or error.type or "")
        said = f"The endpoint answered {status}"
        said += f" ({code})." if _CODE.fullmatch(code) else "."
        # 429 also means "out of credit", which no waiting mends.
        is_broke = code == "insufficient_quota"
        if (status in http.TRANSIENT_STATUSES or status >= 500) and not is_broke:
            raise ProviderTransient(
                said,
                retry_after_seconds=http.retry_after_seconds(error.response.headers),
                call=call,
            ) from None
        raise ProviderPermanent(said, call=call) from None
    cause = error.__cause__
    if isinstance(cause, PermanentError):
        raise ProviderPermanent(str(cause), call=call) from None
    if cause is not None and "CERTIFICATE_VERIFY_FAILED" in str(cause):
        raise ProviderPermanent("The endpoint's certificate is not trusted.", call=call) from None
    if isinstance(cause, httpx.UnsupportedProtocol | httpx.InvalidURL):
        raise ProviderPermanent("The endpoint's URL cannot be used.", call=call) from None
    raise ProviderTransient("The connection to the endpoint failed.", call=call) from None
