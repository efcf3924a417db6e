"""A new password by mail: who gets a link, what it does, and what it tells to nobody."""

import re
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import Entry, PersonSession, ResetRequest, SignInCount, SignInMail, User
from governance.signin import resetting, throttle
from integrations.errors import PermanentError, TransientError
from review.signin import jobs, mails
from review.signin.checks import settings_are_whole
from tests import factories
from tests.review.console.conftest import Browser, statements, text
from tests.review.signin.test_signing_in import code_of, is_in, sign_in, with_app

pytestmark = pytest.mark.django_db

NEW = "four unusual words here"
MAIL = "operator@example.invalid"
OUTSIDE = "https://countersign.example"


@pytest.fixture(autouse=True)
def outside(settings):
    settings.PUBLIC_URL = f"{OUTSIDE}/"


@pytest.fixture
def client(cast):
    assert cast.operator
    return Client()


def ask(client, mail=MAIL, **headers):
    return client.post(reverse("password-forgotten"), {"email": mail}, headers=headers)


def links(mailoutbox):
    """The paths of the links that were mailed, in the order of the mails."""
    found = [re.search(rf"{OUTSIDE}(/login/forgotten/\S+/\S+/)", one.body) for one in mailoutbox]
    return [one[1] for one in found if one]


@pytest.fixture
def link(client, mailoutbox):
    """The operator asked; the path of their link."""
    ask(client)
    jobs.mail()
    (found,) = links(mailoutbox)
    mailoutbox.clear()
    return found


def fresh_link(person):
    now = User.objects.get(pk=person.pk)
    return reverse("password-link", args=[now.pk, resetting.token_for(now)])


def choose(client, new=NEW, again=None):
    return client.post(reverse("password-new"), {"new": new, "again": again or new})


def use(client, link, **chosen):
    assert client.get(link).url == reverse("password-new")
    return choose(client, **chosen)


def entries(kind):
    return [(one.actor, one.data) for one in Entry.objects.filter(kind=kind).order_by("pk")]


def opens_with(password):
    client = Client()
    sign_in(client, password=password)
    return is_in(client)


def signed_in():
    client = Client()
    sign_in(client)
    assert is_in(client)
    return client


