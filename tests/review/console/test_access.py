"""The pages of access: what they show and what they refuse."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.access.models import AccessReview
from governance.models import ApiKey, RoleGrant
from governance.roles.operations import grant_role
from governance.roles.queries import rights_of
from review.console.holding import lines_of, named
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast):
    client = Client()
    client.force_login(cast.compliance_officer)
    return client


def give(officer, **fields):
    filled = {
        "username": "outsider",
        "role": "operator",
        "until": "",
        "reason": "Joins us",
        **fields,
    }
    return officer.post(reverse("access-give", args=["desk"]), filled)


def test_a_role_is_given_for_a_time_shown_and_taken_back(officer, cast):
    outsider = cast.outsider
    until = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    assert give(officer, until=until).status_code == 302
    assert RoleGrant.objects.get(user=outsider).until.strftime("%Y-%m-%dT%H:%M") == until
    shown = officer.get(reverse("access")).content.decode()
    assert "Take operator back from outsider" in shown
    assert "Joins us" in shown
    assert "Take operator back from outsider?" in shown  # asked once more, with a reason
    taken = {"username": "outsider", "role": "operator"}
    address = reverse("access-take", args=["desk"])
    assert officer.post(address, {**taken, "reason": " "}).status_code == 422
    assert rights_of(outsider.pk) != frozenset()
    assert officer.post(address, {**taken, "reason": "Moved on"}).status_code == 302
    assert rights_of(outsider.pk) == frozenset()
    assert RoleGrant.objects.get(user=outsider).end_reason == "Moved on"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"reason": " "}, 422),
        ({"reason": "x" * 501}, 422),
        ({"username": "a\0b"}, 422),
        ({"role": "king"}, 422),
        ({"until": "2026-99-99T10:00"}, 422),
        ({"until": "2020-01-01T10:00"}, 422),
        ({"username": "operator", "role": "auditor"}, 409),
        ({"username": "compliance_officer", "role": "platform_engineer"}, 403),
    ],
)
def test_what_cannot_be_given_is_refused_and_leaves_nothing(officer, cast, fields, status):
    people = (cast.outsider, cast.operator)
    before = RoleGrant.objects.count()
    assert give(officer, **fields).status_code == status
    assert RoleGrant.objects.count() == before
    assert len(people) == 2


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"reason": " "}, "reason"),
        ({"username": "nobody-here"}, "username"),
        ({"until": "2020-01-01T10:00"}, "until"),
    ],
)
def test_what_was_typed_stays_with_the_error_at_its_field(officer, cast, fields, name):
    assert cast.outsider
    page = give(officer, role="auditor", **fields).content.decode()
    assert f'id="give-{name}-error"' in page
    assert '<option value="auditor" selected>' in page
    if name != "username":
        assert 'value="outsider"' in page
    if name != "reason":
        assert 'value="Joins us"' in page


def test_a_refusal_leads_back_to_the_process_it_was_about(officer, cast):
    other = factories.make_process("another")
    grant_role(
        user=cast.compliance_officer,
        role=factories.Role.COMPLIANCE_OFFICER,
        process=other,
        actor=factories.ACTOR,
    )
    taken = {"username": "nobody-here", "role": "operator", "reason": "Moved on"}
    refused = officer.post(reverse("access-take", args=["desk"]), taken).content.decode()
    assert f'href="{reverse("access")}?process=desk"' in refused
    assert "<strong>User name</strong>: Nobody has it." in refused
    key, _ = factories.make_key(cast._process)
    rotate = reverse("producer-key-rotate", args=[key.pk])
    refused = officer.post(rotate, {"overlap": "30"}).content.decode()
    assert f'href="{reverse("producers")}?process=desk"' in refused


def test_messages_name_the_process_by_its_title(officer, cast):
    assert cast.outsider
    give(officer)
    assert "outsider is operator of Help desk." in officer.get(reverse("access")).content.decode()
    taken = {"username": "outsider", "role": "operator", "reason": "Moved on"}
    officer.post(reverse("access-take", args=["desk"]), taken)
    shown = officer.get(reverse("access")).content.decode()
    assert "outsider is no longer operator of Help desk." in shown


def test_an_answer_leads_to_the_next_line_and_says_what_was_done(officer, cast):
    assert cast.operator
    assert cast.lead
    factories.make_key(cast._process)
    officer.post(reverse("access-start", args=["desk"]))
    review = AccessReview.objects.get()
    address = reverse("access-review", args=[review.pk])
    lines = [one for one in lines_of(review) if one.person != cast.compliance_officer]
    assert [one.key is None for one in lines] == [True, True, False]
    first, second, last = lines
    for line, following in ((second, last), (last, first), (first, None)):
        assert f'id="answer-{line.pk}"' in officer.get(address).content.decode()
        gone_to = officer.post(
            reverse("access-answer", args=[line.pk]), {"answer": "confirm"}
        ).headers["Location"]
        anchor = f"answer-{following.pk}" if following else "finish"
        assert gone_to == f"{address}#{anchor}"
        shown = officer.get(address).content.decode()
        assert f'id="{anchor}"' in shown
        assert f"Confirmed: {named(line)}." in shown
    again = officer.post(reverse("access-answer", args=[first.pk]), {"answer": "confirm"})
    assert again.status_code == 409
    assert f'href="{address}"' in again.content.decode()


def test_a_revoked_role_and_a_deactivated_person_are_out_with_the_next_request(officer, cast):
    client = Client()
    client.force_login(cast.operator)
    assert client.get(reverse("items")).status_code == 200
    taken = {"username": "operator", "role": "operator", "reason": "Moved on"}
    officer.post(reverse("access-take", args=["desk"]), taken)
    assert client.get(reverse("items")).status_code == 403
    cast.operator.is_active = False
    cast.operator.save()
    assert client.get(reverse("items")).status_code == 302


def test_a_review_is_started_answered_and_finished(officer, cast):
    assert cast.operator
    second = factories.make_person("second", cast._process, factories.Role.COMPLIANCE_OFFICER)
    officer.post(reverse("access-start", args=["desk"]))
    review = AccessReview.objects.get()
    other = Client()
    other.force_login(second)
    for line in review.lines.all():
        asked = other if line.person == cast.compliance_officer else officer
        answered = asked.post(reverse("access-answer", args=[line.pk]), {"answer": "confirm"})
        assert answered.status_code == 302
    officer.post(reverse("access-finish", args=[review.pk]))
    shown = officer.get(reverse("access-review", args=[review.pk])).content.decode()
    assert "3 of 3" in shown
    assert "confirmed by second" in shown
    assert "Finish the review" not in shown


def test_ones_own_line_offers_no_answer_and_takes_none(officer, cast):
    officer.post(reverse("access-start", args=["desk"]))
    line = AccessReview.objects.get().lines.get(person=cast.compliance_officer)
    address = reverse("access-answer", args=[line.pk])
    shown = officer.get(reverse("access-review", args=[line.review_id])).content.decode()
    assert address not in shown
    assert officer.post(address, {"answer": "confirm"}).status_code == 403


def test_every_right_is_listed_with_where_it_comes_from(officer, cast):
    assert cast.operator
    factories.assign_perm("governance.view_metrics", cast.operator, cast._process)
    shown = officer.get(reverse("access-rights")).content.decode()
    assert "<td>serves operators&#x27; queues</td><td>operator</td>" in shown
    assert "<td>reads the numbers of the process</td><td>given directly</td>" in shown


def test_the_page_costs_the_same_for_many_people(officer, cast, django_assert_max_num_queries):
    for number in range(20):
        factories.make_person(f"p{number}", cast._process, factories.Role.OPERATOR)
    officer.get(reverse("access"))
    with django_assert_max_num_queries(9):
        officer.get(reverse("access"))


def test_a_role_that_is_held_is_not_given_anew_with_another_end(officer, cast):
    until = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    assert give(officer, username=cast.operator.username, until=until).status_code == 409
    assert RoleGrant.objects.get(user=cast.operator).until is None


def test_who_can_do_what_is_taken_as_a_file(officer, cast):
    assert cast.operator
    taken = officer.post(reverse("access-export", args=["desk"]))
    assert taken.headers["Content-Type"].startswith("text/csv")
    assert "access-desk-" in taken.headers["Content-Disposition"]
    assert "person,operator,operator,yes,serve_operator" in taken.content.decode()


def test_a_review_shows_keys_and_takes_one_back(officer, cast):
    key, _ = factories.make_key(cast._process)
    officer.post(reverse("access-start", args=["desk"]))
    review = AccessReview.objects.get()
    shown = officer.get(reverse("access-review", args=[review.pk])).content.decode()
    assert f"Take {key.prefix} back from shop" in shown
    line = review.lines.get(key=key)
    officer.post(reverse("access-answer", args=[line.pk]), {"answer": "revoke"})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_governance_says_what_ends_soon_to_who_manages_access_alone(officer, cast, process):
    key, _ = factories.make_key(process)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + timedelta(days=6))
    assert "1 key of producers" in officer.get(reverse("governance")).content.decode()
    lead = Client()
    lead.force_login(cast.lead)
    assert "Access to look at" not in lead.get(reverse("governance")).content.decode()
