"""The officer's pages: what they show, in which order, and what they answer."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from governance.contracts.agreement import agreement_of
from review.console import held
from review.gate.models import GateHold
from review.models import Effect
from tests import factories
from tests.review.api.conftest import problem, signed_in
from tests.review.console.conftest import browser, statements, text
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def process(db):
    return scenes.gated(
        "{checks: [{name: kind, require: {output.category: {equals: meter}},"
        " message: Only meters go by themselves., policy: replies}]}"
    )


@pytest.fixture
def officer(cast):
    return browser(cast.compliance_officer)


@pytest.fixture
def holds(process, cast):
    return [
        scenes.held(process, cast.operator, external_id=f"L-{number}", verdict=verdict)
        for number, verdict in enumerate(("accept", "correct"))
    ]


def test_the_queue_says_why_each_output_is_held(db):
    process = scenes.gated(
        "{risks: [low], share: 1.0, checks: [{name: within_the_limit,"
        " require: {output.category: {equals: meter}}, message: More than one may sign for.}]}"
    )
    cast = factories.make_cast(process)
    hold = scenes.held(process, cast.operator)
    officer = browser(cast.compliance_officer)
    page = text(officer.get("gate"))
    assert "Low risk; Drawn by chance; Failed: within the limit" in page
    page = text(officer.get("gate-hold", hold.pk))
    assert "More than one may sign for." in page
    assert "within_the_limit" not in page


@pytest.mark.parametrize(
    ("reason", "name", "told"),
    [
        ({"code": "gate_segment", "segment": "vip"}, "Segment vip", "of the segment vip."),
        (
            {"code": "gate_check_broke", "error": "busy"},
            "Not checked: second look",
            "Check “Second look” could not be made, so the output is held: busy.",
        ),
        (
            {"code": "gate_second_opinion", "message": "Look twice.", "agreed": 1, "of": 2},
            "A second model differs: second look",
            "Check “Second look”: Look twice. A second model agrees in 1 of 2 fields.",
        ),
    ],
)
def test_checks_go_by_their_names_in_words(process, reason, name, told):
    hold = GateHold(reasons=[{"check": "second_look", **reason}])
    assert held.in_short(hold) == name
    (why,) = held.reasons_of(hold, agreement_of(process.contract_id), {})
    assert why.text.endswith(told)


def test_the_queue_lists_what_waits_in_order_of_due(officer, holds):
    GateHold.objects.filter(pk=holds[1].pk).update(due_at=holds[0].opened_at)
    page = text(officer.get("gate"))
    assert page.index("L-1") < page.index("L-0")
    assert "2 outputs wait for you" in page
    answer = officer.get("gate-next")
    assert answer.url == reverse("gate-hold", args=[holds[1].pk])
    answer = officer.client.get(f"{reverse('gate-next')}?after={holds[1].pk}")
    assert answer.url == reverse("gate-hold", args=[holds[0].pk])
    answer = officer.client.get(f"{reverse('gate-next')}?after={holds[0].pk}")
    assert answer.url == reverse("gate-hold", args=[holds[1].pk])  # skipped ones come again


def test_an_empty_queue_says_so(officer, process):
    assert "Nothing is held" in text(officer.get("gate"))
    assert officer.get("gate-next").url == reverse("gate")


def test_the_page_shows_all_that_the_answer_rests_on(officer, holds):
    scenes.policy_in_force()
    page = text(officer.get("gate-hold", holds[1].pk))
    for told in (
        "The bill is wrong.",  # what came in
        "Other",  # what was decided
        "The model proposed <del>Bill</del>",
        "1 changed",
        "Corrected by operator",
        "Only meters go by themselves.",
        "Will be sent on release",
        "Update ticket",
        "file tickets.jsonl",
        "Replies, version 1",
        "Other matters",
    ):
        assert told in page, told


def test_the_suggested_citation_is_the_policy_of_the_check(officer, holds):
    version = scenes.policy_in_force()
    page = text(officer.get("gate-hold", holds[0].pk))
    assert f'<option value="{version.pk}" selected>' in page


def test_the_page_costs_the_same_with_more_that_waits(officer, process, cast, holds):
    def count():
        _, sent = statements(lambda: officer.get("gate-hold", holds[0].pk))
        _, listed = statements(lambda: officer.get("gate"))
        return len(sent), len(listed)

    count()
    before = count()
    for _ in range(5):
        scenes.held(process, cast.operator)
    assert count() == before
    assert before[0] <= 14
    assert before[1] <= 6


def test_a_release_goes_on_to_the_next(officer, holds):
    answer = officer.post("gate-release", holds[0].pk)
    assert answer.url == reverse("gate-hold", args=[holds[1].pk])
    assert next(map(str, get_messages(answer.wsgi_request))).startswith("Released")
    assert not Effect.objects.get(decision=holds[0].decision_id).is_held
    assert officer.post("gate-release", holds[1].pk).url == reverse("gate")


def test_who_answers_second_is_told(officer, holds):
    officer.post("gate-release", holds[0].pk)
    answer = officer.post("gate-release", holds[0].pk)
    assert answer.status_code == 409
    assert "released already" in text(answer)
    assert "The answer" in text(officer.get("gate-hold", holds[0].pk))


def test_a_refusal_needs_a_policy_and_a_comment(officer, holds):
    version = scenes.policy_in_force()
    for given in ({"citation": "", "comment": "No."}, {"citation": str(version.pk)}):
        answer = officer.hx("gate-refuse", holds[0].pk, **given)
        assert answer.status_code == 422
        assert answer["HX-Retarget"] == "dialog[open] .field-error"
    answer = officer.hx(
        "gate-refuse", holds[0].pk, citation=f"{version.pk}#other-matters", comment="No."
    )
    assert answer["HX-Redirect"] == reverse("gate-hold", args=[holds[1].pk])
    holds[0].refresh_from_db()
    assert (holds[0].state, holds[0].heading_title) == ("refused", "Other matters")
    assert "By <a" in text(officer.get("gate-hold", holds[0].pk))


def test_without_a_policy_in_force_nothing_can_be_refused(officer, holds):
    assert "There is no policy to refuse by" in text(officer.get("gate-hold", holds[0].pk))


def test_who_decided_finds_no_buttons(process, cast, holds, duties_together):
    from governance.roles.operations import grant_role
    from governance.roles.roles import Role

    role = Role.COMPLIANCE_OFFICER
    grant_role(user=cast.operator, role=role, process=process, actor=factories.ACTOR)
    page = text(browser(cast.operator).get("gate-hold", holds[0].pk))
    assert "another officer answers" in page
    assert "Release" not in page
    assert browser(cast.operator).post("gate-release", holds[0].pk).status_code == 403


def test_an_item_says_that_its_output_is_held(officer, cast, holds):
    address = reverse("gate-hold", args=[holds[0].pk])
    assert address in text(officer.get("item", holds[0].item_id))
    page = text(browser(cast.operator).get("item", holds[0].item_id))
    assert "held by compliance" in page
    assert address not in page


def test_the_api_lists_releases_and_refuses(cast, holds):
    scenes.policy_in_force()
    officer = signed_in(cast.compliance_officer)
    first, second = officer.get("gate/", limit=2).json()["results"]
    assert first["reasons"][0]["sentence"] == "Check kind: Only meters go by themselves."
    page = officer.get("gate/", limit=1).json()
    assert page["results"] == [first]
    assert officer.client.get(page["next"]).json()["results"] == [second]
    released = officer.post(f"gate/{first['id']}/release/", {"comment": "Fine."})
    assert released.json()["state"] == "released"
    problem(officer.post(f"gate/{first['id']}/release/", {}), 409, "conflict")
    body = {"policy": "replies", "heading": "other-matters", "comment": "No."}
    for wrong in ({"policy": "none"}, {"version": 7}, {"heading": "none"}, {"comment": ""}):
        problem(officer.post(f"gate/{second['id']}/refuse/", {**body, **wrong}), 422)
    refused = officer.post(f"gate/{second['id']}/refuse/", body).json()
    assert refused["effects"][0]["what"] == "cancelled"
    problem(signed_in(cast.operator).get("gate/"), 403)
    problem(signed_in(cast.operator).get("gate/", process="desk"), 403)
    problem(signed_in(cast.outsider).get("gate/", process="desk"), 404)


# What jsonb would give out as due, total, ticket, category.
SAYS = "{{ticket: $item.external_id, total: $output.total, category: $output.category, due: $output.due}}"  # noqa: E501


@pytest.fixture
def desk_with_sums(db):
    contract = factories.CONTRACT
    for old, new in (
        (
            "      note: {{type: string, maxLength: 200, x-privacy: personal}}",
            "      total: {{type: number, x-privacy: internal}}\n"
            "      due: {{type: string, format: date, x-privacy: internal}}",
        ),
        (
            "  note: {{automatic: 0.50, manual: 0.05}}",
            "  total: {{automatic: 0.50, manual: 0.05}}\n  due: {{automatic: 0.50, manual: 0.05}}",
        ),
        ("{{ticket: $item.external_id, category: $output.category}}", SAYS),
    ):
        assert old in contract
        contract = contract.replace(old, new)
    return factories.make_process(contract=contract + "gate: {{risks: [low]}}\n")


def test_values_have_one_form_wherever_they_stand(desk_with_sums):
    cast = factories.make_cast(desk_with_sums)
    output = {"category": "bill", "total": 25000, "due": "2026-03-01"}
    payload = {"text": "Hello.", "amount": 25000.0}
    hold = scenes.held(desk_with_sums, cast.operator, output=output, payload=payload)
    page = text(browser(cast.compliance_officer).get("gate-hold", hold.pk))
    assert page.count("25,000.00") == 3  # of the input, the output and the effect
    assert page.count("1 March 2026") == 2
    assert "25000" not in page
    assert "25,000<" not in page
    assert "2026-03-01" not in page


def test_an_effect_says_its_fields_in_the_order_of_the_contract(desk_with_sums):
    cast = factories.make_cast(desk_with_sums)
    output = {"category": "bill", "total": 31.5, "due": "2026-03-01"}
    hold = scenes.held(desk_with_sums, cast.operator, output=output, external_id="T-1")
    page = text(browser(cast.compliance_officer).get("gate-hold", hold.pk))
    said = page[page.index("What it says") :]
    places = [said.index(f"<dt>{one}</dt>") for one in ("Ticket", "Total", "Category", "Due")]
    assert places == sorted(places)


def test_amounts_are_grouped_to_the_last_digit(desk_with_sums):
    cast = factories.make_cast(desk_with_sums)
    output = {"category": "bill", "total": 25323.225, "due": "2026-03-01"}
    hold = scenes.held(desk_with_sums, cast.operator, output=output)
    page = text(browser(cast.compliance_officer).get("gate-hold", hold.pk))
    assert page.count("25,323.225") == 2