class TestAsking:
    def test_a_link_is_mailed_in_plain_text_that_names_nobody(self, client, cast, mailoutbox):
        assert ask(client).status_code == 200
        jobs.mail()
        (mail,) = mailoutbox
        assert mail.to == [MAIL]
        assert mail.message().get_content_type() == "text/plain"
        said = mail.subject + mail.body
        for name in ("operator", cast.operator.display_name, "127.0.0.1", "testserver"):
            assert name not in said
        assert f"{OUTSIDE}/login/forgotten/{cast.operator.pk}/" in mail.body
        assert "within 60 minutes" in mail.body
        assert not ResetRequest.objects.exists()
        assert not SignInMail.objects.exists()

    def test_each_request_is_recorded_without_the_address(self, client, cast):
        ask(client)
        ask(client)
        jobs.mail()
        told = {"user": str(cast.operator.pk), "mailed": True}
        assert entries("password.reset_asked") == [("system:signin", told)] * 2
        assert "example.invalid" not in str(Entry.objects.values_list("data", flat=True))

    def test_the_answer_is_the_same_for_an_address_that_nobody_has(self, client, mailoutbox):
        """And so is what is done before it: the same statements, row for row."""
        ask(Client(), "warm@example.org")
        (known, for_known), (unknown, for_unknown) = (
            statements(lambda mail=mail: ask(Client(), mail))
            for mail in (MAIL, "nobody@example.org")
        )
        answers = [
            re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", text(one))
            for one in (known, unknown)
        ]
        assert answers[0] == answers[1]
        assert known.status_code == unknown.status_code
        words = [
            [re.split(" VALUES | WHERE | SET ", sql)[0] for sql in one]
            for one in (for_known, for_unknown)
        ]
        assert words[0] == words[1]
        assert not [sql for sql in for_known if "governance_user" in sql]
        jobs.mail()
        assert len(mailoutbox) == 1

    def test_what_was_typed_is_not_kept(self, client):
        ask(client, "my-password@in-the-wrong.field")
        kept = str([list(one.values()) for one in ResetRequest.objects.values()])
        kept += str([list(one.values()) for one in SignInCount.objects.values()])
        assert "password" not in kept
        assert "field" not in kept

    @pytest.mark.parametrize("typed", ["OPERATOR@example.INVALID", f"  {MAIL} "])
    def test_it_is_found_however_it_was_written(self, client, mailoutbox, typed):
        ask(client, typed)
        jobs.mail()
        assert mailoutbox[0].to == [MAIL]

    def test_the_mail_goes_to_the_address_that_is_kept(self, client, cast, mailoutbox):
        """Not to one that only looks alike: dotless i, long s."""
        User.objects.filter(pk=cast.operator.pk).update(email="mission@example.org")
        for typed in ("mıssion@example.org", "mission@examplE.org", "miſſion@example.org"):
            ask(client, typed)
        jobs.mail()
        assert {address for one in mailoutbox for address in one.to} == {"mission@example.org"}

    @pytest.mark.parametrize("typed", ["", "operator", "a@b", "a@b.c\nd@e.f", "x" * 250 + "@a.de"])
    def test_what_is_no_address_is_refused(self, client, typed):
        assert ask(client, typed).status_code == 422
        assert not ResetRequest.objects.exists()

    def test_the_link_does_not_follow_the_host_that_a_request_claims(self, client, mailoutbox):
        ask(client, host="evil.example", x_forwarded_host="evil.example")
        jobs.mail()
        assert "evil" not in mailoutbox[0].body
        assert links(mailoutbox)

    def test_people_who_share_an_address_get_a_link_each(self, client, cast, mailoutbox):
        User.objects.filter(pk=cast.colleague.pk).update(email=MAIL)
        ask(client)
        jobs.mail()
        asked = [one.split("/")[3] for one in links(mailoutbox)]
        assert sorted(asked) == sorted([str(cast.operator.pk), str(cast.colleague.pk)])

    def test_many_requests_at_once_are_one_mail(self, client, mailoutbox):
        ask(client)
        ask(client)
        jobs.mail()
        assert len(mailoutbox) == 1


class TestWhoGetsNone:
    def nothing_comes(self, client, person, mailoutbox):
        ask(client)
        jobs.mail()
        assert mailoutbox == []
        assert entries("password.reset_asked")[0][1] == {"user": str(person.pk), "mailed": False}

    def test_who_is_deactivated(self, client, cast, mailoutbox):
        User.objects.filter(pk=cast.operator.pk).update(is_active=False)
        self.nothing_comes(client, cast.operator, mailoutbox)

    def test_who_comes_in_by_the_provider_alone(self, client, cast, mailoutbox):
        cast.operator.set_unusable_password()
        cast.operator.save()
        self.nothing_comes(client, cast.operator, mailoutbox)

    def test_people_without_an_address(self, client, mailoutbox):
        User.objects.update(email="")
        ask(client)
        jobs.mail()
        assert mailoutbox == []

    @pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!none"}], ids=str)
    def test_a_link_of_before_does_not_work_for_them(self, client, cast, link, change):
        User.objects.filter(pk=cast.operator.pk).update(**change)
        assert use(client, link).status_code == 409

    def test_who_was_deactivated_while_the_mail_waited(self, client, cast, mailoutbox):
        Browser(cast.operator).post("security-password", new=NEW, again=NEW)
        ask(client)
        resetting.answer()
        User.objects.filter(pk=cast.operator.pk).update(is_active=False)
        assert mails.send_due() == 2
        assert mailoutbox == []
        assert not SignInMail.objects.exists()

    def test_nobody_after_an_hour_in_which_nothing_was_sent(self, client, mailoutbox):
        ask(client)
        resetting.answer()
        SignInMail.objects.update(asked_at=timezone.now() - timedelta(hours=1))
        mails.send_due()
        assert mailoutbox == []


