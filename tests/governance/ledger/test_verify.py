"""Whatever is changed behind the guards' back, verification says what and where."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from governance.ledger.checkpoints import checkpoint
from governance.ledger.models import Checkpoint, Outbox
from governance.ledger.sequencing import sequence
from tests.governance.ledger.conftest import counts, problems, tamper

pytestmark = pytest.mark.django_db


def test_an_untouched_ledger_verifies(ledger):
    assert problems() == []
    report = counts()
    assert (report.entries, report.sequenced, report.pending, report.checkpoints) == (15, 13, 2, 2)


def test_an_empty_ledger_verifies():
    assert problems() == []


@pytest.mark.parametrize(
    "change",
    [
        """data = jsonb_set(data, '{number}', '99')""",
        """data = data || '{"more": null}'""",
        """data = data - 'number'""",
        """data = jsonb_set(data, '{confidence}', '0.25000000000000000001')""",
        """data = jsonb_set(data, '{confidence}', '1e400')""",
        """at = at + interval '1 microsecond'""",
        """kind = 'decision.undone'""",
        """actor = 'system:other'""",
        """process = NULL""",
        """item = gen_random_uuid()""",
        """hash = set_byte(hash, 31, get_byte(hash, 31) # 1)""",
    ],
)
@pytest.mark.parametrize("place", [3, 12, 14])
def test_a_changed_column_is_found(ledger, change, place):
    tamper(f"UPDATE governance_entry SET {change} WHERE id = %s", [ledger[place]])
    found = problems()
    assert found
    assert all(str(ledger[place]) in one for one in found)
    assert all(f"index {place}:" in one for one in found) == (place < 13)


def test_a_change_with_a_fitting_hash_contradicts_the_leaf(ledger):
    tamper(
        "UPDATE governance_entry e SET data = o.data, hash = o.hash, at = o.at, id = %s"
        " FROM governance_entry o WHERE e.id = %s AND o.id = %s",
        [uuid4(), ledger[3], ledger[4]],
    )
    assert f"index 3: entry {ledger[3]}: its leaf is there and the entry itself is gone" in (
        problems()
    )


@pytest.mark.parametrize("place", [0, 5, 10, 12])
def test_a_removed_entry_is_found(ledger, place):
    tamper("DELETE FROM governance_entry WHERE id = %s", [ledger[place]])
    assert problems() == [
        f"index {place}: entry {ledger[place]}: its leaf is there and the entry itself is gone"
    ]


def test_an_entry_removed_with_its_leaf_leaves_a_gap(ledger):
    tamper("DELETE FROM governance_entry WHERE id = %s", [ledger[5]])
    tamper("DELETE FROM governance_leaf WHERE index = 5")
    found = problems()
    assert "index 5: leaf 5 is missing" in found
    assert any("size 7: its root cannot be computed" in one for one in found)


def test_entries_cut_off_at_the_end_are_missed_by_the_checkpoint(ledger):
    tamper("DELETE FROM governance_entry WHERE id = ANY(%s)", [ledger[9:]])
    tamper("DELETE FROM governance_leaf WHERE index >= 9")
    tamper("DELETE FROM governance_node WHERE (index + 1) << level > 9")
    Outbox.objects.all().delete()
    found = problems()
    assert len(found) == 1
    assert "of size 11: the ledger has no leaf 10" in found[0]


def test_two_swapped_entries_are_found(ledger):
    tamper(
        "UPDATE governance_leaf l SET hash = o.hash, entry = gen_random_uuid()"
        " FROM governance_leaf o WHERE l.index = 2 AND o.index = 4"
    )
    tamper("UPDATE governance_leaf SET entry = %s WHERE index = 4", [ledger[2]])
    tamper("UPDATE governance_leaf SET entry = %s WHERE index = 2", [ledger[4]])
    tamper(
        "UPDATE governance_leaf SET hash = sha256('\\x00'::bytea || e.hash)"
        " FROM governance_entry e WHERE e.id = entry"
    )
    found = problems()
    assert any("of size 7: the leaves have another root than was signed" in one for one in found)
    assert any("of size 11: the leaves have another root than was signed" in one for one in found)
    assert "node 1/1 differs from the leaves below it" in found


