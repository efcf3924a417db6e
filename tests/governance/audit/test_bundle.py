"""A bundle proves what it says, and whatever is done to it afterwards is found."""

import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.audit import bundle
from governance.audit.bundle import VERIFIER, Scope
from governance.audit.exporting import seal
from governance.ledger.canonical import canonical
from governance.ledger.keys import public_key
from governance.ledger.models import Checkpoint, Entry
from governance.ledger.notes import Statement, sign_text
from governance.ledger.offline import verify_countersign as offline
from governance.ledger.operations import append_many
from review.models import Candidate, Decision, Item
from tests import factories
from tests.governance.audit.conftest import NOW, Memory, events, faults
from tests.governance.ledger.conftest import tamper

pytestmark = pytest.mark.django_db


def test_a_bundle_of_everything_verifies_and_holds_every_entry(ledger, make):
    files = make()
    assert faults(files) == []
    lines = files["entries.jsonl"].splitlines()
    assert len(lines) == ledger
    hashes = [bytes(one) for one in Entry.objects.order_by("id").values_list("hash", flat=True)]
    assert [hashlib.sha256(line).digest() for line in lines] == hashes


def test_a_bundle_of_one_process_holds_its_entries_and_hashes_of_the_others(ledger, make):
    files = make(process="desk")
    assert faults(files) == []
    assert [json.loads(line)["process"] for line in files["entries.jsonl"].splitlines()] == (
        ["desk"] * 5
    )
    assert [line[:1] for line in files["leaves.txt"].decode().splitlines()] == list("+++--+--+")


def test_a_period_of_all_processes_is_a_run_with_its_neighbours(ledger, make):
    middle = Entry.objects.order_by("id")[3].at
    files = make(since=middle, until=middle + timedelta(microseconds=1))
    assert faults(files) == []
    assert [line[:1] for line in files["leaves.txt"].decode().splitlines()] == list("--+++++--")


@pytest.mark.parametrize("years", [-5, 5])
def test_a_period_without_entries_is_shown_to_have_none(ledger, make, years):
    at = timezone.now() + timedelta(days=365 * years)
    files = make(since=at, until=at + timedelta(days=1))
    assert faults(files) == []
    assert json.loads(files["manifest.json"])["entries"] == 1


def test_a_period_of_one_process_holds_exactly_its_entries(ledger, make):
    first = Entry.objects.order_by("id")[3].at
    files = make(process="desk", since=first)
    assert faults(files) == []
    assert len(files["entries.jsonl"].splitlines()) == 2


def test_what_governance_did_lies_beside_the_ledger(process, make):
    factories.approve_all(process, "partial")
    factories.make_decision(process, factories.make_person("operator", process))
    files = make(process="desk")
    assert faults(files) == []
    approvals = json.loads(files["approvals.json"])
    assert [one["kind"] for one in approvals] == ["version", "contract", "stage"]
    assert all(one["signatures"][0]["digest"] == one["digest"] for one in approvals)
    assert json.loads(files["deployments.json"])[0]["digest"] == "0" * 64
    assert json.loads(files["contracts.json"])[0]["number"] == 1


def test_personal_values_are_nowhere_in_a_bundle(process, make):
    secret = "Wilhelmina Ostrowska"
    task = factories.make_claimed_task(
        process,
        factories.make_person("operator", process),
        payload={"text": secret, "subject": secret},
        output={"category": "bill", "note": secret},
    )
    assert task.item.payload["text"] == secret
    files = make()
    assert faults(files) == []
    assert not any(secret.encode() in content for content in files.values())


def test_a_bundle_verifies_after_the_item_is_erased(process, make):
    decision = factories.make_decision(process, factories.make_person("operator", process))
    before = make()
    # What an erasure destroys: the values, and the salt that their commitments hang on.
    Item.objects.filter(pk=decision.item_id).update(
        salt=b"", seed=None, payload={}, external_id=None, content_erased_at=timezone.now()
    )
    Candidate.objects.filter(item=decision.item_id).update(output={}, raw="")
    Decision.objects.filter(item=decision.item_id).update(output={"erased": True}, reason="")
    after = make()
    assert faults(before) == faults(after) == []
    assert after["entries.jsonl"].startswith(before["entries.jsonl"])


def test_what_was_changed_in_the_database_is_found_in_the_bundle(ledger, make):
    entry = Entry.objects.order_by("id")[4]
    tamper("UPDATE governance_entry SET kind = 'decision.undone' WHERE id = %s", [entry.pk])
    assert any("index 4" in one for one in faults(make()))


def test_an_entry_removed_from_the_database_is_found_in_the_bundle(ledger, make):
    tamper("DELETE FROM governance_entry WHERE id = %s", [Entry.objects.order_by("id")[4].pk])
    assert "1 entries of the whole ledger were left out" in faults(make())


# --- every change is found ---------------------------------------------------------------------

COVERED = ("entries.jsonl", "leaves.txt", "checkpoints.jsonl", "keys.txt")
SAMPLED = 97  # of the longer files, which only the manifest covers, every so many bytes


