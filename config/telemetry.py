"""Logs and error reports of web and workers; nothing leaves the machine without a DSN."""

import logging

from django.conf import settings

from integrations.telemetry import configure_logging, start_error_reports

# A line for each job and each tick of beat says nothing; their failures are warnings.
CHATTER = ("celery.app.trace", "celery.beat", "celery.worker", "celery.redirected")


def start() -> None:
    """Configure this process's logs and, where SENTRY_DSN is set, its error reports."""
    configure_logging(level=settings.LOG_LEVEL, as_json=settings.LOG_AS_JSON)
    for name in CHATTER:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    start_error_reports(settings.SENTRY_DSN, environment=settings.ENVIRONMENT)