def test_a_changed_node_is_found_and_nothing_more_is_signed(ledger):
    tamper(
        "UPDATE governance_node SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE level = 3"
    )
    assert problems() == ["node 3/0 differs from the leaves below it"]
    with pytest.raises(RuntimeError, match="no longer have the root"):
        checkpoint()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("DELETE FROM governance_node WHERE level = 2 AND index = 1", "node 2/1 is missing"),
        ("UPDATE governance_node SET index = 900 WHERE level = 2 AND index = 1", "node 2/900"),
        ("DELETE FROM governance_node WHERE level = 1 AND index = 5", "node 1/5 is missing"),
    ],
)
def test_a_missing_or_misplaced_node_is_found(ledger, change, complaint):
    tamper(change)
    assert any(complaint in one for one in problems())


def test_an_entry_that_was_never_sequenced_nor_waits_is_found(ledger):
    Outbox.objects.filter(entry=ledger[13]).delete()
    assert problems() == [f"entry {ledger[13]}: neither sequenced nor waiting to be"]


def test_an_outbox_row_with_another_hash_is_found(ledger):
    Outbox.objects.filter(entry=ledger[13]).update(hash=b"x" * 32)
    assert problems() == [f"entry {ledger[13]}: waits in the outbox with another hash than its own"]


def test_outbox_rows_that_belong_to_nothing_are_found(ledger):
    Outbox.objects.create(entry=uuid4(), hash=b"x" * 32)
    Outbox.objects.create(entry=ledger[2], hash=b"x" * 32)
    first = Outbox.objects.get(entry=ledger[14])
    Outbox.objects.create(entry=first.entry, hash=first.hash)
    found = " | ".join(problems())
    assert "waits for an entry that is gone" in found
    assert f"index 2: entry {ledger[2]}: outbox row" in found
    assert f"entry {ledger[14]}: waits in the outbox 2 times" in found


def test_a_forged_checkpoint_is_found(ledger):
    tamper("UPDATE governance_checkpoint SET note = replace(note, E'\\n7\\n', E'\\n8\\n')")
    assert any("No trusted key has signed" in one for one in problems())


def test_checkpoint_columns_must_say_what_was_signed(ledger):
    tamper("UPDATE governance_checkpoint SET root = %s WHERE size = 7", [b"y" * 32])
    found = problems()
    assert len(found) == 1
    assert "differ from its signed note" in found[0]


def test_a_ledger_signed_by_another_key_is_found(ledger, key_file):
    key_file.unlink()
    key_file.with_suffix(".pub").unlink()
    assert len(problems()) == 2


def test_earlier_keys_stay_trusted_after_a_change_of_keys(ledger, key_file):
    key_file.rename(key_file.with_name("old.pem"))
    assert checkpoint() is not None
    assert problems() == []


def test_a_rewritten_and_resigned_ledger_contradicts_the_checkpoint_kept_outside(ledger, write):
    kept = Checkpoint.objects.get(size=7).note
    assert problems(kept) == []
    for table in ["entry", "leaf", "node", "checkpoint"]:
        tamper(f"DELETE FROM governance_{table}")
    Outbox.objects.all().delete()
    write(9)
    sequence()
    checkpoint()
    assert problems() == []
    assert problems(kept) == [
        "the checkpoint of size 7 that you hold: the leaves have another root than was signed"
    ]


def test_the_command_fails_with_the_faults_named(ledger):
    out, err = StringIO(), StringIO()
    call_command("ledger", "verify", stdout=out, stderr=err)
    assert "The ledger verifies." in out.getvalue()
    tamper("UPDATE governance_entry SET kind = 'x' WHERE id = %s", [ledger[3]])
    with pytest.raises(CommandError, match="does not verify; problems: 1") as failure:
        call_command("ledger", "verify", stdout=out, stderr=err)
    assert failure.value.returncode == 1
    assert f"index 3: entry {ledger[3]}: its content does not have its hash" in err.getvalue()