class TestThrottle:
    def test_an_account_gets_a_few_mails_and_then_waits(self, client):
        assert [ask(Client(), MAIL).status_code for _ in range(3)] == [200] * 3
        cache.clear()
        refused = ask(Client())
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 300
        assert "asked for too often. Try again in 5 minutes" in text(refused)
        assert ResetRequest.objects.count() == 3
        assert ask(Client(), "somebody@example.org").status_code == 200

    def test_so_does_an_address_that_nobody_has(self, client):
        answers = [ask(Client(), "nobody@example.org").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]

    def test_however_it_is_written(self, client):
        written = [MAIL, MAIL.upper(), f" {MAIL}", MAIL.title()]
        assert [ask(Client(), one).status_code for one in written] == [200, 200, 200, 429]

    def test_it_is_counted_from_everywhere(self, client, settings):
        settings.TRUSTED_PROXIES = 1
        answers = [ask(client, x_forwarded_for=f"203.0.113.{at}").status_code for at in range(4)]
        assert answers == [200, 200, 200, 429]

    def test_one_address_of_the_network_does_not_ask_for_many(self, client, settings):
        settings.TRUSTED_PROXIES = 1
        here = {"x_forwarded_for": "203.0.113.9"}
        for number in range(20):
            assert ask(client, f"person-{number}@example.org", **here).status_code == 200
        cache.clear()
        assert ask(client, "another@example.org", **here).status_code == 429
        there = ask(client, "another@example.org", x_forwarded_for="203.0.113.10")
        assert there.status_code == 200
        ((actor, told),) = entries("signin.throttled")
        assert (actor, told["scope"], told["seconds"]) == ("system:signin", "reset_from", 60)
        assert throttle.lift_address(address="203.0.113.9", actor="system:tests")
        assert ask(client, "another@example.org", **here).status_code == 200

    def test_an_officer_lifts_it(self, client, cast):
        for _ in range(3):
            ask(client)
        officer = Browser(cast.compliance_officer)
        assert "asked so often" in text(officer.get("access-person", cast.operator.pk))
        officer.post("access-person-wait", cast.operator.pk, reason="I saw her.")
        assert ask(client).status_code == 200

    def test_it_keeps_nobody_from_signing_in(self, client):
        for _ in range(4):
            ask(client)
        assert opens_with(factories.PASSWORD)


