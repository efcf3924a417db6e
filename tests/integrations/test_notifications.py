"""E-mail and chat: what goes over the wire, and which failures are worth another try."""

import smtplib

import pytest
from standardwebhooks import Webhook

from integrations.errors import PermanentError, TransientError
from integrations.http import AddressRefused
from integrations.notifications.addresses import validate_url
from integrations.notifications.chat import send_chat
from integrations.notifications.email import send_email
from integrations.notifications.message import Line, Message
from tests.integrations.servers import Reply, Server

MESSAGE = Message(
    id="notice-chat-1",
    subject="Countersign: 2 notices",
    lines=[
        Line("A task: Desk & <Co>", "https://x.example/tasks/1/"),
        Line("More", "https://x.example/"),
    ],
    footer_url="https://x.example/notices/ways/",
)
SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


@pytest.fixture
def server():
    with Server().running() as running:
        yield running


def test_chat_is_a_signed_text_that_carries_no_markup_of_others(server):
    send_chat(MESSAGE, url=server.url, secret=SECRET, allow_private=True)
    (seen,) = server.seen
    text = seen.json["text"]
    assert "Desk &amp; &lt;Co&gt;" in text
    assert "https://x.example/tasks/1/" in text
    Webhook(SECRET).verify(seen.body, seen.headers)


@pytest.mark.parametrize(
    ("status", "error"), [(500, TransientError), (429, TransientError), (404, PermanentError)]
)
def test_chat_failures_are_told_apart(server, status, error):
    server.reply(Reply(status=status))
    with pytest.raises(error) as caught:
        send_chat(MESSAGE, url=f"{server.url}/secret-path", allow_private=True)
    assert "secret-path" not in str(caught.value)


def test_chat_reaches_no_private_address_unless_allowed(server):
    with pytest.raises(AddressRefused):
        send_chat(MESSAGE, url=server.url)
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://hooks.chat.example/services/T1", True),
        ("https://eu.chat.example/x", True),
        ("https://chat.example/x", False),  # the star names those below
        ("https://evilchat.example/x", False),
        ("http://hooks.chat.example/x", False),
        ("https://user:word@hooks.chat.example/x", False),
        ("https://hooks.chat.example.evil.example/x", False),
        ("javascript:alert(1)", False),
        ("https://hooks.chat.example\\@evil.example/", False),
        ("https://evil.example#@hooks.chat.example/", False),
        ("https://hooks.chat.example:port/", False),
        ("", False),
    ],
)
def test_addresses_are_on_hosts_that_are_allowed(url, is_right):
    hosts = ["hooks.chat.example", "*.chat.example"]
    assert (validate_url(url, hosts, allow_http=False) is None) is is_right
    assert validate_url(url, [], allow_http=False) is not None


def test_e_mail_is_plain_text_under_the_messages_id(mailoutbox):
    send_email(MESSAGE, to="anna@example.org", sender="Countersign <no@example.org>")
    (mail,) = mailoutbox
    wire = mail.message()
    assert wire["Message-ID"] == "<notice-chat-1@example.org>"
    assert wire["Auto-Submitted"] == "auto-generated"
    assert "https://x.example/notices/ways/" in mail.body


def test_what_leads_nowhere_is_told_without_an_address():
    message = Message(id="1", subject="S", lines=[Line("One", "https://x.example/"), Line("Two")])
    assert message.as_text() == "One\nhttps://x.example/\n\nTwo\n"


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no")}), PermanentError),
        (smtplib.SMTPRecipientsRefused({"a@b": (451, b"later")}), TransientError),
        (smtplib.SMTPAuthenticationError(535, b"no"), TransientError),
        (smtplib.SMTPDataError(554, b"no"), PermanentError),
        (smtplib.SMTPServerDisconnected("gone"), TransientError),
        (TimeoutError(), TransientError),
    ],
)
def test_e_mail_failures_are_told_apart_and_name_nobody(monkeypatch, raised, error):
    def send(*_, **__):
        raise raised

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    with pytest.raises(error) as caught:
        send_email(MESSAGE, to="anna@example.org", sender="no@example.org")
    assert "anna" not in str(caught.value)
    assert "a@b" not in str(caught.value)


def test_an_address_with_a_line_break_is_refused():
    with pytest.raises(PermanentError):
        send_email(MESSAGE, to="anna@example.org\nBcc: b@example.org", sender="no@example.org")
