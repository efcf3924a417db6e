"""Older items are put into the vault, whole, once, and never where a hold keeps them."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from governance.contracts.agreement import agreement_of
from governance.models import Entry
from governance.privacy.holds import operations as holds
from review.decisions.operations import decide
from review.items.intake import Incoming, build
from review.items.storing import insert_items
from review.models import Candidate, Decision, Draft, Effect, Item
from review.tasks.drafts import save_draft
from tests import factories

pytestmark = pytest.mark.django_db

WORD = "zqolderxk7"


@pytest.fixture
def process():
    return factories.make_process()


def older(process, cast):
    """An item from before, decided, with a draft of somebody else."""
    agreement = agreement_of(process.contract_id)
    item = build(
        process.pk, process.contract, agreement, Incoming({"text": WORD}), producer_id=None
    )
    item.seed = None
    insert_items([item])
    item = factories.propose(Item.objects.get(pk=item.pk), {"category": "bill", "note": WORD})
    task = factories.claim(item.tasks.get(), cast.operator)
    save_draft(task_id=task.pk, actor=cast.lead, output={"note": WORD})
    output = {"category": "other", "note": f"{WORD} twice"}
    decide(task_id=task.pk, actor=cast.operator, verdict="correct", output=output)
    return Item.objects.get(pk=item.pk)


def everything():
    found = []
    with connection.cursor() as cursor:
        for table in ("item", "candidate", "decision", "draft", "effect"):
            cursor.execute(f"SELECT row_to_json(r)::text FROM review_{table} r")
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)


def run(verb):
    out = StringIO()
    call_command("vault", verb, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_older_items_are_encrypted_and_read_as_before(process, cast):
    item = older(process, cast)
    factories.make_item(process)
    assert WORD in everything()
    assert run("status").startswith("1 items")
    assert run("encrypt").startswith("1 items encrypted; 0 are kept")
    assert WORD not in everything()
    assert Item.objects.get(pk=item.pk).payload == {"text": WORD}
    assert Candidate.objects.get(item=item).output["note"] == WORD
    assert Decision.objects.get(item=item).output["note"] == f"{WORD} twice"
    assert Draft.objects.get().output == {"note": WORD}
    assert Effect.objects.get(item=item).body["category"] == "other"
    assert Entry.objects.get(kind="values.encrypted").data == {"items": 1, "held": 0}
    seed = bytes(Item.objects.get(pk=item.pk).seed)
    assert run("encrypt").startswith("0 items encrypted")
    assert bytes(Item.objects.get(pk=item.pk).seed) == seed


def test_a_held_item_stays_as_it_is(process, cast):
    item = older(process, cast)
    officer = cast.compliance_officer
    holds.hold_item(
        item=item.pk, process="desk", actor=officer, reference="Case 7", reason="A claim."
    )
    assert run("encrypt").startswith("0 items encrypted; 1 are kept")
    assert Item.objects.get(pk=item.pk).seed is None
    assert WORD in everything()
