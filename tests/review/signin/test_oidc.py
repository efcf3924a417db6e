"""Signing in at a provider: who is believed, who is let in, who is not."""

import time

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from governance.models import Entry, PersonSession, User
from governance.roles.roles import Role
from tests import factories
from tests.review.console.conftest import text
from tests.review.signin.provider import CLIENT, SECRET, Provider
from tests.review.signin.test_signing_in import code_of, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    one = Provider()
    settings.OIDC_ISSUER = one.issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_NAME = "Example Works"
    yield one
    one.close()


@pytest.fixture
def olga(process):
    person = factories.make_person("olga", process, Role.OPERATOR)
    person.email = "Olga@example.org"
    person.save()
    return person


def go(client, provider, follow=True, **query):
    """Through the provider and back; the last answer."""
    away = client.get(reverse("login-oidc"), query)
    assert away.url.startswith(f"{provider.issuer}/authorise?"), away.url
    back, _ = provider.authorise(away.url)
    return client.get(reverse("oidc-callback"), back, follow=follow)


def is_in(client):
    return client.get(reverse("my-work")).status_code == 200


def refused(client, answer):
    return "Signing in there did not work" in text(answer) and not is_in(client)


class TestWay:
    def test_a_person_comes_in_and_is_linked(self, provider, olga):
        client = Client()
        assert go(client, provider).status_code == 200
        assert is_in(client)
        account = SocialAccount.objects.get()
        assert (account.user, account.uid, account.extra_data) == (olga, "s-1", {})
        assert Entry.objects.filter(kind="person.linked").count() == 1
        assert Entry.objects.get(kind="person.signed_in").data["method"] == "OpenID Connect"
        assert PersonSession.objects.get().method == "OpenID Connect"

    def test_it_leads_to_the_page_that_was_wanted(self, provider, olga):
        assert go(Client(), provider, follow=False, next="/history/").url == "/history/"

    def test_it_leads_nowhere_else(self, provider, olga):
        answer = go(Client(), provider, follow=False, next="https://evil.example/")
        assert answer.url == reverse("my-work")

    def test_what_is_asked_is_bound_to_the_browser(self, provider, olga):
        away = Client().get(reverse("login-oidc"), {"scope": "x", "auth_params": "prompt=none"})
        _, asked = provider.authorise(away.url)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["nonce"]) >= 40
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}
        assert "prompt" not in asked

    def test_the_sign_in_page_offers_it(self, provider):
        page = text(Client().get(reverse("login")))
        assert "Sign in with Example Works" in page
        assert 'name="password"' in page

    def test_alone_where_passwords_are_off(self, provider, settings, olga):
        settings.PASSWORD_SIGN_IN = False
        client = Client()
        assert 'name="password"' not in text(client.get(reverse("login")))
        go(client, provider)
        assert is_in(client)

    def test_it_is_not_there_unless_configured(self, db):
        assert Client().get(reverse("login-oidc")).status_code == 404
        assert Client().get(reverse("oidc-callback")).status_code == 404
        assert "Sign in with" not in text(Client().get(reverse("login")))

    def test_the_second_factor_of_here_is_asked_too(self, provider, olga):
        secret = with_app(olga)
        client = Client()
        assert go(client, provider, follow=False).url == reverse("mfa_authenticate")
        assert not is_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert is_in(client)


class TestBelief:
    @pytest.mark.parametrize(
        "tamper",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"aud": "somebody-else"},
            {"aud": [CLIENT, "somebody-else"]},
            {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
            {"aud": None},
            {"iss": "https://evil.example"},
            {"exp": -3600},  # seconds from now
            {"exp": None},
            {"iat": 3600},
            {"sub": None},
        ],
        ids=str,
    )
    def test_a_token_that_is_not_for_us_now_is_refused(self, provider, olga, tamper):
        now = int(time.time())
        provider.tamper = {
            claim: now + value if isinstance(value, int) else value
            for claim, value in tamper.items()
        }
        client = Client()
        assert refused(client, go(client, provider))
        assert not SocialAccount.objects.exists()

    def test_another_signature_is_refused_though_the_token_came_from_the_provider(
        self, provider, olga
    ):
        provider.signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        client = Client()
        assert refused(client, go(client, provider))

    def test_no_signature_is_refused(self, provider, olga):
        provider.signer, provider.algorithm = None, "none"
        client = Client()
        assert refused(client, go(client, provider))

    def test_a_signature_by_the_shared_secret_is_refused(self, provider, olga):
        provider.signer, provider.algorithm = SECRET * 4, "HS256"
        client = Client()
        assert refused(client, go(client, provider))

    def test_a_state_of_another_browser_is_refused(self, provider, olga):
        theirs = Client().get(reverse("login-oidc"))
        back, _ = provider.authorise(theirs.url)
        client = Client()
        assert refused(client, client.get(reverse("oidc-callback"), back, follow=True))

    def test_an_answer_counts_once(self, provider, olga):
        client = Client()
        away = client.get(reverse("login-oidc"))
        back, query = provider.authorise(away.url)
        client.get(reverse("oidc-callback"), back)
        assert is_in(client)
        provider.codes[back["code"]] = query
        client.post(reverse("logout"))
        assert refused(client, client.get(reverse("oidc-callback"), back, follow=True))

    def test_a_refusal_there_is_told(self, provider, olga):
        client = Client()
        away = client.get(reverse("login-oidc"))
        _, query = provider.authorise(away.url)
        back = {"error": "access_denied", "state": query["state"]}
        assert refused(client, client.get(reverse("oidc-callback"), back, follow=True))

    @pytest.mark.parametrize(
        "published",
        [
            {"issuer": "https://evil.example"},
            {"token_endpoint": "file:///etc/passwd"},
            {"jwks_uri": 5},
        ],
        ids=str,
    )
    def test_a_provider_that_is_not_itself_is_refused(self, provider, olga, published):
        provider.published = published
        client = Client()
        answer = client.get(reverse("login-oidc"), follow=True)
        assert refused(client, answer)

    def test_a_provider_that_is_away_is_told(self, provider, olga, settings):
        settings.OIDC_ISSUER = "http://127.0.0.1:9"
        client = Client()
        assert refused(client, client.get(reverse("login-oidc"), follow=True))

    def test_a_provider_that_breaks_is_told(self, provider, olga):
        provider.token_status = 500
        client = Client()
        assert refused(client, go(client, provider))

    def test_private_addresses_are_refused_unless_allowed(self, provider, olga, settings):
        settings.OIDC_ALLOW_PRIVATE = False
        client = Client()
        assert refused(client, client.get(reverse("login-oidc"), follow=True))
        assert provider.asked == []


