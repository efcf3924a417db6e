"""Signed-in browsers without scripts, and with the header that htmx sends."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

HTMX = {"HX-Request": "true"}


class Browser:
    """A person's session; `hx` posts as htmx does."""

    def __init__(self, user=None):
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def get(self, name, *args, **query):
        return self.client.get(reverse(name, args=args), query)

    def post(self, name, *args, **data):
        return self.client.post(reverse(name, args=args), data)

    def hx(self, name, *args, **data):
        return self.client.post(reverse(name, args=args), data, headers=HTMX)


def browser(user):
    return Browser(user)


@pytest.fixture
def operator(cast):
    return Browser(cast.operator)


def statements(act):
    """The SQL statements that `act()` sends, transaction bookkeeping of the test left out."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = act()
    sent = [one["sql"] for one in captured.captured_queries]
    marks = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO", "BEGIN", "COMMIT")
    return answer, [sql for sql in sent if not sql.startswith(marks)]


def text(response):
    return response.content.decode()
