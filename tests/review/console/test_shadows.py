"""Shadows on the pages of deployments: beginning, ending, comparing, and what stays hidden."""

import pytest
from django.utils import timezone

from governance.approvals import asking
from governance.catalogue import queries, shadowing
from governance.catalogue.models import ModelVersion
from review.decisions import operations as decisions
from review.models import GateHold, Task
from review.notes import operations as notes
from review.shadows import comparing
from review.tasks.operations import open_task
from tests import factories
from tests.review.api.conftest import signed_in
from tests.review.console.conftest import browser, statements, text
from tests.review.shadows.conftest import Shadow, begin, through

pytestmark = pytest.mark.django_db


@pytest.fixture
def model_owner(cast):
    return browser(cast.model_owner)


@pytest.fixture
def shadow(process, monkeypatch):
    return Shadow(begin(process), monkeypatch)


def decided(process, actor, shadow, said, champion="bill", **options):
    """An item on which shadow and champion differ, decided as the champion said."""
    task = factories.make_claimed_task(process, actor, output={"category": champion}, **options)
    shadow.answer = lambda _: factories.make_proposal({"category": said})
    shadow.run()
    decisions.decide(task_id=task.pk, actor=actor, verdict="accept", output=None, reason="")
    through(task.item)
    return task


def page_of(viewer, shadow):
    return text(viewer.get("shadow", "desk", shadow.deployment.pk))


def test_a_model_owner_begins_and_ends_one(process, model_owner):
    version = factories.make_version(process, "b")
    page = text(model_owner.get("process-deployments", "desk"))
    assert f'value="{version.pk}"' in page
    asked = {"version": version.pk, "percent": "12.5", "daily_limit": "40"}
    answer = model_owner.post("shadow-begin", "desk", **asked)
    (made,) = queries.shadows("desk")
    assert answer.headers["Location"].endswith(f"/shadows/{made.pk}/")
    assert (made.share, made.daily_limit) == (0.125, 40)
    page = text(model_owner.get("process-deployments", "desk"))
    assert "12.5%" in page
    assert f'value="{version.pk}"' not in page, "it is one already"
    assert model_owner.post("shadow-begin", "desk", **asked).status_code == 409
    assert model_owner.post("shadow-end", "desk", made.pk).status_code == 302
    assert model_owner.post("shadow-end", "desk", made.pk).status_code == 409
    assert queries.shadows("desk") == []
    page = text(model_owner.get("process-deployments", "desk"))
    assert "shadow" in page[page.index("What served when") :]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "x"},
        {"version": "local"},
        {"percent": "0"},
        {"percent": "101"},
        {"percent": "much"},
        {"percent": "nan"},
        {"daily_limit": "0"},
        {"daily_limit": "1.5"},
    ],
    ids=lambda one: "-".join(map(str, next(iter(one.items())))),
)
def test_what_cannot_be_is_said(process, model_owner, wrong):
    asked = {"version": factories.make_version(process).pk, "percent": "1", "daily_limit": "5"}
    assert model_owner.post("shadow-begin", "desk", **(asked | wrong)).status_code == 422
    assert queries.shadows("desk") == []


def test_an_endpoint_is_asked_as_it_is_set_up_now_once_that_is_approved(
    process, cast, model_owner, settings
):
    settings.PROVIDERS = {
        "local": {},
        "house": {"adapter": "openai_compatible", "base_url": "http://x/", "model": "m"},
    }
    assert "house, as set up now" in text(model_owner.get("process-deployments", "desk"))
    asked = {"version": "house", "percent": "1", "daily_limit": "5"}
    answer = model_owner.post("shadow-begin", "desk", **asked)
    assert answer.status_code == 409
    assert "only once this version of it is approved" in text(answer)
    version = ModelVersion.objects.get(provider="house")
    factories.grant(asking.for_version(version, actor=cast.owner, reason="In our house."))
    assert model_owner.post("shadow-begin", "desk", **asked).status_code == 302
    (made,) = queries.shadows("desk")
    assert (made.version.provider, made.version.config["model"]) == ("house", "m")
    assert model_owner.post("shadow-begin", "desk", **asked).status_code == 409
    assert "as set up now" not in text(model_owner.get("process-deployments", "desk"))


def test_who_may_not_manage_models_sees_no_buttons(shadow, cast):
    page = text(browser(cast.auditor).get("process-deployments", "desk"))
    assert shadow.deployment.version.model.name in page
    assert "/shadows/begin/" not in page
    assert "/end/" not in page
    assert "/end/" not in page_of(browser(cast.auditor), shadow)