class TestWho:
    def unknown(self, client, provider):
        answer = go(client, provider)
        return "Nobody here belongs to that account" in text(answer) and not is_in(client)

    def test_nobody_is_made_unless_it_is_wanted(self, provider, process):
        assert self.unknown(Client(), provider)
        assert not User.objects.filter(email="olga@example.org").exists()

    def test_an_address_that_was_not_verified_brings_nobody_in(self, provider, olga, settings):
        provider.claims["email_verified"] = False
        assert self.unknown(Client(), provider)
        provider.claims["email_verified"] = "true"
        assert self.unknown(Client(), provider)
        settings.OIDC_TRUST_EMAIL = True
        client = Client()
        go(client, provider)
        assert is_in(client)

    def test_two_with_one_address_are_nobody(self, provider, olga, process):
        other = factories.make_person("olga2", process)
        User.objects.filter(pk=other.pk).update(email="OLGA@example.org")
        assert self.unknown(Client(), provider)

    def test_after_the_first_time_the_subject_decides(self, provider, olga, process):
        go(Client(), provider)
        otto = factories.make_person("otto", process)
        User.objects.filter(pk=otto.pk).update(email="otto@example.org")
        provider.claims["email"] = "otto@example.org"
        client = Client()
        go(client, provider)
        assert client.session["_auth_user_id"] == str(olga.pk)

    def test_an_address_that_went_to_somebody_else_does_not_bring_them_in(self, provider, olga):
        go(Client(), provider)
        provider.claims["sub"] = "s-2"
        assert self.unknown(Client(), provider)

    def test_a_user_name_may_decide(self, provider, olga, settings):
        settings.OIDC_CLAIM = "preferred_username"
        provider.claims = {"sub": "s-9", "preferred_username": "olga"}
        client = Client()
        go(client, provider)
        assert is_in(client)

    def test_who_is_deactivated_stays_out(self, provider, olga):
        User.objects.filter(pk=olga.pk).update(is_active=False)
        client = Client()
        assert "You are deactivated here" in text(go(client, provider))
        assert not is_in(client)
        assert not PersonSession.objects.exists()

    def test_people_are_made_without_roles_where_wanted(self, provider, process, settings):
        settings.OIDC_CREATE_PEOPLE = True
        provider.claims |= {"given_name": "Olga", "family_name": "Example"}
        client = Client()
        go(client, provider)
        assert is_in(client)
        made = User.objects.get(username="olga@example.org")
        assert made.get_full_name() == "Olga Example"
        assert not made.groups.exists()
        assert not made.has_usable_password()
        assert not made.is_staff
        assert Entry.objects.filter(kind="person.created").count() == 1

    def test_nobody_is_made_in_the_place_of_another(self, provider, process, settings):
        settings.OIDC_CREATE_PEOPLE = True
        factories.make_person("olga@example.org", process)
        assert self.unknown(Client(), provider)

    def test_another_issuer_does_not_speak_for_the_first(self, provider, olga, settings):
        go(Client(), provider)
        second = Provider()
        try:
            settings.OIDC_ISSUER = second.issuer
            second.claims = {"sub": "s-1", "email": "x@example.org", "email_verified": True}
            assert self.unknown(Client(), second)
        finally:
            second.close()


def test_the_fake_provider_signs_as_a_real_one_does(provider):
    """Or the refusals above would prove nothing."""
    away = Client().get(reverse("login-oidc"))
    back, query = provider.authorise(away.url)
    keys = jwt.PyJWKSet.from_dict(provider.keys())
    assert keys.keys[0].key_id == "k1"
    assert query["redirect_uri"] == "http://testserver/login/oidc/callback/"
    assert back["state"] == query["state"]
