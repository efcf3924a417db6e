"""Every key service keeps the same promises, wherever the key is."""

import base64
import pickle
import stat
import sys
from pathlib import Path

import pytest

from integrations.encryption import KeyUnknown, KeyUnusable, MasterKeys, Unreadable
from integrations.encryption.keys import put_first
from integrations.encryption.kms import CommandKeys, KeyService

# A service as small as can be: each key is a file, and what was asked for is written down.
SERVICE = """
import pathlib, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
place = pathlib.Path(__file__).parent
verb, name = sys.argv[1:]
with (place / "calls").open("a") as calls:
    calls.write(verb + "\\n")
key = place / name
if not key.exists():
    sys.exit(3)
box, given = AESGCM(key.read_bytes()), sys.stdin.buffer.read()
if verb == "wrap":
    sys.stdout.buffer.write(b"n" * 12 + box.encrypt(b"n" * 12, given, None))
else:
    sys.stdout.buffer.write(box.decrypt(given[:12], given[12:], None))
"""
OLD, NEW = b"o" * 32, b"n" * 32


def parsed(names):
    keys = {"old": OLD, "new": NEW}
    entries = [f"{name}:{base64.b64encode(keys[name]).decode()}" for name in names]
    return " ".join(entries)


@pytest.fixture
def service(tmp_path):
    script = tmp_path / "service.py"
    script.write_text(SERVICE)
    (tmp_path / "old").write_bytes(OLD)
    (tmp_path / "new").write_bytes(NEW)
    return script


@pytest.fixture(params=["environment", "file", "command"])
def make(request, tmp_path, service):
    """Makes the service with these keys at hand, the first in use."""

    def environment(*names) -> KeyService:
        return MasterKeys.parse(parsed(names))

    def file(*names) -> KeyService:
        path = tmp_path / "master.key"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(parsed(names))
        return MasterKeys.from_file(path)

    def command(*names) -> KeyService:
        for name in ("old", "new"):
            if name not in names:
                (tmp_path / name).unlink(missing_ok=True)
        return CommandKeys(command=[sys.executable, str(service)], key_id=names[0])

    return {"environment": environment, "file": file, "command": command}[request.param]


CONTEXT = ("item", "1")
DATA_KEY = b"k" * 32


def test_what_is_wrapped_opens_again_elsewhere(make):
    wrapped = make("old", "new").wrap(DATA_KEY, context=CONTEXT)
    assert DATA_KEY not in wrapped
    assert make("old", "new").unwrap(wrapped, context=CONTEXT) == DATA_KEY


def test_it_belongs_to_its_record(make):
    keys = make("old", "new")
    wrapped = keys.wrap(DATA_KEY, context=CONTEXT)
    with pytest.raises(Unreadable):
        keys.unwrap(wrapped, context=("item", "2"))


@pytest.mark.parametrize("place", [0, -1])
def test_a_changed_bit_is_noticed(make, place):
    keys = make("old", "new")
    wrapped = bytearray(keys.wrap(DATA_KEY, context=CONTEXT))
    wrapped[place] ^= 1
    with pytest.raises(Unreadable):
        keys.unwrap(bytes(wrapped), context=CONTEXT)


@pytest.mark.parametrize("cut", [0, 1, 5, 40])
def test_too_few_bytes_are_noticed(make, cut):
    keys = make("old", "new")
    with pytest.raises(Unreadable):
        keys.unwrap(keys.wrap(DATA_KEY, context=CONTEXT)[:cut], context=CONTEXT)


def test_rotation_leaves_the_data_key_as_it_was(make):
    wrapped = make("old", "new").wrap(DATA_KEY, context=CONTEXT)
    keys = make("new", "old")
    assert keys.current_id == "new"
    assert (keys.key_id_of(wrapped), keys.needs_rewrap(wrapped)) == ("old", True)
    anew = keys.rewrap(wrapped, context=CONTEXT)
    assert (keys.key_id_of(anew), keys.needs_rewrap(anew)) == ("new", False)
    assert keys.unwrap(wrapped, context=CONTEXT) == DATA_KEY
    assert make("new").unwrap(anew, context=CONTEXT) == DATA_KEY


def test_a_key_that_is_away_is_named(make):
    wrapped = make("old", "new").wrap(DATA_KEY, context=CONTEXT)
    with pytest.raises(KeyUnknown, match="old"):
        make("new").unwrap(wrapped, context=CONTEXT)


def test_it_neither_shows_nor_pickles_a_key(make):
    keys = make("old", "new")
    keys.wrap(DATA_KEY, context=CONTEXT)
    assert "oooo" not in repr(keys)
    with pytest.raises(TypeError):
        pickle.dumps(keys)


def test_a_service_is_asked_once_for_many_records(service):
    keys = CommandKeys(command=[sys.executable, str(service)], key_id="old")
    for number in range(20):
        wrapped = keys.wrap(DATA_KEY, context=("item", str(number)))
        assert keys.unwrap(wrapped, context=("item", str(number))) == DATA_KEY
    assert (service.parent / "calls").read_text() == "wrap\n"


def test_a_service_that_is_away_is_an_error_of_ours():
    with pytest.raises(KeyUnusable):
        CommandKeys(command=["/nowhere/at-all"], key_id="x").wrap(DATA_KEY, context=CONTEXT)
    with pytest.raises(KeyUnusable):
        CommandKeys(command=[], key_id="x")


def test_a_new_key_is_put_before_the_others(tmp_path):
    path = Path(tmp_path) / "master.key"
    wrapped = MasterKeys.from_file(path, create=True).wrap(DATA_KEY, context=CONTEXT)
    name = put_first(path)
    keys = MasterKeys.from_file(path)
    assert keys.current_id == name
    assert keys.needs_rewrap(wrapped)
    assert keys.unwrap(wrapped, context=CONTEXT) == DATA_KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
