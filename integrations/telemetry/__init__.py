"""Logs and error reports that can leave the machine: structured, and without personal data."""

from integrations.telemetry.errors import start_error_reports
from integrations.telemetry.logs import configure_logging
from integrations.telemetry.masking import mask_text

__all__ = ["configure_logging", "mask_text", "start_error_reports"]
