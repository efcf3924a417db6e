"""Who needs a second factor and has none gets to the page where it is set up, and nowhere else."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from governance.roles.keys import issue_key
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from governance.roles.scopes import OF_PEOPLE
from governance.signin import factors, secrets
from tests import factories
from tests.review.console.conftest import Browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = ["operator"]


@pytest.fixture
def operator(cast):
    return Browser(cast.operator)


def with_app(person):
    secret = generate_totp_secret()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    factors.add_totp(user=person, secret=secret, code=code, session_id=None)


def test_pages_lead_to_the_set_up(operator):
    for name in ("my-work", "history", "keys", "api-keys", "sessions"):
        assert operator.get(name).url == reverse("security"), name
    assert "Your role needs a second factor" in text(operator.get("security"))
    assert operator.get("security-app").status_code == 200
    assert operator.get("security-passkeys").status_code == 200


def test_htmx_is_told_to_go_there(operator):
    answer = operator.client.get(reverse("recent"), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == reverse("security")


def test_what_the_set_up_page_asks_for_by_itself_does_not_load_it_again(operator):
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/account/security/app/"}
    answer = operator.client.get(reverse("notices-count"), headers=here)
    assert answer.status_code == 204
    assert "HX-Redirect" not in answer.headers


def test_signing_out_works(operator):
    assert operator.post("logout").url == reverse("login")


def test_the_api_says_what_is_missing(operator):
    refused = operator.client.get("/api/v1/tasks/")
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "second_factor_needed"


def test_a_key_is_no_way_around(cast):
    _, secret = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator)
    refused = Client().get("/api/v1/tasks/", headers={"Authorization": f"Bearer {secret}"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "second_factor_needed"


def test_a_key_of_who_has_one_works(cast):
    with_app(cast.operator)
    _, secret = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator)
    answer = Client().get("/api/v1/tasks/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_others_go_on(cast):
    assert Browser(cast.lead).get("my-work").status_code == 200


def test_a_role_given_meanwhile_counts_at_once(cast, process):
    outsider = Browser(cast.outsider)
    assert outsider.get("my-work").status_code == 200
    grant_role(user=cast.outsider, role=Role.OPERATOR, process=process, actor=factories.ACTOR)
    assert outsider.get("my-work").url == reverse("security")


def test_a_factor_that_is_reset_is_missed_at_once(cast):
    with_app(cast.operator)
    operator = Browser(cast.operator)
    assert operator.get("my-work").status_code == 200
    factors.remove_all(user=cast.operator, actor=factories.ACTOR, data={})
    assert operator.get("my-work").url == reverse("security")


def test_it_costs_no_statement(cast, settings):
    with_app(cast.operator)
    operator = Browser(cast.operator)
    operator.get("my-work")
    _, with_rule = statements(lambda: operator.get("my-work"))
    settings.REQUIRE_SECOND_FACTOR_FOR = []
    _, without = statements(lambda: operator.get("my-work"))
    assert len(with_rule) == len(without)


def test_setting_an_app_up_opens_the_rest(operator, cast):
    page = text(operator.get("security-app"))
    assert "data:image/svg+xml;base64," in page
    secret = secrets.opened(
        operator.client.session["app_to_set_up"], cast.operator.pk, "app_to_set_up"
    )
    assert " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) in page
    assert operator.post("security-app", code="000000").status_code == 422
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    codes = operator.post("security-app", code=code)
    assert "These codes are not shown again" in text(codes)
    assert "no-store" in codes.headers["Cache-Control"]
    assert operator.get("my-work").status_code == 200


def test_the_last_one_stays(operator, cast):
    with_app(cast.operator)
    (mine,) = factors.of(cast.operator)
    refused = Browser(cast.operator).post("security-remove", mine.pk)
    assert refused.status_code == 409
    assert factors.has_factor(cast.operator)


def test_a_word_that_is_no_role_stops_the_request(operator, settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = ["operater"]
    with pytest.raises(ImproperlyConfigured):
        operator.get("my-work")
