"""Passkeys by Chromium's virtual authenticator, an app's codes, sessions; axe on each page."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from governance.models import Entry, PersonSession
from review.signin import jobs
from tests import factories
from tests.browser.looking import look


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def authenticator(visit):
    """A device of the browser's own that knows its person."""
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def add_passkey(visit, name="Work laptop"):
    visit.go("security")
    visit.page.get_by_role("link", name="Add a passkey").click()
    visit.page.get_by_label("Name").fill(name)
    visit.page.get_by_role("button", name="Add it").click()
    visit.page.get_by_role("heading", name="Keep these now").wait_for()


def sign_out(visit):
    visit.page.get_by_role("button", name="Sign out").click()
    visit.page.wait_for_url("**/login/")


def test_a_passkey_is_added_and_signs_in_by_itself(visit, cast, authenticator):
    visit.sign_in(cast.operator)
    add_passkey(visit)
    sign_out(visit)
    visit.page.get_by_role("button", name="Use a passkey").click()
    visit.page.wait_for_url(visit.origin + reverse("my-work"))
    assert PersonSession.objects.get().method == "passkey"
    signed_in = Entry.objects.filter(kind="person.signed_in").latest("pk")
    assert signed_in.data["method"] == "passkey"
    visit.go("security")
    visit.page.get_by_text("Work laptop").wait_for()


def test_a_passkey_is_the_second_step_after_the_password(visit, cast, authenticator):
    visit.sign_in(cast.operator)
    add_passkey(visit)
    sign_out(visit)
    visit.page.get_by_label("User name").fill("operator")
    visit.page.get_by_label("Password").fill(factories.PASSWORD)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.get_by_role("heading", name="One more step").wait_for()
    look(visit.page, "passkeys")
    assert not PersonSession.objects.exists()
    visit.page.get_by_role("button", name="Use a passkey").click()
    visit.page.wait_for_url(visit.origin + reverse("my-work"))
    assert PersonSession.objects.get().method == "password, passkey"


def test_a_passkey_that_is_removed_signs_nobody_in(visit, cast, authenticator):
    visit.sign_in(cast.operator)
    add_passkey(visit)
    visit.go("security")
    visit.page.get_by_role("button", name="Remove the passkey Work laptop").click()
    visit.page.get_by_text("It is removed.").wait_for()
    assert not Authenticator.objects.exists()
    sign_out(visit)
    visit.page.get_by_role("button", name="Use a passkey").click()
    visit.page.get_by_text("That passkey was not accepted").wait_for()
    visit.problems = [one for one in visit.problems if "status of 422" not in one]
    assert not PersonSession.objects.exists()


def test_a_passkey_that_does_not_know_its_person_is_not_added(visit, cast, authenticator):
    session, device = authenticator
    visit.sign_in(cast.operator)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    visit.go("security-passkeys")
    visit.page.get_by_role("button", name="Add it").click()
    visit.page.get_by_text("No passkey was used").wait_for()
    assert not Authenticator.objects.exists()


def test_an_app_is_set_up_and_asked_for(visit, cast, settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = ["operator"]
    page = visit.page
    visit.go("login")
    look(visit.page, "entrance")
    page.get_by_label("User name").fill("operator")
    page.get_by_label("Password").fill("not it")
    assert cast.operator
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").get_by_text("do not match").wait_for()
    look(visit.page, "refused")
    page.get_by_label("User name").fill("operator")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(visit.origin + reverse("security"))
    page.get_by_text("Your role needs a second factor").wait_for()
    look(visit.page, "needed")
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_alt_text("A picture of the key").wait_for()
    look(visit.page, "app")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Type the code").fill("000000")
    page.get_by_role("button", name="Finish").click()
    page.get_by_text("That code is not right").wait_for()
    look(visit.page, "wrong-code")
    page.get_by_label("Type the code").fill(code_of(secret, -1))
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("heading", name="Keep these now").wait_for()
    look(visit.page, "codes")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("heading", name="Security", exact=True).wait_for()
    look(visit.page, "security")
    sign_out(visit)
    page.get_by_label("User name").fill("operator")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code of your app").fill(code_of(secret))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(visit.origin + reverse("my-work"))
    visit.problems = [one for one in visit.problems if "status of 422" not in one]


def test_a_forgotten_password_is_replaced_by_mail(visit, cast, settings, mailoutbox):
    settings.PUBLIC_URL = visit.origin
    page = visit.page
    visit.go("login")
    page.get_by_role("link", name="Forgotten your password?").click()
    look(page, "forgotten")
    page.get_by_label("E-mail address").fill("operator@example")
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_role("alert").get_by_text("no e-mail address").wait_for()
    look(page, "no-address")
    page.get_by_label("E-mail address").fill(cast.operator.email)
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_role("status").get_by_text("a mail is on its way").wait_for()
    look(page, "asked")
    jobs.mail()
    link = next(word for word in mailoutbox[0].body.split() if word.startswith(visit.origin))
    page.goto(link)
    page.get_by_role("heading", name="Choose a new password").wait_for()
    assert page.url == visit.origin + reverse("password-new")
    look(page, "new-password")
    page.get_by_label("New password").fill("operator1234")
    page.get_by_label("Once more").fill("operator1234")
    page.get_by_role("button", name="Change it").click()
    page.get_by_role("alert").get_by_text("too similar").wait_for()
    look(page, "refused-password")
    page.get_by_label("New password").fill("four unusual words here")
    page.get_by_label("Once more").fill("four unusual words here")
    page.get_by_role("button", name="Change it").click()
    page.get_by_role("status").get_by_text("Your password is changed").wait_for()
    look(page, "changed-password")
    page.get_by_label("User name").fill("operator")
    page.get_by_label("Password").fill("four unusual words here")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(visit.origin + reverse("my-work"))
    page.goto(link)
    page.get_by_role("heading", name="This link works no more").wait_for()
    look(page, "link-over")


def test_sessions_are_reached_by_the_menu_and_ended(visit, cast):
    visit.sign_in(cast.operator)
    other = PersonSession.objects.create(
        user=cast.operator,
        session_key="elsewhere",
        method="password",
        browser="Firefox on Linux",
        address="203.0.113.*",
        started_at=PersonSession.objects.get().started_at,
        seen_at=PersonSession.objects.get().seen_at,
    )
    later = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key="elsewhere", expire_date=later, session_data="")
    visit.page.get_by_role("button", name="Operator, menu").click()
    look(visit.page, "menu")
    visit.page.get_by_role("link", name="Sessions").click()
    visit.page.get_by_text("Firefox on Linux").wait_for()
    look(visit.page, "sessions")
    visit.page.get_by_role("button", name="End the session of Firefox on Linux").click()
    visit.page.get_by_text("That session is ended.").wait_for()
    assert not PersonSession.objects.filter(pk=other.pk).exists()
    assert PersonSession.objects.count() == 1
