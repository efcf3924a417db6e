"""E-mail through Django's configured backend; its errors sorted into try again and do not."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.core.mail import EmailMessage, get_connection

from integrations.errors import PermanentError, TransientError
from integrations.notifications.message import Message

# What a mail server says for good about a message; anything else may pass.
_PERMANENT = range(500, 600)


def send_email(message: Message, *, to: str, sender: str) -> None:
    """Send one e-mail as plain text. Raises TransientError or PermanentError, neither of which
    names the address."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage(
        subject=" ".join(message.subject.split()),
        body=message.as_text(),
        from_email=sender,
        to=[to],
        connection=get_connection(),
        headers={"Message-ID": f"<{message.id}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        if codes and all(code in _PERMANENT for code in codes):
            raise PermanentError("The mail server refused the recipient.") from None
        raise TransientError("The mail server refused the recipient for now.") from None
    except smtplib.SMTPAuthenticationError:
        # For good for this try, but the message is not at fault: somebody mends the settings.
        raise TransientError("The mail server refused the sign-in.") from None
    except smtplib.SMTPResponseException as error:
        if error.smtp_code in _PERMANENT:
            raise PermanentError(f"The mail server answered {error.smtp_code}.") from None
        raise TransientError(f"The mail server answered {error.smtp_code}.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"The mail server failed ({type(error).__name__}).") from None
    except ValueError:
        # A line break in an address: Django refuses to build the header.
        raise PermanentError("The address cannot be written to.") from None
