"""Chat by incoming webhook: the JSON text that Slack, Mattermost and Teams' workflows take."""

from __future__ import annotations

import binascii
import datetime
import json

from standardwebhooks import Webhook

from integrations import http
from integrations.errors import PermanentError
from integrations.notifications.message import Message

MAX_ANSWER_BYTES = 16 * 1024
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def send_chat(
    message: Message,
    *,
    url: str,
    secret: str | None = None,
    allow_private: bool = False,
    timeout_seconds: float = 10.0,
) -> None:
    """Post one message; with a secret ("whsec_" and base64) signed as Standard Webhooks says.

    webhook-id is the message's, so that a relay can drop a repetition. Raises TransientError or
    PermanentError, neither of which names the address.
    """
    content = json.dumps({"text": _markdown(message)}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "webhook-id": message.id}
    if secret:
        headers |= _signature(message.id, content, secret)
    answer = http.request(
        "POST",
        url,
        content=content,
        headers=headers,
        timeout_seconds=timeout_seconds,
        allow_private=allow_private,
        max_response_bytes=MAX_ANSWER_BYTES,
    )
    http.raise_for_status(answer)


def _markdown(message: Message) -> str:
    """The one form all three read: `<url|text>` is Slack's alone, so links stand on their own."""
    lines = [f"{_escaped(line.text)}\n{line.url}" for line in message.lines]
    return "\n".join([f"*{_escaped(message.subject)}*", *lines])


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(one, one) for one in text)


def _signature(message_id: str, content: bytes, secret: str) -> dict[str, str]:
    try:
        signer = Webhook(secret)
    except (binascii.Error, ValueError, RuntimeError):
        raise PermanentError("The signing secret is not base64.") from None
    at = datetime.datetime.now(datetime.UTC)
    return {
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signer.sign(message_id, at, content.decode()),
    }
