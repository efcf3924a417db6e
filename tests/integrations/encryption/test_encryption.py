"""Blobs and keys: what comes back, what is noticed, what never shows."""

import base64
import pickle
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.encryption import (
    KeyUnknown,
    KeyUnusable,
    MasterKeys,
    Unreadable,
    decrypt,
    encrypt,
    new_data_key,
)
from integrations.encryption.keys import new_entry

CONTEXT = ("document", "018f", "original")


def keys(*ids: str) -> MasterKeys:
    return MasterKeys({key_id: key_id.encode() * 16 for key_id in ids})


@given(content=st.binary(max_size=4096))
def test_content_comes_back_as_it_was(content):
    key = new_data_key()
    blob = encrypt(key, content, context=CONTEXT)
    assert decrypt(key, blob, context=CONTEXT) == content
    if len(content) > 3:
        assert content not in blob


@given(data=st.data())
def test_a_single_changed_bit_is_noticed(data):
    key = new_data_key()
    blob = bytearray(encrypt(key, b"the total is 100.00", context=CONTEXT))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(Unreadable):
        decrypt(key, bytes(blob), context=CONTEXT)


@pytest.mark.parametrize("length", [0, 1, 5, 12, 13, 28])
def test_a_shortened_blob_is_unreadable(length):
    key = new_data_key()
    with pytest.raises(Unreadable):
        decrypt(key, encrypt(key, b"x", context=CONTEXT)[:length], context=CONTEXT)


@pytest.mark.parametrize(
    "other",
    [
        ("document", "018e", "original"),
        ("document", "018f", "text"),
        ("document018f", "original"),
        ("document", "018foriginal"),
        ("document", "018f", "original", ""),
    ],
)
def test_a_blob_put_in_anothers_place_is_noticed(other):
    key = new_data_key()
    with pytest.raises(Unreadable):
        decrypt(key, encrypt(key, b"x", context=CONTEXT), context=other)


def test_a_context_must_say_something():
    with pytest.raises(ValueError):
        encrypt(new_data_key(), b"x", context=())
    with pytest.raises(ValueError):
        encrypt(new_data_key(), b"x", context="document")


def test_the_same_content_never_looks_the_same_twice():
    key = new_data_key()
    assert encrypt(key, b"x", context=CONTEXT) != encrypt(key, b"x", context=CONTEXT)


def test_a_short_key_is_refused():
    with pytest.raises(KeyUnusable):
        encrypt(b"short", b"x", context=CONTEXT)


def test_a_wrapped_key_opens_only_with_its_context():
    data_key = new_data_key()
    wrapped = keys("k1").wrap(data_key, context=("item", "1"))
    assert data_key not in wrapped
    assert keys("k1").unwrap(wrapped, context=("item", "1")) == data_key
    with pytest.raises(Unreadable):
        keys("k1").unwrap(wrapped, context=("item", "2"))


def test_old_keys_open_and_the_first_one_wraps():
    data_key = new_data_key()
    old = keys("k1").wrap(data_key, context=CONTEXT)
    both = keys("k2", "k1")
    assert both.unwrap(old, context=CONTEXT) == data_key
    assert both.needs_rewrap(old)
    new = both.rewrap(old, context=CONTEXT)
    assert not both.needs_rewrap(new)
    assert keys("k2").unwrap(new, context=CONTEXT) == data_key


def test_a_missing_master_key_is_named():
    wrapped = keys("k1").wrap(new_data_key(), context=CONTEXT)
    with pytest.raises(KeyUnknown, match="k1"):
        keys("k2").unwrap(wrapped, context=CONTEXT)


def test_the_named_id_cannot_be_exchanged():
    wrapped = keys("k1").wrap(new_data_key(), context=CONTEXT)
    same_key = MasterKeys({"k9": b"k1" * 16})
    with pytest.raises(Unreadable):
        same_key.unwrap(wrapped.replace(b"k1", b"k9", 1), context=CONTEXT)


@pytest.mark.parametrize(
    "wrapped", [b"", b"\x01", b"\x02\x02k1", b"\x01\xffk1", b"\x01\x02\xff\xff"]
)
def test_what_is_no_wrapped_key_is_unreadable(wrapped):
    with pytest.raises(Unreadable):
        keys("k1").unwrap(wrapped, context=CONTEXT)


def test_keys_are_read_from_text():
    entries = [new_entry(), new_entry()]
    text = f"# in use since spring\n{entries[0]}\n\n{entries[1]}\n"
    assert MasterKeys.parse(text).current_id == entries[0].partition(":")[0]
    assert MasterKeys.parse(",".join(entries)).current_id == entries[0].partition(":")[0]


@pytest.mark.parametrize(
    "text",
    ["", "# none", "nokey", "a:!!!", "a:" + base64.b64encode(b"short").decode(), "a b:" + "c" * 44],
)
def test_bad_keys_are_refused_without_being_shown(text):
    with pytest.raises(KeyUnusable) as error:
        MasterKeys.parse(text)
    assert text.partition(":")[2] == "" or text.partition(":")[2] not in str(error.value)


def test_two_keys_of_one_id_are_refused():
    entry = new_entry()
    with pytest.raises(KeyUnusable, match="Two"):
        MasterKeys.parse(f"{entry} {entry}")


def test_neither_repr_nor_pickle_gives_a_key_away():
    secret = keys("k1")
    assert repr(secret) == "<MasterKeys k1>"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_file_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "var" / "master.key"
    made = []

    def start():
        made.append(MasterKeys.from_file(path, create=True).current_id)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_a_missing_file_is_not_made_unasked(tmp_path):
    with pytest.raises(KeyUnusable, match="does not exist"):
        MasterKeys.from_file(tmp_path / "master.key")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_open_to_others_is_refused(tmp_path, mode):
    path = tmp_path / "master.key"
    MasterKeys.from_file(path, create=True)
    path.chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        MasterKeys.from_file(path)
