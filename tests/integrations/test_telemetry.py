from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.transport import Transport

from integrations.telemetry import configure_logging, mask_text, start_error_reports

IBAN = "DE89 3704 0044 0532 0130 00"
CUSTOMER = ("Jane Roe", "jane@example.org", "10.1.2.3")
PERSONAL = [
    "jane.roe+x@example.co.uk",
    IBAN,
    IBAN.replace(" ", ""),
    "4111 1111 1111 1111",
    "5500005555555559",
    "+41 44 668 18 00",
    "+1 (555) 010-9999",
    "044 668 18 00",
]


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Configure logging to memory and give back what was written, one object a line."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging(stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("personal", PERSONAL)
def test_personal_patterns_are_masked_inside_text(personal: str) -> None:
    assert mask_text(f"seen {personal}, twice") == "seen [masked], twice"


@pytest.mark.parametrize(
    "harmless",
    [
        "0193e4a2-7c3b-7000-8000-0123456789ab",
        "01934567-1234-7123-8123-012345678901",
        "6f2cf51cfb51a1949637594639b3c48f3fc80391032cb6de06dc3dbc275fde71",
        "2026-11-22T18:00:00.123456Z",
        "1732298400123",
        "took 0.0123456 s for 100000 rows",
        "field_below_band: total 0.71 < 0.90",
        "127.0.0.1:8000",
    ],
)
def test_ids_digests_and_times_are_left_alone(harmless: str) -> None:
    assert mask_text(harmless) == harmless


def test_event_and_ids_are_one_json_object(log: Callable[[], list[dict[str, Any]]]) -> None:
    item = uuid.uuid4()
    structlog.get_logger("review").info("item.received", item_id=item, attempt=2, process="triage")
    [line] = log()
    assert line["event"] == "item.received"
    assert (line["item_id"], line["attempt"], line["process"]) == (str(item), 2, "triage")
    assert (line["level"], line["logger"]) == ("info", "review")
    assert line["timestamp"].endswith("Z")


def test_content_logged_by_mistake_leaves_no_trace(
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    logger = structlog.get_logger("review")
    logger.warning(
        "odd",
        payload={"name": "Jane Roe"},
        output=["Jane Roe"],
        message="Jane Roe",
        customer_name="Jane Roe",
        reason="Jane Roe called",
        status="mail to jane@example.org",
    )
    [line] = log()
    assert "Jane" not in json.dumps(line)
    assert line["payload"] == line["customer_name"] == "[masked]"
    assert line["status"] == "mail to [masked]"


def test_exception_text_is_masked_and_shows_no_local_values(
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    secret = "Jane Roe"
    try:
        raise ValueError(f"bad address jane@example.org, IBAN {IBAN}")
    except ValueError:
        structlog.get_logger("review").exception("failed")
    [line] = log()
    assert "ValueError: bad address [masked], IBAN [masked]" in line["exception"]
    assert secret not in line["exception"]


def test_rows_quoted_by_postgresql_are_masked() -> None:
    text = 'duplicate key\nDETAIL:  Key (name)=(Jane Roe) already exists.\nHINT: "x"'
    assert mask_text(text) == 'duplicate key\nDETAIL: [masked]\nHINT: "x"'


def test_libraries_log_through_the_same_net(log: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("django.request").error("Not found for %s", "jane@example.org")
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/?name=Jane")
    logging.getLogger("celery").info("see https://example.org/x?name=Jane")
    lines = log()
    assert [line["event"] for line in lines] == [
        "Not found for [masked]",
        "see https://example.org/x",
    ]


class Memory(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent.extend(item.payload.json for item in envelope.items if item.payload.json)


@pytest.fixture
def reports() -> Iterator[Memory]:
    memory = Memory()
    dsn = "https://key@reports.example/1"
    assert start_error_reports(dsn, environment="test", release="1", transport=memory)
    yield memory
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_without_dsn_nothing_is_started() -> None:
    assert start_error_reports("", environment="test") is False
    assert not sentry_sdk.get_client().is_active()


def test_report_holds_the_error_but_nothing_personal(reports: Memory) -> None:
    # A report quotes the source around the error, so the values stand elsewhere.
    name, email, address = CUSTOMER
    sentry_sdk.set_user({"id": "7", "email": email, "ip_address": address})
    sentry_sdk.set_extra("payload", {"name": name})
    sentry_sdk.set_context("item", {"name": name})
    sentry_sdk.add_breadcrumb(message=f"asked {email}", data={"body": name})
    try:
        raise ValueError(f"no account {IBAN}")
    except ValueError as error:
        sentry_sdk.capture_exception(error)
    [event] = reports.sent
    error = event["exception"]["values"][0]
    assert (error["type"], error["value"]) == ("ValueError", "no account [masked]")
    assert all("vars" not in frame for frame in error["stacktrace"]["frames"])
    assert event["user"] == {"id": "7"}
    assert event["breadcrumbs"]["values"][-1]["message"] == "asked [masked]"
    for personal in (*CUSTOMER, IBAN):
        assert personal not in json.dumps(event)


def test_report_of_a_request_has_no_body_query_cookie_or_authorization(reports: Memory) -> None:
    event: dict[str, Any] = {
        "message": "failed",
        "request": {
            "method": "POST",
            "url": "https://user:word@example.org/items/?name=Jane",
            "query_string": "name=Jane",
            "data": {"name": "Jane"},
            "cookies": {"sessionid": "Jane"},
            "headers": {"Authorization": "Jane", "User-Agent": "curl", "Cookie": "Jane"},
            "env": {"REMOTE_ADDR": "Jane"},
        },
        "logentry": {"message": "item %s", "params": ["Jane"], "formatted": "item Jane"},
        "extra": {"celery-job": {"args": ["Jane"]}, "item_id": "17"},
    }
    sentry_sdk.capture_event(event)
    [sent] = reports.sent
    assert "Jane" not in json.dumps(sent)
    assert sent["request"] == {
        "method": "POST",
        "url": "https://example.org/items/",
        "headers": {"User-Agent": "curl"},
    }
    assert sent["extra"]["item_id"] == "17"