class TestLink:
    def test_it_changes_the_password_and_signs_nobody_in(self, client, cast, link):
        done = use(client, link)
        assert done.url == reverse("login")
        assert not is_in(client)
        assert not PersonSession.objects.exists()
        assert "Your password is changed" in text(client.get(done.url))
        assert "Your password is changed" not in text(client.get(done.url))
        assert not opens_with(factories.PASSWORD)
        assert opens_with(NEW)
        told = {"user": str(cast.operator.pk), "by": "mail"}
        assert entries("password.changed") == [(f"user:{cast.operator.pk}", told)]

    def test_it_leads_past_no_second_factor(self, client, cast, link):
        secret = with_app(cast.operator)
        use(client, link)
        assert Authenticator.objects.filter(user=cast.operator, type="totp").exists()
        assert sign_in(client, password=NEW).url == reverse("mfa_authenticate")
        assert not is_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert is_in(client)

    def test_failed_codes_still_count(self, client, cast, link):
        """Or whoever reads the mail had five more guesses with each link."""
        with_app(cast.operator)
        for _ in range(5):
            throttle.failed(throttle.admit_code(cast.operator))
        use(client, link)
        with pytest.raises(throttle.Throttled):
            throttle.admit_code(cast.operator)

    def test_failed_passwords_do_not(self, client, link):
        for _ in range(5):
            sign_in(client, password="forgotten")
        assert sign_in(client).status_code == 429
        use(client, link)
        assert opens_with(NEW)

    def test_all_sessions_end(self, client, cast):
        here, there, other = signed_in(), signed_in(), Client()
        other.force_login(cast.colleague)
        use(client, fresh_link(cast.operator))  # that of before ended when they signed in
        assert not is_in(here)
        assert not is_in(there)
        assert is_in(other)
        assert len(entries("session.ended")) == 2

    def test_it_is_used_by_who_is_signed_in_too(self, client, cast):
        """Their own session ends with the others, without an error."""
        mine = signed_in()
        done = use(mine, fresh_link(cast.operator))
        assert done.url == reverse("login")
        assert "Your password is changed" in text(mine.get(done.url))
        assert not is_in(mine)

    def test_somebody_else_in_that_browser_stays_signed_in(self, link, cast):
        other = Client()
        other.force_login(cast.colleague)
        use(other, link)
        assert is_in(other)
        assert opens_with(NEW)

    def test_it_works_once(self, client, link):
        use(client, link)
        again = use(client, link, new="other unusual words here")
        assert again.status_code == 409
        assert "works no more" in text(again)
        assert opens_with(NEW)

    def test_opening_it_uses_nothing_up(self, client, link):
        for _ in range(3):
            page = Client().get(link, follow=True)
            assert "operator" in text(page)
        assert use(client, link).status_code == 302

    def test_the_token_is_not_in_the_address_of_the_page(self, client, link):
        page = client.get(link, follow=True)
        token = link.split("/")[-2]
        assert page.request["PATH_INFO"] == reverse("password-new")
        assert token not in text(page)
        assert "no-store" in page.headers["Cache-Control"]

    def test_it_works_for_an_hour(self, client, link, monkeypatch):
        monkeypatch.setattr(
            resetting._Tokens, "_now", lambda _: datetime.now() + timedelta(minutes=59)
        )
        assert "Choose a new password" in text(client.get(link, follow=True))
        monkeypatch.setattr(
            resetting._Tokens, "_now", lambda _: datetime.now() + timedelta(minutes=61)
        )
        assert "works no more" in text(client.get(link, follow=True))
        assert choose(client).status_code == 409

    @pytest.mark.parametrize("what", ["password", "address", "sign-in"])
    def test_it_ends_with(self, client, cast, link, what):
        if what == "password":
            Browser(cast.operator).post("security-password", new=NEW, again=NEW)
        elif what == "address":
            User.objects.filter(pk=cast.operator.pk).update(email="new@example.invalid")
        else:
            assert opens_with(factories.PASSWORD)
        assert use(client, link).status_code == 409

    def test_it_is_its_persons_alone(self, client, cast, link):
        """Neither for another person, nor made by another part of Django, nor nearly right."""
        token = link.split("/")[-2]
        others = default_token_generator.make_token(User.objects.get(pk=cast.operator.pk))
        for path in (
            reverse("password-link", args=[cast.colleague.pk, token]),
            reverse("password-link", args=["0198b0a0-0000-7000-8000-000000000000", token]),
            reverse("password-link", args=[cast.operator.pk, others]),
            reverse("password-link", args=[cast.operator.pk, f"{token[:-1]}~"]),
            reverse("password-link", args=[cast.operator.pk, "x"]),
        ):
            assert use(Client(), path).status_code == 409

    def test_without_one_there_is_nothing_to_choose(self, client):
        assert "works no more" in text(client.get(reverse("password-new")))
        assert choose(client).status_code == 409

    @pytest.mark.parametrize(
        ("new", "again", "why"),
        [
            ("short", "short", "too short"),
            ("password1234", "password1234", "too common"),
            ("operator1234", "operator1234", "too similar"),
            (NEW, "another", "do not match"),
        ],
    )
    def test_a_bad_password_is_refused(self, client, link, new, again, why):
        refused = use(client, link, new=new, again=again)
        assert refused.status_code == 422
        assert why in text(refused)
        assert opens_with(factories.PASSWORD)

    def test_a_form_from_elsewhere_is_refused(self, cast, link):
        strict = Client(enforce_csrf_checks=True)
        assert use(strict, link).status_code == 403
        assert ask(strict).status_code == 403


