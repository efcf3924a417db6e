"""An item's entries, each with its place and whether it holds."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from governance.ledger.canonical import canonical_data, entry_hash
from governance.ledger.checkpoints import checkpoint
from governance.ledger.lineage import verify_item
from governance.ledger.models import Entry, Outbox
from governance.ledger.sequencing import sequence
from tests.governance.ledger.conftest import tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(ledger, write):
    """Entries 0 to 1 sealed, 2 to 3 sequenced, 4 to 5 pending, among those of others."""
    item = uuid4()
    write(2, item)
    write(3)
    sequence()
    checkpoint()
    write(2, item)
    sequence()
    write(2, item)
    return item


def test_every_entry_says_its_place_and_state(item):
    lineage = verify_item(item)
    assert [entry.state for entry in lineage] == ["sealed"] * 2 + ["sequenced"] * 2 + [
        "pending"
    ] * 2
    assert [entry.index for entry in lineage] == [15, 16, 20, 21, None, None]
    assert all(entry.valid for entry in lineage)
    stored = Entry.objects.filter(item=item).order_by("id")
    assert [entry.id for entry in lineage] == [entry.id for entry in stored]
    assert [entry.hash for entry in lineage] == [bytes(entry.hash).hex() for entry in stored]
    assert lineage[1].data == {"number": 1, "confidence": 0.25, "note": "prüfen"}
    assert lineage[1].kind == "decision.made"


def test_it_takes_four_statements_however_many_entries(item, django_assert_num_queries):
    with django_assert_num_queries(4):
        verify_item(item)


def test_an_unknown_item_has_no_entries():
    assert verify_item(uuid4()) == []


@pytest.mark.parametrize("place", range(6))
def test_a_changed_entry_is_invalid_and_the_others_are_not(item, place):
    tamper("UPDATE governance_entry SET data = '{}' WHERE id = %s", [verify_item(item)[place].id])
    assert [entry.valid for entry in verify_item(item)] == [at != place for at in range(6)]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_an_entry_rewritten_with_a_fitting_hash_contradicts_its_place(item, place):
    entry = Entry.objects.get(pk=verify_item(item)[place].id)
    digest = entry_hash(
        id=entry.id,
        at=entry.at,
        item=entry.item,
        process=entry.process,
        actor="system:somebody_else",
        kind=entry.kind,
        data=canonical_data(entry.data),
    )
    tamper(
        "UPDATE governance_entry SET actor = 'system:somebody_else', hash = %s WHERE id = %s",
        [digest, entry.id],
    )
    assert [one.valid for one in verify_item(item)] == [at != place for at in range(6)]


def test_an_entry_rewritten_with_leaf_and_hash_lacks_its_proof(item):
    first = verify_item(item)[0]
    tamper(
        "UPDATE governance_entry e SET data = o.data, at = o.at, hash = o.hash"
        " FROM governance_entry o WHERE e.id = %s AND o.id = %s",
        [first.id, verify_item(item)[2].id],
    )
    tamper(
        "UPDATE governance_leaf SET hash = sha256('\\x00'::bytea || e.hash)"
        " FROM governance_entry e WHERE e.id = entry AND entry = %s",
        [first.id],
    )
    assert not verify_item(item)[0].valid


def test_a_moved_leaf_lacks_its_proof(item):
    first, second = verify_item(item)[:2]
    tamper("UPDATE governance_leaf SET index = 900 WHERE entry = %s", [first.id])
    tamper("UPDATE governance_leaf SET index = 15 WHERE entry = %s", [second.id])
    tamper("UPDATE governance_leaf SET index = 16 WHERE entry = %s", [first.id])
    assert [entry.valid for entry in verify_item(item)[:2]] == [False, False]


def test_a_lost_node_leaves_no_proof_to_those_beside_it(item):
    tamper("DELETE FROM governance_node WHERE level = 3")
    assert [entry.valid for entry in verify_item(item)][:3] == [False, True, True]


def test_a_checkpoint_by_an_unknown_key_seals_nothing(item, key_file):
    key_file.unlink()
    key_file.with_suffix(".pub").unlink()
    assert [entry.valid for entry in verify_item(item)] == [False] * 2 + [True] * 4


def test_a_machine_without_keys_shows_the_lineage_with_nothing_sealed(item, key_file, settings):
    key_file.unlink()
    key_file.with_suffix(".pub").unlink()
    settings.DEMO = False
    assert [(entry.state, entry.valid) for entry in verify_item(item)][:2] == [
        ("sequenced", True)
    ] * 2


def test_an_entry_that_waits_nowhere_is_invalid(item):
    last = verify_item(item)[5]
    Outbox.objects.filter(entry=last.id).delete()
    assert not verify_item(item)[5].valid


def test_the_command_prints_the_lineage_and_fails_on_an_invalid_entry(item, capsys):
    call_command("ledger", "verify", "--item", str(item))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("15  ")
    assert all(line.endswith("  valid") for line in lines)
    tamper("UPDATE governance_entry SET kind = 'x' WHERE item = %s", [item])
    with pytest.raises(CommandError, match="6 of 6 entries are not valid"):
        call_command("ledger", "verify", "--item", str(item))
    with pytest.raises(CommandError, match="no entry of item"):
        call_command("ledger", "verify", "--item", str(uuid4()))
