"""Before an undo a person is told what it will do, and no undo does more than that."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils import timezone

from governance.contracts.parse import ContractError, parse
from integrations.apps import IntegrationsConfig
from integrations.connectors import registry
from review.decisions import operations as decisions
from review.effects.withdrawing import NotForeseen, foresee
from review.models import Decision, Effect
from tests import factories
from tests.governance.contracts import texts
from tests.review.console.conftest import browser, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(process, cast):
    return factories.make_decision(process, cast.operator)


def arrived(decision, **changes):
    Effect.objects.filter(decision=decision).update(
        state="done", attempts=1, finished_at=timezone.now(), **changes
    )


# --- the operation ---------------------------------------------------------------------------


def test_an_undo_that_was_foreseen_happens(decided, cast):
    decisions.undo(decision_id=decided.pk, actor=cast.operator, foreseen={"cancelled"})
    decided.refresh_from_db()
    assert decided.state == Decision.State.UNDONE


def test_what_was_sent_meanwhile_stops_the_undo_and_nothing_is_changed(decided, cast):
    arrived(decided)
    with pytest.raises(NotForeseen):
        decisions.undo(decision_id=decided.pk, actor=cast.operator, foreseen={"cancelled"})
    decided.refresh_from_db()
    assert decided.state == Decision.State.ACTIVE
    assert not Effect.objects.filter(compensates__isnull=False).exists()


def test_who_asks_for_no_care_gets_the_undo_with_whatever_it_does(decided, cast):
    arrived(decided)
    undone = decisions.undo(decision_id=decided.pk, actor=cast.operator)
    assert [one.what for one in undone.withdrawals] == ["compensating"]


@pytest.mark.parametrize(
    ("state", "attempts", "can_compensate", "what"),
    [
        ("scheduled", 0, True, "cancelled"),
        ("scheduled", 0, False, "cancelled"),
        ("scheduled", 2, True, "compensating"),
        ("scheduled", 2, False, "irreversible"),
        ("failed", 3, True, "compensating"),
        ("failed", 3, False, "irreversible"),
        ("running", 1, True, "compensating_after_send"),
        ("running", 1, False, "irreversible"),
        ("done", 1, True, "compensating"),
        ("done", 1, False, "irreversible"),
        ("cancelled", 0, True, None),
        ("compensated", 1, True, None),
    ],
)
def test_what_is_foretold_is_what_happens(decided, cast, state, attempts, can_compensate, what):
    changes = {"state": state, "attempts": attempts}
    if state in ("done", "compensated"):
        changes["finished_at"] = timezone.now()
    if state == "running":
        changes["lease_until"] = timezone.now()
    if not can_compensate:
        changes |= {"compensation": None, "irreversible": "It is in the post."}
    Effect.objects.filter(decision=decided).update(**changes)
    effect = Effect.objects.get(decision=decided)
    assert foresee(effect) == what
    undone = decisions.undo(decision_id=decided.pk, actor=cast.operator)
    assert [one.what for one in undone.withdrawals] == ([what] if what else [])


# --- the pages -------------------------------------------------------------------------------


def test_the_last_decisions_are_listed_with_what_an_undo_would_do(decided, cast):
    arrived(decided, compensation=None, irreversible="It is in the post.", apology="Dear customer,")
    shown = text(browser(cast.operator).get("recent"))
    assert "cannot be taken back. It is in the post." in shown
    assert "Dear customer," in shown


def test_the_list_holds_the_last_twenty(process, cast):
    for _ in range(21):
        factories.make_decision(process, cast.operator)
    page = browser(cast.operator).get("recent").content.decode()
    assert page.count('class="title"') == 20


def test_the_list_of_another_person_is_empty(decided, cast):
    assert "You have decided nothing yet." in text(browser(cast.lead).get("recent"))


def test_an_undo_from_the_toast_shows_what_changed_meanwhile(decided, cast):
    """The toast told that nothing was sent; by the time the key is pressed something was."""
    arrived(decided)
    answer = browser(cast.operator).hx("decision-undo", decided.pk, foreseen="cancelled", here="")
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#notice"
    assert "will be reversed" in text(answer)
    decided.refresh_from_db()
    assert decided.state == Decision.State.ACTIVE
    again = browser(cast.operator).hx("decision-undo", decided.pk, foreseen="compensating", here="")
    assert again.status_code == 200
    decided.refresh_from_db()
    assert decided.state == Decision.State.UNDONE


def test_without_scripts_the_decision_page_tells_it(decided, cast):
    arrived(decided)
    answer = browser(cast.operator).post("decision-undo", decided.pk, foreseen="cancelled")
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/decisions/{decided.pk}/")


# --- effect types ----------------------------------------------------------------------------


class Undeclared:
    def apply(self, request):
        """Never called: it may not even start."""


class OneWay(Undeclared):
    reversal = "none"


def validate(target):
    return []


def start(**connectors):
    with override_settings(EFFECT_CONNECTORS=connectors):
        IntegrationsConfig("integrations", __import__("integrations")).ready()


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_KINDS", dict(registry._KINDS))


def test_an_effect_type_that_does_not_declare_its_undo_stops_the_start(kinds):
    with pytest.raises(ImproperlyConfigured, match="declares neither"):
        start(sap={"path": f"{__name__}:Undeclared"})
    assert "sap" not in registry._KINDS


@pytest.mark.parametrize("path", ["no.such.module:Class", f"{__name__}:NoSuchClass"])
def test_an_effect_type_that_does_not_exist_stops_the_start(kinds, path):
    with pytest.raises(ImproperlyConfigured, match="sap"):
        start(sap={"path": path})


def test_what_can_never_be_taken_back_must_be_called_irreversible(monkeypatch):
    path = f"{__name__}:OneWay"
    monkeypatch.setitem(registry._KINDS, "fax", registry.Kind(path, "none"))
    compensated = texts.CONTRACT.replace("connector: file", "connector: fax", 1)
    assert compensated != texts.CONTRACT
    with pytest.raises(ContractError, match="cannot be taken back; say irreversible"):
        parse(compensated)
