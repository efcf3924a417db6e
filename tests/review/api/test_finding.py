"""The list of items by the console's filters, for people with a key or a session."""

import pytest
from rest_framework.test import APIClient

from governance.ledger.sequencing import sequence
from review.finding import indexing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(process, cast):
    """External ids of an answer of the list, to the operator."""
    factories.make_decision(process, cast.colleague, verdict="reject", external_id="R-1")
    for number in range(3):
        factories.make_task(process, external_id=f"W-{number}")
    sequence()
    while indexing.follow():
        pass
    client = APIClient()
    client.force_login(cast.operator)

    def ask(**parameters):
        answer = client.get("/api/v1/items/", parameters)
        assert answer.status_code == 200, answer.json()
        return [one["external_id"] for one in answer.json()["results"]]

    ask.client = client
    return ask


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"q": "w-1"}, ["W-1"]),
        ({"verdict": "reject"}, ["R-1"]),
        ({"external_id": "W*"}, ["W-2", "W-1", "W-0"]),
        ({"sort": "oldest"}, ["R-1", "W-0", "W-1", "W-2"]),
        ({"queue": "desk", "process": "desk"}, ["W-2", "W-1", "W-0"]),
        ({"route": "review", "state": "rejected"}, ["R-1"]),
        ({"due": "over"}, []),
        ({"external_id": "W-1"}, ["W-1"]),
    ],
    ids=str,
)
def test_each_filter_finds_what_it_says(listed, parameters, names):
    assert listed(**parameters) == names


def test_pages_follow_one_another(listed):
    address, seen = "/api/v1/items/?sort=oldest&limit=2&route=review", []
    while address:
        answer = listed.client.get(address).json()
        seen += [one["external_id"] for one in answer["results"]]
        address = answer["next"]
    assert seen == ["R-1", "W-0", "W-1", "W-2"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"verdict": "perhaps"},
        {"person": "x"},
        {"received_from": "yesterday"},
        {"queue": "desk"},
        {"queue": "nowhere", "process": "desk"},
        {"q": ""},
        {"q": "x" * 201},
        {"sort": "oldest", "cursor": "x"},
        {"sort": "price"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(listed, parameters):
    answer = listed.client.get("/api/v1/items/", parameters)
    assert answer.status_code == 422
    named = {one["pointer"].strip("/") for one in answer.json()["errors"]}
    assert named & set(parameters)


def test_a_producer_learns_nothing_of_verdicts_or_routes(process):
    _, secret = factories.make_key(process)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for parameters in ({"verdict": "accept"}, {"q": "x"}, {"external_id": "W*"}):
        assert client.get("/api/v1/items/", parameters).status_code == 422
    assert client.get("/api/v1/items/", {"external_id": "W"}).status_code == 200
