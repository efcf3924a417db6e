"""Approvals by API: the same rules as the pages, with problem documents."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.approvals import asking, operations
from governance.approvals import queries as approvals
from governance.models import Approval
from governance.roles.keys import issue_key
from governance.roles.roles import Role
from governance.roles.scopes import OF_PEOPLE
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/approvals/"


@pytest.fixture
def call(client):
    """call(person, path, body=None): the answer to a GET, or to a POST of a body."""
    keys = {}

    def ask(person, path="", body=None):
        if person.pk not in keys:
            keys[person.pk] = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=person)[1]
        told = {"headers": {"Authorization": f"Bearer {keys[person.pk]}"}}
        if body is None:
            return client.get(f"{ROOT}{path}", **told)
        return client.post(f"{ROOT}{path}", body, content_type="application/json", **told)

    return ask


@pytest.fixture
def asked(process):
    return factories.make_request(process)


def listed(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_asking_for_the_contract_and_signing_it(process, cast, call):
    body = {"process": "desk", "what": "contract", "reason": "It is better."}
    made = call(cast.owner, "", body)
    assert made.status_code == 200
    found = made.json()
    assert (found["kind"], found["state"]) == ("contract", "requested")
    assert found["roles"] == ["compliance_officer"]
    assert call(cast.owner, "", body).json()["id"] == found["id"]  # the same, once
    assert listed(call(cast.compliance_officer)) == [found["id"]]
    assert listed(call(cast.owner, "?list=asked")) == [found["id"]]

    seen = call(cast.compliance_officer, f"{found['id']}/").json()
    assert seen["ways"] == [
        {"principal": str(cast.compliance_officer.pk), "role": "compliance_officer"}
    ]
    assert {"path": "risk", "old": "", "new": "low"} in seen["changes"]
    signed = call(cast.compliance_officer, f"{found['id']}/sign/", {"digest": seen["digest"]})
    assert signed.status_code == 200
    assert signed.json()["state"] == "granted"
    assert signed.json()["signatures"][0]["by"] == str(cast.compliance_officer.pk)
    assert approvals.in_force("desk", ["contract"], seen["digest"]) is not None
    assert listed(call(cast.compliance_officer)) == []
    assert listed(call(cast.compliance_officer, "?list=answered&kind=contract")) == [found["id"]]
    early = call(cast.owner, "", {"process": "desk", "what": "contract", "reason": "Again."})
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    assert "ask anew from" in early.json()["detail"]
    again = call(cast.compliance_officer, f"{found['id']}/sign/", {"digest": seen["digest"]})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_four_eyes_are_a_problem_document(process, duties_together, call):
    both = factories.make_person("both", process, Role.PROCESS_OWNER, Role.COMPLIANCE_OFFICER)
    asked = asking.for_contract(process.contract, actor=both, reason="Mine.")
    detail = call(both, f"{asked.pk}/").json()
    assert (detail["ways"], detail["why_not"]) == ([], "Who asks for an approval does not sign it.")
    answer = call(both, f"{asked.pk}/sign/", {"digest": asked.digest})
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "Who asks for an approval does not sign it."
    assert not asked.signatures.exists()


def test_another_digest_than_asked_for_is_a_conflict(asked, cast, call):
    answer = call(cast.compliance_officer, f"{asked.pk}/sign/", {"digest": "e" * 64})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert not asked.signatures.exists()


def test_in_the_place_of_somebody_who_is_away(asked, cast, call):
    now = timezone.now()
    body = {"digest": asked.digest, "principal": str(cast.compliance_officer.pk)}
    stand_in = factories.make_person("stand-in", asked.process, Role.PLATFORM_ENGINEER)
    assert call(stand_in, f"{asked.pk}/sign/", body).status_code == 403
    operations.delegate(
        principal=cast.compliance_officer,
        to=stand_in,
        since=now,
        until=now + timedelta(days=1),
        reason="Away.",
    )
    # In one's own name it stays refused, and is never taken for the other's.
    assert call(stand_in, f"{asked.pk}/sign/", {"digest": asked.digest}).status_code == 403
    signed = call(stand_in, f"{asked.pk}/sign/", body).json()
    (one,) = signed["signatures"]
    assert (one["by"], one["principal"]) == (str(stand_in.pk), body["principal"])
    assert signed["state"] == "granted"


def test_a_refusal_says_why(asked, cast, call):
    officer, address = cast.compliance_officer, f"{asked.pk}/refuse/"
    assert call(officer, address, {"digest": asked.digest}).status_code == 422
    answer = call(officer, address, {"digest": asked.digest, "comment": " "})
    assert answer.status_code == 422
    answer = call(officer, address, {"digest": asked.digest, "comment": "Too bold."})
    assert (answer.json()["state"], answer.json()["ended_reason"]) == ("refused", "Too bold.")


def test_withdrawing_is_for_who_asked_and_of_a_yes_for_who_gives_them(process, cast, call):
    asked = asking.for_contract(process.contract, actor=cast.owner, reason="Please.")
    address, body = f"{asked.pk}/withdraw/", {"reason": "Wrong."}
    assert call(cast.compliance_officer, address, body).status_code == 403
    operations.sign(
        approval_id=asked.pk, actor=cast.compliance_officer, is_yes=True, digest=asked.digest
    )
    assert call(cast.model_owner, address, body).status_code == 403
    assert call(cast.compliance_officer, address, body).json()["state"] == "withdrawn"
    assert call(cast.owner, address, body).status_code == 409


def test_comments_are_for_who_takes_part(asked, cast, call):
    assert call(cast.auditor, f"{asked.pk}/comment/", {"text": "Hm."}).status_code == 403
    made = call(cast.model_owner, f"{asked.pk}/comment/", {"text": "Look at page 3."})
    assert made.status_code == 200
    detail = call(cast.auditor, f"{asked.pk}/").json()
    assert [one["text"] for one in detail["comments"]] == ["Look at page 3."]
    assert [one["name"] for one in detail["evidence"]] == ["report.txt"]


def test_what_was_answered_comes_in_pages(process, cast, call):
    for digit in "abc":
        version = factories.make_version(process, digit)
        asked = asking.for_version(version, actor=cast.owner, reason="Please.")
        operations.withdraw(approval_id=asked.pk, actor=cast.owner, reason="No.")
    newest = Approval.objects.order_by("-pk")
    first = call(cast.auditor, "?list=answered&limit=2")
    assert listed(first) == [str(one.pk) for one in newest[:2]]
    following = first.json()["next"].split(ROOT)[1]
    assert listed(call(cast.auditor, following)) == [str(newest[2].pk)]
    assert listed(call(cast.auditor, "?list=answered&state=granted")) == []


def test_what_is_not_there_or_not_known(process, cast, call):
    ask = {"process": "desk", "reason": "Please."}
    version = "00000000-0000-7000-8000-000000000000"
    answer = call(cast.owner, "", {**ask, "what": "version", "version": version})
    assert answer.status_code == 404
    assert call(cast.owner, "", {**ask, "what": "everything"}).status_code == 422
    assert call(cast.owner, "?list=all").status_code == 422
    assert call(cast.owner, "?list=answered&process=missing").status_code == 404
