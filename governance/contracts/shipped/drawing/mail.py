"""E-mails as suppliers and scanners send them."""

from __future__ import annotations

import datetime
from email.message import EmailMessage
from email.policy import SMTP

from governance.contracts.shipped.sample import SampleFile

_TYPES = {
    "pdf": ("application", "pdf"),
    "png": ("image", "png"),
    "jpg": ("image", "jpeg"),
    "tif": ("image", "tiff"),
    "xml": ("application", "xml"),
}


def mail(
    *,
    sender: str,
    to: str,
    subject: str,
    day: datetime.date,
    text: str,
    files: tuple[SampleFile, ...],
    number: int,
) -> bytes:
    """An .eml: text and attachments. number makes ids that a seed repeats."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = datetime.datetime.combine(day, datetime.time(9, 12), datetime.UTC)
    message["Message-ID"] = f"<{number:08x}@{sender.rpartition('@')[2]}>"
    message.set_content(text)
    for file in files:
        main, sub = _TYPES[file.name.rpartition(".")[2]]
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    if message.is_multipart():
        message.set_boundary(f"=_{number:016x}")
    return message.as_bytes()
