"""Many items in one call: NDJSON in, NDJSON out, a bad line fails alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.request import Request

from governance.contracts.models import Process
from governance.errors import DomainError, InvalidInput
from review.api import answers, bodies, callers, paging, presenting, throttling
from review.api.answers import answers as responses
from review.api.parsers import NDJSONParser, lines, parse_json, require_announced
from review.api.problems import Refused, Throttled, drain, pointers
from review.items.intake import Incoming, receive_bulk

log = structlog.get_logger(__name__)

BATCH = 1000  # items a transaction
MEDIA_TYPE = NDJSONParser.media_type
RESULT_CHUNK = 500  # lines of the answer written at once

Result = dict[str, Any]


@extend_schema(
    operation_id="hand_in_items",
    summary="Hand many items in: a JSON object a line, a result a line",
    description=(
        "At most `BULK_MAX_ITEMS` lines, each as large as one item may be. A bad line fails "
        "alone. The answer begins once the whole body has been read, so that a client that "
        "writes before it reads never waits for one that does the same; its lines come in the "
        "order of the body's. A line `failed` where the database did not answer: hand it in again."
    ),
    request={MEDIA_TYPE: {**bodies.LINE.schema, "description": "One line."}},
    parameters=[
        OpenApiParameter("process", str, description="For lines that name none themselves.")
    ],
    responses=responses(
        {(200, MEDIA_TYPE): OpenApiResponse(answers.LineResult, description="One a line.")},
        422,
        429,
        is_write=True,
    ),
)
@api_view(["POST"])
@parser_classes([NDJSONParser])
def bulk(request: Request) -> StreamingHttpResponse:
    require_announced(request)
    process = paging.text_parameter(request, "process", limit=60)
    if process is not None:
        callers.submit_process(request, process)
    throttling.require_some(request)
    intake = _Intake(request, process)
    stream = cast(Mapping[str, Any], request.data).get("stream")  # none where there is no body
    for number, line in lines(stream) if stream is not None else ():
        if intake.is_full():
            intake.refuse(number, "too_many", _too_many())
            drain(request._request, settings.BULK_MAX_BODY_BYTES)
            break
        intake.add(number, line)
    intake.flush()
    if not intake.results:
        raise InvalidInput("The body holds no lines.")
    return StreamingHttpResponse(_written(intake.results), content_type=MEDIA_TYPE)


def _too_many() -> str:
    return f"At most {settings.BULK_MAX_ITEMS} items a call; from this line on nothing was read."


@dataclass
class _Waiting:
    """Lines of one process that wait for their transaction."""

    process: Process
    numbers: list[int] = field(default_factory=list)
    items: list[Incoming] = field(default_factory=list)


class _Intake:
    """Reads lines into batches, a transaction each, and keeps a result for every line."""

    def __init__(self, request: Request, process: str | None) -> None:
        self.request = request
        self.default = process
        self.results: dict[int, Result] = {}
        self._processes: dict[str, Process | DomainError] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._count = 0

    def is_full(self) -> bool:
        return self._count >= settings.BULK_MAX_ITEMS

    def add(self, number: int, line: bytes | None) -> None:
        self._count += 1
        self.results[number] = {}  # keeps the order of the body
        if line is None:
            self.refuse(number, "too_large", "The line is larger than one item may be.")
            return
        try:
            body = bodies.LINE.check(parse_json(line))
            process = self._process(body.get("process") or self.default)
            incoming = bodies.incoming(body)
        except Refused as error:
            self.refuse(number, error.code, str(error.detail))
            return
        except DomainError as error:
            errors = error.errors if isinstance(error, InvalidInput) else {}
            self.refuse(number, error.code, str(error), errors)
            return
        waiting = self._waiting.setdefault(process.pk, _Waiting(process))
        waiting.numbers.append(number)
        waiting.items.append(incoming)
        if len(waiting.items) >= BATCH:
            self._store(self._waiting.pop(process.pk))

    def flush(self) -> None:
        for waiting in self._waiting.values():
            self._store(waiting)
        self._waiting.clear()

    def refuse(
        self, number: int, code: str, detail: str, errors: dict[str, str] | None = None
    ) -> None:
        result: Result = {"line": number, "status": "refused", "code": code, "detail": detail}
        if errors:
            result["errors"] = pointers(errors)
        self.results[number] = result

    def _process(self, slug: str | None) -> Process:
        if slug is None:
            raise InvalidInput("No process.", {"process": "is required, here or in the address"})
        found = self._processes.get(slug)
        if found is None:
            try:
                found = callers.submit_process(self.request, slug)
            except DomainError as error:
                found = error
            self._processes[slug] = found
        if isinstance(found, DomainError):
            raise found
        return found

    def _store(self, waiting: _Waiting) -> None:
        try:
            throttling.take(self.request, len(waiting.items))
            received = receive_bulk(
                waiting.process,
                waiting.items,
                actor=callers.actor_of(self.request),
                producer_id=callers.producer_of(self.request),
            )
        except Throttled as error:
            for number in waiting.numbers:
                self.refuse(number, error.code, str(error.detail))
            return
        except DomainError as error:
            for number in waiting.numbers:
                self.refuse(number, error.code, str(error))
            return
        except (OperationalError, InterfaceError):
            log.exception("bulk_batch_failed", items=len(waiting.items))
            for number in waiting.numbers:
                self.refuse(number, "unavailable", "The database did not answer; hand it in again.")
                self.results[number]["status"] = "failed"
            return
        for number, one in zip(waiting.numbers, received, strict=True):
            if one.status == "refused":
                code = "invalid" if one.errors else "conflict"
                self.refuse(number, code, one.message, dict(one.errors))
            else:
                self.results[number] = {
                    "line": number,
                    "status": one.status,
                    "id": str(one.item_id),
                    "state": one.state,
                    "url": self._url(one.item_id),
                }

    def _url(self, item_id: UUID | None) -> str:
        return presenting.item_url(self.request, item_id)


def _written(results: dict[int, Result]) -> Iterator[bytes]:
    rows = [json.dumps(result, separators=(",", ":")) for result in results.values()]
    for start in range(0, len(rows), RESULT_CHUNK):
        yield ("\n".join(rows[start : start + RESULT_CHUNK]) + "\n").encode()