def test_every_single_byte_change_is_found(ledger, make):
    files = make()
    missed = []
    for name, content in files.items():
        is_whole = name in COVERED or name.startswith("manifest")
        for at in range(0, len(content), 1 if is_whole else SAMPLED):
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8  # each bit in its turn
            if not faults(Memory({**files, name: bytes(changed)})):
                missed.append((name, at))
    assert missed == []


def test_the_signature_has_one_form_only(ledger, make):
    """Base64 ends in bits that mean nothing: another last letter can stand for the same bytes."""
    files = make()
    note = files["manifest.sig"]
    missed = []
    for at in range(len(note) - 4, len(note)):
        for byte in range(256):
            changed = note[:at] + bytes([byte]) + note[at + 1 :]
            if changed != note and not faults(Memory({**files, "manifest.sig": changed})):
                missed.append((at, byte))
    assert missed == []


def test_every_single_byte_removed_or_doubled_is_found(ledger, make):
    files = make(process="desk")
    missed = []
    for name, content in files.items():
        is_whole = name in COVERED or name.startswith("manifest")
        for at in range(0, len(content), 1 if is_whole else SAMPLED):
            shorter = content[:at] + content[at + 1 :]
            longer = content[:at] + content[at : at + 1] + content[at:]
            for changed in (shorter, longer):
                if not faults(Memory({**files, name: changed})):
                    missed.append((name, at))
    assert missed == []


def test_every_truncation_is_found(ledger, make):
    files = make()
    missed = [
        (name, end)
        for name, content in files.items()
        for end in range(0, len(content), 1 if name in COVERED else SAMPLED)
        if not faults(Memory({**files, name: content[:end]}))
    ]
    assert missed == []


def test_every_file_removed_renamed_or_added_is_found(ledger, make):
    files = make()
    for name in files:
        fewer = Memory({key: value for key, value in files.items() if key != name})
        assert faults(fewer), name
        assert faults(Memory({**fewer, f"other-{name}": files[name]})), name
    assert faults(Memory({**files, "more.txt": b""})) == ["more.txt: is not in the manifest"]


def resigned(files: Memory, **changes: object) -> Memory:
    """The bundle with a manifest that fits it, as somebody with the signing key could make it."""
    from governance.ledger.keys import signing_key

    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if not name.startswith("manifest")
    }
    text = canonical({**manifest, **changes}) + b"\n"
    origin = manifest["origin"]
    signed = f"{origin}/bundle\nsha256 {hashlib.sha256(text).hexdigest()}\n"
    note = sign_text(signed, origin, signing_key()).encode()
    return Memory({**files, "manifest.json": text, "manifest.sig": note})


def swapped(lines: list[bytes], one: int, other: int) -> list[bytes]:
    lines = list(lines)
    lines[one], lines[other] = lines[other], lines[one]
    return lines


@pytest.mark.parametrize("name", ["entries.jsonl", "leaves.txt", "checkpoints.jsonl"])
def test_lines_swapped_removed_or_doubled_are_found_even_under_a_new_manifest(ledger, make, name):
    files = make()
    lines = files[name].splitlines(keepends=True)
    assert faults(resigned(files)) == []
    ways = [
        *(swapped(lines, a, b) for a in range(len(lines)) for b in range(a)),
        *(lines[:at] + lines[at + 1 :] for at in range(len(lines))),
        *(lines[: at + 1] + lines[at:] for at in range(len(lines))),
    ]
    for way in ways:
        changed = resigned(Memory({**files, name: b"".join(way)}))
        # A checkpoint fewer within leaves everything proved; the last one may not be missing.
        is_proved = name == "checkpoints.jsonl" and len(way) < len(lines) and way[-1] == lines[-1]
        assert bool(faults(changed)) != is_proved, way


def test_an_entry_and_its_leaf_cut_off_together_are_found_under_a_new_manifest(ledger, make):
    files = make()
    entries = files["entries.jsonl"].splitlines(keepends=True)
    leaves = files["leaves.txt"].splitlines(keepends=True)
    for at in range(len(entries)):
        changed = Memory(
            {
                **files,
                "entries.jsonl": b"".join(entries[:at] + entries[at + 1 :]),
                "leaves.txt": b"".join(leaves[:at] + leaves[at + 1 :]),
            }
        )
        assert faults(resigned(changed, size=8, entries=8))


def test_an_entry_left_out_of_a_bundle_of_everything_is_found(ledger, make):
    files = make()
    entries = files["entries.jsonl"].splitlines(keepends=True)
    leaves = files["leaves.txt"].splitlines(keepends=True)
    leaves[4] = leaves[4].replace(b"+", b"-")
    changed = {"entries.jsonl": b"".join(entries[:4] + entries[5:]), "leaves.txt": b"".join(leaves)}
    assert faults(resigned(Memory({**files, **changed}), entries=8)) == [
        "1 entries of the whole ledger were left out"
    ]


