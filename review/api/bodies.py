"""What may be sent: one JSON Schema a body, which both checks it and describes it in the API.

The contracts' own validator does the checking, so that types are strict, unknown fields are
refused and no reason repeats a value. Rules of the domain are the operations' business.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from governance.contracts.documentrules import MAX_FILES
from governance.contracts.models import Process
from governance.contracts.schemas import compiled, errors_of
from governance.errors import InvalidInput
from review.api.parsers import require_announced
from review.documents.incoming import IncomingFile
from review.items.intake import MAX_EXTERNAL_ID_CHARACTERS, Incoming
from review.models import Decision

JsonSchema = dict[str, Any]


class Body:
    """A JSON object with these properties and no others."""

    def __init__(self, required: tuple[str, ...] = (), **properties: JsonSchema) -> None:
        self.schema: JsonSchema = {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }
        if required:
            self.schema["required"] = list(required)

    @cached_property
    def _validator(self) -> Any:
        return compiled(self.schema)

    def read(self, request: Request) -> dict[str, Any]:
        """The request's body, if it has this form. Raises InvalidInput, with a reason a field."""
        require_announced(request)
        return self.check(request.data)

    def check(self, value: Any) -> dict[str, Any]:
        """A value, if it has this form. Raises InvalidInput."""
        if self._validator.is_valid(value):
            return dict(value)
        errors = errors_of(self._validator, value)
        raise InvalidInput("The body does not have the form asked for.", errors)


_OUTPUT: JsonSchema = {
    "type": "object",
    "description": "Fits the output schema of the item's contract.",
}
_REASON: JsonSchema = {"type": "string", "maxLength": 2000}
_VERDICT: JsonSchema = {"enum": [str(value) for value in Decision.Verdict.values]}

ITEM = Body(
    required=("process", "payload"),
    process={"type": "string", "minLength": 1, "maxLength": 60},
    payload={"type": "object", "description": "Fits the input schema of the contract in force."},
    external_id={
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": MAX_EXTERNAL_ID_CHARACTERS,
        "description": "The producer's own name for the item; the same one gives the same item.",
    },
    priority={"type": ["integer", "null"], "minimum": 0, "maximum": 100},
    due_at={"type": ["string", "null"], "format": "date-time"},
    segment={"type": ["string", "null"], "maxLength": 60},
)
LINE = Body(**ITEM.schema["properties"], required=("payload",))
WITH_FILES = Body(
    required=("process", "payload"),
    **ITEM.schema["properties"],
    documents={
        "type": "array",
        "maxItems": MAX_FILES,
        "description": "Files of the item, where its contract takes some.",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "content"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 1000},
                "content": {"type": "string", "contentEncoding": "base64"},
            },
        },
    },
)
PARTS: JsonSchema = {
    "type": "object",
    "required": ["item"],
    "properties": {
        "item": {**ITEM.schema, "description": "JSON; the first part."},
        "documents": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "Files, a part each.",
        },
    },
}
DECIDE = Body(
    required=("verdict",),
    verdict=_VERDICT,
    output={**_OUTPUT, "type": ["object", "null"]},
    reason=_REASON,
    next={"type": "boolean", "description": "Claim and return the queue's next task as well."},
)
AMEND = Body(
    required=("verdict",),
    verdict=_VERDICT,
    output={**_OUTPUT, "type": ["object", "null"]},
    reason=_REASON,
)
REASON = Body(required=("reason",), reason={"type": "string", "minLength": 1, "maxLength": 500})
DRAFT = Body(
    required=("output",), output={**_OUTPUT, "description": "Kept as it is."}, reason=_REASON
)
REASSIGN = Body(
    required=("to",),
    to={"type": "string", "minLength": 1, "maxLength": 150, "description": "A user name."},
)
STAGE = Body(required=("stage",), stage={"enum": [str(value) for value in Process.Stage.values]})
RELEASE = Body(comment=_REASON)
REFUSE = Body(
    required=("policy", "comment"),
    policy={"type": "string", "minLength": 1, "maxLength": 60, "description": "Its name."},
    version={
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": 2_147_483_647,
        "description": "By default the one in force; any other is refused.",
    },
    heading={"type": "string", "maxLength": 80, "description": "An anchor in its text."},
    comment={**_REASON, "minLength": 1},
)
_DIGEST: JsonSchema = {
    "type": "string",
    "pattern": "^[0-9a-f]{64}$",
    "description": "Of what was seen; a signature for anything else is refused.",
}
_PRINCIPAL: JsonSchema = {
    "type": ["string", "null"],
    "maxLength": 36,
    "description": "The id of who lets the caller sign in their place; by default the caller.",
}
_WORDS: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 5000}
ASK = Body(
    required=("process", "what", "reason"),
    process={"type": "string", "minLength": 1, "maxLength": 60},
    what={"enum": ["version", "contract", "stage-partial", "stage-full"]},
    version={
        "type": ["string", "null"],
        "maxLength": 36,
        "description": "The id of a model version; by default the one that serves.",
    },
    reason=_WORDS,
)
SIGN = Body(
    required=("digest",),
    digest=_DIGEST,
    principal=_PRINCIPAL,
    comment={"type": "string", "maxLength": 5000},
)
SIGN_NO = Body(required=("digest", "comment"), digest=_DIGEST, principal=_PRINCIPAL, comment=_WORDS)
WITHDRAW = Body(required=("reason",), reason=_WORDS)
COMMENT = Body(required=("text",), text=_WORDS)
EMPTY = Body()


def incoming(body: Mapping[str, Any]) -> Incoming:
    """A body that fits ITEM, LINE or WITH_FILES as an item.

    Raises InvalidInput for an impossible due_at, and for a file that is not base64.
    """
    return Incoming(
        payload=body["payload"],
        external_id=body.get("external_id"),
        priority=body.get("priority"),
        due_at=_instant(body.get("due_at")),
        segment=body.get("segment"),
        documents=tuple(_file(at, one) for at, one in enumerate(body.get("documents", ()))),
    )


def _file(at: int, body: Mapping[str, str]) -> IncomingFile:
    try:
        return IncomingFile(body["name"], b64decode(body["content"], validate=True))
    except ValueError:
        where = f"documents.{at}.content"
        raise InvalidInput("A file cannot be read.", {where: "must be base64"}) from None


def _instant(text: str | None) -> datetime | None:
    """The schema has checked the form; the calendar's ends and leap seconds are left."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            "due_at is not an instant that can be kept.",
            {"due_at": "must be an instant with a time zone"},
        ) from None


def identifier(text: str, name: str) -> UUID:
    """A UUID from a query parameter. Raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("A parameter is wrong.", {name: "must be a UUID"}) from None
