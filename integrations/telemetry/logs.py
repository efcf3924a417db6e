"""structlog for our own events and for every library's: one JSON object a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from integrations.telemetry.masking import mask_text, mask_values

# At their debug level these write whole requests, items included.
TALKATIVE = (
    *("openai", "httpx", "httpcore", "urllib3", "asyncio", "celery.worker.strategy"),
    "django.template",  # names the whole context of a variable that is not there
)


def configure_logging(
    *,
    level: str = "INFO",
    stream: TextIO | None = None,
    as_json: bool = True,
    allowed_keys: Iterable[str] = (),
) -> None:
    """Send all logs of this process to stream (stdout) as JSON lines, or as text for people.

    Log an event and key-value ids: structlog.get_logger(__name__).info("effect.done",
    effect_id=..., attempt=2). Values under keys that are not known to be harmless are masked;
    allowed_keys adds to the known ones. Call once for each process, again to change it; in
    Celery from the setup_logging signal, so that Celery keeps its hands off.
    """
    allowed = frozenset(allowed_keys)

    def mask(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # structlog's own entries, such as the record itself, are gone before this runs.
        text = mask_text(str(event.pop("event", "")))
        return {"event": text, **mask_values(event, allowed)}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def event_fields(event: EventDict) -> dict[str, Any]:
    """The masked key-value part of an event, for other sinks than the log."""
    return mask_values({key: value for key, value in event.items() if key != "event"})