class TestTold:
    def test_of_a_new_password_by_mail(self, client, cast, link, mailoutbox):
        use(client, link)
        jobs.mail()
        (mail,) = mailoutbox
        assert mail.to == [MAIL]
        assert "Your password was changed on" in mail.body
        assert f"{OUTSIDE}/login/forgotten/\n" in mail.body
        assert "operator" not in mail.subject + mail.body

    def test_of_a_change_by_the_old_one(self, cast, mailoutbox):
        Browser(cast.operator).post("security-password", new=NEW, again=NEW)
        jobs.mail()
        assert [one.subject for one in mailoutbox] == ["Countersign: your password was changed"]

    def test_of_one_that_was_given_in_the_admin(self, cast, admin_client, admin_user, mailoutbox):
        address = f"/admin/governance/user/{cast.operator.pk}/password/"
        given = {"password1": NEW, "password2": NEW, "usable_password": "true"}
        assert admin_client.post(address, {**given, "password2": "x"}).status_code == 200
        assert entries("password.changed") == []
        assert admin_client.post(address, given).status_code == 302
        jobs.mail()
        assert mailoutbox[0].to == [MAIL]
        told = {"user": str(cast.operator.pk), "by": "admin"}
        assert entries("password.changed") == [(f"user:{admin_user.pk}", told)]


class TestSending:
    @pytest.fixture
    def server(self, monkeypatch):
        """Says what is put into it, then takes mail."""
        answers = []

        def send(*args, **kwargs):
            if answers:
                raise answers.pop(0)

        monkeypatch.setattr(mails, "send_email", send)
        return answers

    def test_what_may_pass_is_tried_again(self, client, server):
        server += [TransientError("later"), OSError(MAIL)]
        ask(client)
        jobs.mail()
        assert mails.send_due() == 0
        for _ in range(2):
            SignInMail.objects.update(due_at=timezone.now())
            assert mails.send_due() == 1
        assert not SignInMail.objects.exists()

    def test_what_is_refused_for_good_is_not(self, client, server):
        server.append(PermanentError("no"))
        ask(client)
        jobs.mail()
        assert not SignInMail.objects.exists()

    def test_it_ends(self, client, server):
        server += [TransientError("later")] * 20
        ask(client)
        resetting.answer()
        for _ in range(20):
            SignInMail.objects.update(due_at=timezone.now())
            mails.send_due()
        assert not SignInMail.objects.exists()
        assert len(server) == 20 - mails.MOST_ATTEMPTS

    def test_one_that_a_killed_worker_left_is_sent_again(self, client, mailoutbox):
        ask(client)
        resetting.answer()
        assert mails._lease() is not None
        assert mails.send_due() == 0
        SignInMail.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        assert mails.send_due() == 1
        assert len(mailoutbox) == 1


class TestWhereItIsNotOffered:
    PATHS = ("password-forgotten", "password-new")

    @pytest.fixture(params=["NOTICES_BY_EMAIL", "PASSWORD_SIGN_IN"])
    def off(self, request, settings, client, link):
        setattr(settings, request.param, False)
        return link

    def test_there_is_no_link_and_no_page(self, client, off):
        assert "Forgotten" not in text(client.get(reverse("login")))
        for path in (off, *map(reverse, self.PATHS)):
            assert client.get(path).status_code == 404
        assert ask(client).status_code == 404
        assert choose(client).status_code == 404
        assert not ResetRequest.objects.exists()

    def test_it_is_offered_otherwise(self, client):
        assert reverse("password-forgotten") in text(client.get(reverse("login")))

    def test_no_mail_waits_where_none_can_be_sent(self, cast, settings, mailoutbox):
        settings.NOTICES_BY_EMAIL = False
        Browser(cast.operator).post("security-password", new=NEW, again=NEW)
        jobs.mail()
        assert mailoutbox == []
        assert not SignInMail.objects.exists()


def test_links_in_clear_stop_the_start_in_production(settings):
    settings.SESSION_COOKIE_SECURE = True
    settings_are_whole()
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL"):
        settings_are_whole()
    settings.NOTICES_BY_EMAIL = False
    settings_are_whole()
