"""Blobs: unreadable without their key and place; what nobody took up is removed, nothing else."""

import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.identifiers import uuid7
from integrations.blobs import DurableFileStorage
from integrations.encryption import KeyUnusable, MasterKeys, Unreadable, new_data_key
from review.documents import blobs
from review.documents.checks import master_key_is_usable
from review.models import Document, Writing
from tests.review.documents.files import hand_in

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=2)


def written(count: int = 2) -> blobs.Announced:
    announced = blobs.announce([uuid7()] * count)
    for name in announced.names:
        blobs.write(name, new_data_key(), b"content")
    return announced


def age() -> None:
    Writing.objects.update(began_at=timezone.now() - LONG_AGO)


def test_what_a_killed_process_left_is_removed_after_a_day(process):
    kept = Document.objects.get(item=hand_in(process, "kept"))
    left = written()
    assert blobs.sweep() == 0, "it may still be under way"
    assert all(map(blobs.storage().exists, left.names))
    age()
    assert blobs.sweep() == 1
    assert not any(map(blobs.storage().exists, left.names))
    assert not Writing.objects.exists()
    assert blobs.storage().exists(kept.blob)


def test_an_announcement_without_a_written_byte_is_swept_as_well():
    blobs.announce([uuid7()])
    age()
    assert blobs.sweep() == 1


def test_rows_cannot_name_blobs_that_were_swept():
    announced = written()
    age()
    blobs.sweep()
    with pytest.raises(Conflict), transaction.atomic():
        blobs.settle(announced)


def test_what_was_not_used_stays_announced_and_goes():
    announced = written(3)
    used = announced.names[:1]
    blobs.settle(announced, set(used))
    assert Writing.objects.get().blobs == list(announced.names[1:])
    age()
    assert blobs.sweep() == 1
    assert [blobs.storage().exists(name) for name in announced.names] == [True, False, False]


def test_a_blob_is_read_under_its_own_name_and_key_alone():
    announced = blobs.announce([uuid7(), uuid7()])
    key = new_data_key()
    first, second = announced.names
    blobs.write(first, key, b"first")
    blobs.write(second, key, b"second")
    assert blobs.read(first, key) == b"first"
    with pytest.raises(Unreadable):
        blobs.read(first, new_data_key())
    with blobs.storage().open(second) as file:
        content = file.read()
    blobs.storage().delete(first)
    blobs.storage().save(first, ContentFile(content))
    with pytest.raises(Unreadable):
        blobs.read(first, key)
    blobs.storage().delete(first)
    with pytest.raises(blobs.Missing):
        blobs.read(first, key)


def test_files_are_for_their_owner_alone_and_never_written_over(tmp_path):
    storage = DurableFileStorage(location=tmp_path / "documents")
    name = storage.save("ab/item/one", ContentFile(b"first"))
    path = Path(storage.path(name))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert storage.save(name, ContentFile(b"second")) != name
    assert path.read_bytes() == b"first"


def test_a_master_key_is_checked_before_it_is_needed(settings, tmp_path):
    assert master_key_is_usable() == []
    settings.MASTER_KEY = "new:AAAA"
    assert [one.id for one in master_key_is_usable()] == ["review.E001"]
    settings.MASTER_KEY, settings.DEMO = "", False
    settings.MASTER_KEY_FILE = tmp_path / "master.key"
    assert [one.id for one in master_key_is_usable()] == ["review.E001"]
    with pytest.raises(KeyUnusable):
        blobs.master_keys()
    settings.DEMO = True
    assert blobs.master_keys()
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_the_command_makes_a_key_that_can_be_used():
    out = StringIO()
    call_command("master_key", stdout=out)
    assert MasterKeys.parse(out.getvalue())
