"""Name and password, the second step, and what is written down of both."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from governance.models import Entry, PersonSession, SignInCount
from governance.signin import factors
from tests import factories
from tests.review.console.conftest import Browser

pytestmark = pytest.mark.django_db


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_app(person):
    """An app for this person; its secret."""
    secret = generate_totp_secret()
    factors.add_totp(user=person, secret=secret, code=code_of(secret, -1), session_id=None)
    return secret


def sign_in(client, username="operator", password=factories.PASSWORD, **more):
    data = {"username": username, "password": password, **more}
    return client.post(reverse("login"), data)


def is_in(client):
    return client.get(reverse("my-work")).status_code == 200


@pytest.fixture
def client(cast):
    assert cast.operator
    return Client()


class TestPassword:
    def test_it_opens_a_session_and_is_recorded(self, client, cast):
        assert sign_in(client).url == reverse("my-work")
        assert is_in(client)
        entry = Entry.objects.get(kind="person.signed_in")
        assert entry.actor == f"user:{cast.operator.pk}"
        assert entry.data == {"user": str(cast.operator.pk), "method": "password"}
        assert PersonSession.objects.get().method == "password"

    def test_a_wrong_one_says_no_more_than_that(self, client):
        wrong = sign_in(client, password="not it")
        nobody = sign_in(client, username="nobody at all", password="not it")
        assert b"do not match" in wrong.content
        said = [
            one.content.replace(name, b"").split(b'role="alert"')[1].split(b"</p>")[0]
            for one, name in ((wrong, b"operator"), (nobody, b"nobody at all"))
        ]
        assert said[0] == said[1]
        assert not is_in(client)

    def test_it_leads_to_the_page_that_was_wanted(self, client):
        assert sign_in(client, next="/history/").url == "/history/"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil"])
    def test_it_leads_nowhere_else(self, client, elsewhere):
        assert sign_in(client, next=elsewhere).url == reverse("my-work")

    def test_a_deactivated_person_stays_out(self, client, cast):
        cast.operator.is_active = False
        cast.operator.save()
        assert sign_in(client).status_code == 200
        assert not is_in(client)

    def test_who_is_signed_in_goes_on(self, cast):
        assert Browser(cast.operator).get("login").url == reverse("my-work")

    def test_off_means_off(self, client, settings):
        settings.PASSWORD_SIGN_IN = False
        assert sign_in(client).status_code == 403
        assert client.post(reverse("login-passkey"), {"credential": "{}"}).status_code == 403
        assert b'name="password"' not in client.get(reverse("login")).content
        assert not is_in(client)

    def test_there_is_no_signing_up(self, client):
        for path in ("signup/", "accounts/signup/", "account/signup/", "login/code/"):
            assert client.get(f"/{path}").status_code == 404


class TestThrottle:
    def test_the_sixth_attempt_waits_even_with_the_right_password(self, client):
        for _ in range(5):
            assert sign_in(client, password="not it").status_code == 200
        cache.clear()
        refused = sign_in(client)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 30
        assert b"Too many attempts failed. Try again in" in refused.content
        assert not is_in(client)

    def test_the_browser_that_signed_in_before_is_not_locked_out_by_another(self, cast):
        assert cast.operator
        mine, other = Client(), Client()
        assert sign_in(mine).status_code == 302
        mine.post(reverse("logout"))
        for _ in range(5):
            sign_in(other, password="not it")
        assert sign_in(other).status_code == 429
        assert sign_in(mine).status_code == 302

    def test_what_the_browser_keeps_names_nobody(self, client):
        cookie = sign_in(client).cookies["known_names"]
        assert "operator" not in cookie.value
        assert cookie["httponly"]
        assert cookie["path"] == "/login/"

    def test_a_forged_cookie_counts_as_none(self, client):
        client.cookies["known_names"] = "forged"
        for _ in range(5):
            sign_in(client, password="not it")
        assert not SignInCount.objects.filter(scope="device").exists()
        assert sign_in(client).status_code == 429

    def test_addresses_before_the_trusted_proxies_are_not_believed(self, cast, settings):
        assert cast.operator
        settings.TRUSTED_PROXIES = 1
        for number in range(5):
            forged = {"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.9"}
            Client(headers=forged).post(reverse("login"), {"username": "operator", "password": "x"})
        data = {"username": "operator", "password": factories.PASSWORD}
        same = Client(headers={"X-Forwarded-For": "203.0.113.9"})
        assert same.post(reverse("login"), data).status_code == 429
        other = Client(headers={"X-Forwarded-For": "203.0.113.10"})
        assert other.post(reverse("login"), data).status_code == 302

    def test_without_proxies_the_header_is_not_believed(self, cast):
        for number in range(5):
            forged = Client(headers={"X-Forwarded-For": f"203.0.113.{number}"})
            sign_in(forged, password="x")
        assert sign_in(Client()).status_code == 429


class TestSecondStep:
    def test_the_password_alone_does_not_open(self, client, cast):
        secret = with_app(cast.operator)
        assert sign_in(client, next="/history/").url == reverse("mfa_authenticate")
        assert not is_in(client)
        assert not PersonSession.objects.exists()
        done = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert done.url == "/history/"
        assert is_in(client)
        assert Entry.objects.get(kind="person.signed_in").data["method"] == "password, app code"

    def test_a_recovery_code_opens_once(self, client, cast):
        with_app(cast.operator)
        (code, *_) = factors.renew_codes(user=cast.operator)
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(client)
        client.post(reverse("logout"))
        sign_in(client)
        again = client.post(reverse("mfa_authenticate"), {"code": code})
        assert again.status_code == 422
        assert not is_in(client)

    def test_a_secret_moved_from_another_row_opens_nothing(self, client, cast):
        mine = with_app(cast.colleague)
        with_app(cast.operator)
        moved = Authenticator.objects.get(user=cast.colleague, type="totp").data
        Authenticator.objects.filter(user=cast.operator, type="totp").update(data=moved)
        sign_in(client)
        refused = client.post(reverse("mfa_authenticate"), {"code": code_of(mine)})
        assert refused.status_code == 422
        assert not is_in(client)
        assert Browser(cast.operator).get("security").status_code == 200

    def test_codes_are_not_guessed(self, client, cast):
        secret = with_app(cast.operator)
        sign_in(client)
        for _ in range(5):
            wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
            assert wrong.status_code == 422
        cache.clear()
        right = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert right.status_code == 429
        assert not is_in(client)

    def test_the_step_is_nobodys_without_the_password(self, client, cast):
        with_app(cast.operator)
        assert client.get(reverse("mfa_authenticate")).url == reverse("login")
        data = {"code": code_of(generate_totp_secret())}
        assert client.post(reverse("mfa_authenticate"), data).url == reverse("login")

    def test_it_can_be_begun_anew(self, client, cast):
        with_app(cast.operator)
        sign_in(client)
        assert client.get(reverse("login")).url == reverse("mfa_authenticate")
        assert client.post(reverse("mfa_authenticate"), {"cancel": "1"}).url == reverse("login")
        assert client.get(reverse("login")).status_code == 200

    def test_who_is_deactivated_between_the_steps_stays_out(self, client, cast):
        secret = with_app(cast.operator)
        sign_in(client)
        cast.operator.is_active = False
        cast.operator.save()
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert not PersonSession.objects.exists()

    @pytest.mark.parametrize(
        "answer", ["", "x", "[]", "{}", '{"id": "x", "response": {}}', '{"response": 5}', "null"]
    )
    def test_what_is_no_passkeys_answer_is_refused(self, client, cast, answer):
        with_app(cast.operator)
        sign_in(client)
        client.get(reverse("mfa_authenticate"), {"options": "1"})
        wrong = client.post(reverse("mfa_authenticate"), {"credential": answer})
        assert wrong.status_code == 422
        assert not is_in(client)

    @pytest.mark.parametrize("answer", ["", "{}", '{"response": {"userHandle": "eA"}}'])
    def test_nobody_comes_in_by_what_is_no_passkey(self, client, answer):
        client.get(reverse("login-passkey"))
        assert client.post(reverse("login-passkey"), {"credential": answer}).status_code == 422
        assert not is_in(client)


class TestAdmin:
    def test_it_has_no_way_in_of_its_own(self, client):
        assert client.get("/admin/login/").url == "/login/?next=%2Fadmin%2F"
        data = {"username": "operator", "password": factories.PASSWORD}
        assert client.post("/admin/login/", data).status_code == 405

    def test_factors_and_links_are_not_edited_there(self, admin_client):
        for model in ("mfa/authenticator", "account/emailaddress", "socialaccount/socialaccount"):
            assert admin_client.get(f"/admin/{model}/").status_code == 404
