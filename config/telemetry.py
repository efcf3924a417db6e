"""Logs and error reports of web and workers; nothing leaves the machine without a DSN."""

from django.conf import settings

from integrations.telemetry import configure_logging, start_error_reports


def start() -> None:
    """Configure this process's logs and, where SENTRY_DSN is set, its error reports."""
    configure_logging(level=settings.LOG_LEVEL, as_json=settings.LOG_AS_JSON)
    start_error_reports(settings.SENTRY_DSN, environment=settings.ENVIRONMENT)
