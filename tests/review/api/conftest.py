"""Callers of the API: people by session, producers by key."""

import json

import pytest
from django.test import Client

from review.api import authentication, throttling
from tests import factories

API = "/api/v1"


class Caller:
    """A JSON client; every answer with a body is decoded as `.json()`."""

    def __init__(self, user=None, secret=None):
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, path, **query):
        return self.client.get(f"{API}/{path}", query, headers=self.headers)

    def post(self, path, body=None, *, headers=None, **options):
        options.setdefault("content_type", "application/json")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.client.post(
            f"{API}/{path}", body or b"", headers={**self.headers, **(headers or {})}, **options
        )

    def bulk(self, lines, *, query=""):
        """Results of an NDJSON call; `lines` are objects or raw bytes."""
        rows = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        response = self.post(
            f"items/bulk/{query}", b"\n".join(rows), content_type="application/x-ndjson"
        )
        if response.status_code != 200:
            return response
        text = b"".join(response.streaming_content).decode()
        return [json.loads(row) for row in text.splitlines()]


def signed_in(user):
    return Caller(user=user)


@pytest.fixture(autouse=True)
def fresh_memory():
    """What a web process remembers between requests is forgotten between tests."""
    authentication.kept_keys.clear()
    throttling.away.end()


@pytest.fixture
def producer(process):
    """A producer's key that may hand in and read items of `process`."""
    _, secret = factories.make_key(process)
    return Caller(secret=secret)


@pytest.fixture
def operator(cast):
    return Caller(user=cast.operator)


@pytest.fixture
def owner(cast):
    return Caller(user=cast.owner)


def problem(response, status, code=None):
    """The problem document of a response, which must be one."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["type"].endswith(document["code"])
    assert document["title"]
    assert document["detail"]
    if code is not None:
        assert document["code"] == code
    return document


def pointers(response):
    return sorted(one["pointer"] for one in response.json().get("errors", []))
