"""Every error is a problem document, also those that Django itself makes."""

from io import BytesIO

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from review.api import tasks
from tests.review.api.conftest import API, problem

pytestmark = pytest.mark.django_db


def test_an_unknown_address(operator):
    problem(operator.get("nothing/here/"), 404, "not_found")


def test_an_address_without_its_slash_says_so(operator):
    document = problem(operator.post("items", {}), 404)
    assert "slash" in document["detail"]


def test_a_body_sent_to_nowhere_is_read_so_that_its_client_gets_the_answer(operator):
    body = BytesIO(b"x" * 100_000)
    extra = {"CONTENT_LENGTH": "100000", "wsgi.input": body}
    problem(operator.client.post(f"{API}/nothing/", b"", "application/json", **extra), 404)
    assert body.tell() == 100_000


def test_an_address_beside_the_version(operator):
    problem(operator.client.get("/api/v9/"), 404, "not_found")


def test_a_method_that_is_not_taken(operator):
    response = operator.client.delete(f"{API}/items/")
    problem(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_a_format_that_is_not_spoken(operator):
    response = operator.client.get(f"{API}/items/", headers={"Accept": "text/csv"})
    problem(response, 406, "not_acceptable")


def test_what_nobody_foresaw_is_a_problem_too(operator, process, monkeypatch):
    monkeypatch.setattr(tasks, "claim_next", lambda **_: 1 / 0)
    operator.client.raise_request_exception = False
    document = problem(operator.post("queues/desk/desk/next/"), 500, "internal")
    assert "division" not in str(document)


def test_a_database_that_is_away_asks_to_try_again(operator, process, monkeypatch):
    def away(**_):
        raise OperationalError("the connection is closed: password=hunter2")

    monkeypatch.setattr(tasks, "claim_next", away)
    response = operator.post("queues/desk/desk/next/")
    document = problem(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "5"
    assert "hunter2" not in str(document)


@override_settings(ALLOWED_HOSTS=["countersign.example"])
def test_a_foreign_host(process):
    problem(Client().get(f"{API}/items/", headers={"Host": "evil.example"}), 400, "bad_request")
