"""Checkpoints are notes that anyone with the public key can check."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from governance.ledger.checkpoints import checkpoint
from governance.ledger.keys import generate_key, public_key, signing_key, trusted_keys
from governance.ledger.models import Checkpoint
from governance.ledger.nodes import root
from governance.ledger.notes import BadNote, Statement, Verifier, read, sign
from governance.ledger.sequencing import sequence

STATEMENT = Statement("example.org/ledger", 7, b"r" * 32)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("ledger", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_checkpoint_states_origin_size_and_root_and_is_signed(write, settings):
    settings.LEDGER_ORIGIN = "example.org/ledger"
    write(5)
    sequence()
    made = checkpoint()
    text, signature = made.note.split("\n\n")
    assert text.split("\n") == ["example.org/ledger", "5", base64.b64encode(root(5)).decode()]
    dash, name, encoded = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("—", "example.org/ledger")
    # Checked here from C2SP's words alone, with the key as printed.
    name, digits, material = run("public-key").strip().split("+", 2)
    key = base64.b64decode(material)
    assert sha256(b"example.org/ledger\n" + key).hexdigest()[:8] == digits == made.key_id
    assert base64.b64decode(encoded)[:4].hex() == digits
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(
        base64.b64decode(encoded)[4:], f"{text}\n".encode()
    )


@pytest.mark.django_db
def test_nothing_is_signed_when_nothing_is_new(write):
    assert checkpoint() is None
    write(2)
    assert checkpoint() is None
    sequence()
    assert checkpoint().size == 2
    assert checkpoint() is None
    assert Checkpoint.objects.count() == 1


def test_a_note_read_back_says_what_was_signed():
    key = Ed25519PrivateKey.generate()
    verifier = Verifier.of(STATEMENT.origin, key.public_key())
    assert Verifier.parse(f"{verifier}\n") == verifier
    assert read(sign(STATEMENT, key), [verifier]) == STATEMENT


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n7\n", "\n8\n"), ("example", "exemple"), ("cnJy", "cnJz"), ("— ", "- "), ("\n\n", "\n")],
)
def test_a_changed_note_is_refused(old, new):
    key = Ed25519PrivateKey.generate()
    note = sign(STATEMENT, key)
    assert old in note
    with pytest.raises(BadNote):
        read(note.replace(old, new), [Verifier.of(STATEMENT.origin, key.public_key())])


@pytest.mark.parametrize("note", ["", "\n\n", "a\nb\nc\n\n", "a\n1\n?\n\n— a b", "a\n1\nAA==\n\nx"])
def test_what_is_no_note_is_refused(note):
    with pytest.raises(BadNote):
        read(note, [Verifier("a", bytes(32))])


@pytest.mark.parametrize("text", ["", "a", "a+b+c", "a+00000000+AQ==", "a+00000000+" + "A" * 44])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(ValueError, match="not an Ed25519"):
        Verifier.parse(text)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_an_origin_that_would_break_the_note_is_refused(origin):
    with pytest.raises(ValueError, match="origin"):
        sign(Statement(origin, 1, bytes(32)), Ed25519PrivateKey.generate())


def test_the_first_use_makes_one_key_that_only_its_owner_reads(key_file):
    with ThreadPoolExecutor(max_workers=8) as threads:
        keys = [one.result() for one in [threads.submit(signing_key) for _ in range(16)]]
    assert len({key.private_bytes_raw() for key in keys}) == 1
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert sorted(path.name for path in key_file.parent.iterdir()) == ["ledger.pem", "ledger.pub"]
    assert trusted_keys() == [public_key()]


def test_production_does_not_make_a_key_by_itself(settings, key_file):
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured, match=r"manage\.py ledger keygen"):
        signing_key()
    assert not key_file.exists()
    made = run("keygen")
    assert run("public-key") in made
    with pytest.raises(CommandError, match="exists"):
        run("keygen")


def test_a_key_file_is_never_overwritten(key_file):
    assert generate_key()
    before = key_file.read_bytes()
    assert not generate_key()
    assert key_file.read_bytes() == before


def test_a_key_of_another_kind_is_refused(key_file):
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key_file.parent.mkdir()
    key_file.write_bytes(
        X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(ImproperlyConfigured, match="no Ed25519 key"):
        signing_key()


def test_whoever_only_checks_needs_the_public_key_alone(key_file, settings):
    known = public_key()
    key_file.unlink()
    settings.DEMO = False
    assert trusted_keys() == [known]


@pytest.mark.django_db
def test_the_commands_sequence_sign_and_tell(write):
    write(3)
    assert "waiting: 3" in run("status")
    assert "3 entries sequenced" in run("sequence")
    assert "newest checkpoint: none" in run("status")
    note = run("checkpoint")
    assert note == Checkpoint.objects.get().note
    assert "newest checkpoint: size 3" in run("status")
    assert run("checkpoint") == "Nothing new to sign."


@pytest.mark.django_db
def test_the_command_checks_against_a_note_from_outside(ledger, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(Checkpoint.objects.get(size=7).note)
    assert "The ledger verifies." in run("verify", "--against", str(kept))
    kept.write_text(sign(STATEMENT, Ed25519PrivateKey.generate()))
    with pytest.raises(CommandError, match="No trusted key"):
        run("verify", "--against", str(kept))
    with pytest.raises(CommandError, match="cannot be read"):
        run("verify", "--against", str(tmp_path / "none"))