@pytest.mark.parametrize("place", [2, 3, 4, 5, 6])
def test_an_entry_left_out_of_a_period_is_found(ledger, make, place):
    middle = Entry.objects.order_by("id")[3].at
    files = make(since=middle, until=middle + timedelta(microseconds=1))
    entries = files["entries.jsonl"].splitlines(keepends=True)
    leaves = files["leaves.txt"].splitlines(keepends=True)
    leaves[place] = leaves[place].replace(b"+", b"-")
    del entries[place - 2]
    changed = {"entries.jsonl": b"".join(entries), "leaves.txt": b"".join(leaves)}
    found = faults(resigned(Memory({**files, **changed}), entries=4))
    assert len(found) == 1
    assert "left out" in found[0]


def test_an_entry_left_out_of_a_process_is_found_once_its_leaf_is_opened(ledger, make):
    files = make(process="desk")
    entries = files["entries.jsonl"].splitlines(keepends=True)
    leaves = files["leaves.txt"].splitlines(keepends=True)
    leaves[2] = leaves[2].replace(b"+", b"-")
    hidden = entries.pop(2)
    changed = {"entries.jsonl": b"".join(entries), "leaves.txt": b"".join(leaves)}
    less = resigned(Memory({**files, **changed}), entries=4)
    other = make()["entries.jsonl"].splitlines()[3]
    assert faults(less) == []  # the limit that docs/audit.md states
    assert faults(less, opened=[other]) == []
    assert "belongs here and was left out" in faults(less, opened=[hidden[:-1]])[0]
    assert "no leaf of this bundle" in faults(less, opened=[b"{}"])[0]


def test_a_checkpoint_kept_elsewhere_is_held_against_the_bundle(ledger, make):
    note = Checkpoint.objects.order_by("size").first().note
    older = make()
    assert faults(older, against=[note]) == []
    append_many(events(1, "desk"))
    seal()
    newest = Checkpoint.objects.order_by("-size").first().note
    assert faults(older, against=[newest]) == [
        "the note of size 10 that you hold: the bundle has only 9 leaves"
    ]
    assert faults(older, against=[note.replace("3\n", "4\n", 1)])


def test_a_history_rewritten_with_the_signing_key_contradicts_a_note_kept_elsewhere(ledger, make):
    from governance.ledger.keys import signing_key

    origin = Checkpoint.objects.first().origin
    other = sign_text(Statement(origin, 6, b"x" * 32).text(), origin, signing_key())
    assert faults(make(), against=[other]) == [
        "the note of size 6 that you hold: the leaves have another root than was signed"
    ]


def test_another_key_is_not_believed(ledger, make, settings, tmp_path):
    files, key = make(), str(public_key())
    assert faults(files, keys=[key]) == []
    settings.LEDGER_KEY_FILE = tmp_path / "other" / "ledger.pem"
    found = faults(files, keys=[str(public_key())])
    assert found[0] == "manifest.sig: is signed by none of the keys"
    assert len(found) == 5  # three checkpoints, and that none is left


# --- as a program ------------------------------------------------------------------------------


@pytest.fixture
def archive(ledger, tmp_path):
    path = tmp_path / "out" / "bundle.zip"
    bundle.write(path, Scope(process="desk"), actor="user:test", now=NOW, size=seal())
    return path


def run(*arguments, before=""):
    program = [sys.executable, "-I", str(VERIFIER)]
    if before:
        launch = f"import sys, runpy; {before}; sys.argv[:] = sys.argv[1:]; "
        launch += "runpy.run_path(sys.argv[0], run_name='__main__')"
        program = [sys.executable, "-I", "-c", launch, str(VERIFIER)]
    done = subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_program_reads_archives_and_directories(archive, tmp_path):
    code, said = run(archive)
    assert code == 0, said
    assert "5 entries, 4 leaves of other entries, 3 checkpoints" in said
    assert "the exporter's word" in said
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    assert run(tmp_path / "unpacked", "--key", public_key())[0] == 0
    (tmp_path / "unpacked" / "leaves.txt").write_bytes(b"")
    code, said = run(tmp_path / "unpacked")
    assert code == 1
    assert "FAULT leaves.txt: is not the file that the manifest states" in said


def test_without_cryptography_the_rest_is_checked_and_the_program_says_so(archive):
    code, said = run(archive, before="sys.modules['cryptography'] = None")
    assert code == 2, said
    assert "signatures were NOT checked" in said


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_byte_of_the_archive_changed_is_found_or_changes_no_content(archive, data, tmp_path):
    content = archive.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    mask = data.draw(st.integers(1, 255))
    changed = bytearray(content)
    changed[at] ^= mask
    path = tmp_path / "changed.zip"
    path.write_bytes(bytes(changed))
    found = []
    try:
        is_good = offline.Check(offline.Archive(path), found.append).run()
    except (*offline._UNREADABLE,):
        return  # main() says that it cannot be read
    if is_good:
        with zipfile.ZipFile(archive) as one, zipfile.ZipFile(path) as other:
            assert one.namelist() == other.namelist()
            assert all(one.read(name) == other.read(name) for name in one.namelist())