def test_the_page_says_who_was_right(process, cast, shadow, model_owner):
    assert "Nothing was compared yet" in page_of(model_owner, shadow)
    for _ in range(6):
        decided(process, cast.operator, shadow, "meter")
    comparing.compare(shadow.deployment)
    page = page_of(model_owner, shadow)
    assert "0.0% (0.0 to" in page
    assert "shadow worse, p 0.031" in page
    assert "0 and 6" in page


def test_nothing_is_told_of_an_item_before_it_is_through(process, cast, shadow, model_owner):
    task = factories.make_claimed_task(process, cast.operator, external_id="T-7")
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"})
    shadow.run()
    comparing.compare(shadow.deployment)
    for _ in range(2):
        page = page_of(model_owner, shadow)
        assert "T-7" not in page
        assert "Meter" not in page
        assert "They agree" not in page
        if task.decisions.exists():
            break  # decided, and it can still be undone
        decisions.decide(
            task_id=task.pk, actor=cast.operator, verdict="accept", output=None, reason=""
        )
    through(task.item)
    page = page_of(model_owner, shadow)
    assert "T-7" in page
    assert "Meter" in page


@pytest.mark.parametrize("what", ["task", "hold"])
def test_what_somebody_still_has_to_judge_hides_it_again(process, cast, shadow, model_owner, what):
    task = decided(process, cast.operator, shadow, "meter")
    assert "Meter" in page_of(model_owner, shadow)
    if what == "task":
        open_task(task.item, Task.Kind.QUALITY, actor=factories.ACTOR, is_blind=True)
    else:
        now = timezone.now()
        GateHold.objects.create(
            process=process,
            item=task.item,
            decision=task.decisions.get(),
            state="waiting",
            due_at=now,
            opened_at=now,
            hint_at=now,
        )
    assert "Meter" not in page_of(model_owner, shadow)


def test_labelled_values_are_masked(process, cast, shadow, model_owner):
    output = {"category": "bill", "note": "Quagvex"}
    task = factories.make_claimed_task(process, cast.operator, output=output)
    shadow.answer = lambda _: factories.make_proposal({"category": "bill", "note": "Zyzzyvox"})
    shadow.run()
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="accept", output=None, reason="")
    through(task.item)
    page = page_of(model_owner, shadow)
    assert page.count("••• personal") == 3  # what either said, and what was decided
    assert "Quagvex" not in page
    assert "Zyzzyvox" not in page


@pytest.mark.parametrize("is_blind", [False, True])
def test_who_reviews_never_sees_what_a_shadow_said(process, cast, shadow, is_blind):
    """Nor in the item's own history, which names that it was asked, nor by guessing: a note of the
    same word is committed to with the same salt."""
    task = factories.make_claimed_task(process, cast.operator)
    Task.objects.filter(pk=task.pk).update(is_blind=is_blind)
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"}, confidence=0.123)
    shadow.run()
    notes.write(item=task.item, author=cast.operator, text="meter")
    operator, caller = browser(cast.operator), signed_in(cast.operator)
    for page in (operator.get("task", task.pk), operator.get("item", task.item_id)):
        assert page.status_code == 200
        assert "0.123" not in text(page)
        assert "12%" not in text(page)
    assert "A shadow answered" in text(operator.get("item", task.item_id))
    assert operator.get("shadow", "desk", shadow.deployment.pk).status_code == 403
    told = caller.get(f"items/{task.item_id}/lineage/").json()
    entries = {one["kind"]: one["data"] for one in told["entries"]}
    guessed = entries["note.written"]["text"]
    if is_blind:
        assert not entries["shadow.answered"]
    else:
        assert guessed not in str(entries["shadow.answered"])
        assert "meter" not in str(entries["shadow.answered"])


def test_pages_cost_a_fixed_number_of_statements(process, cast, shadow, model_owner):
    def count(name, *args):
        model_owner.get(name, *args)
        return len(statements(lambda: model_owner.get(name, *args))[1])

    addresses = [("process-deployments", "desk"), ("shadow", "desk", shadow.deployment.pk)]
    decided(process, cast.operator, shadow, "meter")
    comparing.compare(shadow.deployment)
    before = {one: count(*one) for one in addresses}
    for _ in range(3):
        decided(process, cast.operator, shadow, "meter")
    begin(process, "c")
    assert {one: count(*one) for one in addresses} == before


def test_the_champion_has_no_such_page(process, model_owner):
    (champion,) = process.deployments.all()
    assert model_owner.get("shadow", "desk", champion.pk).status_code == 404


def test_why_one_ended_is_said(process, shadow, model_owner):
    shadowing.end(shadow.deployment, actor=factories.ACTOR, why="it serves now")
    page = page_of(model_owner, shadow)
    assert "it serves now" in page
    assert "left today" not in page
