"""The master key changes while items are read, taken in and erased."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from governance.models import Entry
from integrations.encryption import KeyUnknown, MasterKeys
from integrations.encryption.keys import new_entry
from review.documents import blobs
from review.models import ItemKey
from review.rewrapping import operations as rewrapping
from review.rewrapping.operations import by_key, rewrap_all
from review.subjects.secret import secret
from tests import factories


@pytest.fixture
def keys(settings):
    """The two entries of a rotation; the first is in use."""
    old, new = new_entry(), new_entry()
    settings.MASTER_KEY = old
    return old, new


def name(entry):
    return entry.partition(":")[0]


@pytest.mark.django_db
class TestRewrapping:
    def test_all_keys_move_and_say_the_same(self, settings, keys, process):
        old, new = keys
        items = [factories.make_item(process) for _ in range(5)]
        for item in items:
            blobs.new_key(item.pk)[1].save()
        before = {item.pk: blobs.data_key_of(item.pk) for item in items}
        subjects = secret()
        settings.MASTER_KEY = f"{new} {old}"
        assert by_key() == {name(old): 7}  # five items, the secret of subjects, the process
        done = rewrap_all()
        assert (done.seen, done.changed) == (7, 7)
        assert by_key() == {name(new): 7}
        settings.MASTER_KEY = new
        assert {item.pk: blobs.data_key_of(item.pk) for item in items} == before
        assert secret() == subjects
        assert rewrap_all().changed == 0
        assert Entry.objects.filter(kind="keys.rewrapped").count() == 2

    def test_it_goes_on_where_it_was_stopped(self, settings, keys, process, monkeypatch):
        old, new = keys
        monkeypatch.setattr(rewrapping, "BATCH", 2)
        for _ in range(5):
            blobs.new_key(factories.make_item(process).pk)[1].save()
        settings.MASTER_KEY = f"{new} {old}"

        def stop(progress):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rewrap_all(stop)
        assert by_key() == {name(new): 2, name(old): 4}
        assert rewrap_all().changed == 4

    def test_a_key_that_is_taken_away_too_early_is_named(self, settings, keys, process):
        old, new = keys
        item = factories.make_item(process)
        blobs.new_key(item.pk)[1].save()
        settings.MASTER_KEY = new
        with pytest.raises(KeyUnknown, match=name(old)):
            rewrap_all()

    def test_a_key_destroyed_meanwhile_does_not_come_back(
        self, settings, keys, process, monkeypatch
    ):
        old, new = keys
        item = factories.make_item(process)
        blobs.new_key(item.pk)[1].save()
        settings.MASTER_KEY = f"{new} {old}"
        original = MasterKeys.rewrap

        def destroyed_meanwhile(self, wrapped, *, context):
            ItemKey.objects.all().delete()
            return original(self, wrapped, context=context)

        monkeypatch.setattr(MasterKeys, "rewrap", destroyed_meanwhile)
        assert rewrap_all().changed == 1, "the process's key alone"
        assert not ItemKey.objects.exists()

    def test_the_command_rotates_a_file(self, settings, tmp_path):
        settings.MASTER_KEY, settings.MASTER_KEY_FILE = "", tmp_path / "master.key"
        item = factories.make_item(factories.make_process())
        blobs.new_key(item.pk)[1].save()
        before = blobs.data_key_of(item.pk)
        (first,) = by_key()
        out = StringIO()
        call_command("master_key", "rotate", stdout=out)
        assert "Done: 2 of 2 data keys wrapped anew." in out.getvalue()
        (second,) = by_key()
        assert second != first
        assert blobs.data_key_of(item.pk) == before
        call_command("master_key", "status", stdout=out)
        assert f"{second}: 2 data keys" in out.getvalue()

    def test_the_command_changes_no_environment(self, settings, keys):
        with pytest.raises(CommandError, match="put the new one first"):
            call_command("master_key", "rotate")


@pytest.mark.django_db(transaction=True)
def test_readers_and_writers_notice_nothing(settings, keys, process, monkeypatch):
    old, new = keys
    items = [factories.make_item(process) for _ in range(60)]
    for item in items:
        blobs.new_key(item.pk)[1].save()
    before = {item.pk: blobs.data_key_of(item.pk) for item in items}
    monkeypatch.setattr(rewrapping, "BATCH", 5)
    settings.MASTER_KEY = f"{new} {old}"
    over, wrong, counts = threading.Event(), [], {"read": 0, "written": 0}

    def read():
        while not over.is_set():
            for pk, key in before.items():
                if blobs.data_key_of(pk) != key:
                    wrong.append(pk)
                counts["read"] += 1

    def write():
        while not over.is_set():
            item = factories.make_item(process)
            key, row = blobs.new_key(item.pk)
            row.save()
            if blobs.data_key_of(item.pk) != key:
                wrong.append(item.pk)
            counts["written"] += 1

    def guarded(work):
        try:
            work()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=[work]) for work in (read, read, write)]
    for one in threads:
        one.start()
    seen = []
    try:
        while counts["read"] < 60 or counts["written"] < 3:
            assert not wrong
        rewrap_all(lambda progress: seen.append(progress.seen))
    finally:
        over.set()
        for one in threads:
            one.join()
    assert wrong == []
    assert len(seen) >= 12
    assert by_key().keys() == {name(new)}
