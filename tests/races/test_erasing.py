"""Somebody adds to an item at the very moment of its erasure."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from review.erasure import engine
from review.finding import indexing
from review.models import Findable, Item, Note
from tests import factories
from tests.browser.conftest import eventually
from tests.review.erasure.test_erasing import ended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process(transactional_db):
    return factories.make_process()


def is_waiting():
    with connection.cursor() as cursor:
        # Not pg_stat_activity, which within a transaction shows what it showed at first.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] == 1


def meanwhile(item, act):
    """Act while the item's erasure is not committed yet; gives what became of it."""
    came = []

    def run():
        try:
            came.append(act())
        except DatabaseError as error:
            came.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        locked = Item.objects.select_for_update().get(pk=item.pk)
        engine.erase(locked, ["item"], now=timezone.now())
        thread.start()
        eventually(is_waiting, 20.0)
        assert came == []
    thread.join()
    return came[0]


def test_a_note_waits_for_the_erasure_and_is_refused(process, cast):
    item = ended(process, cast.operator)
    author = cast.operator
    came = meanwhile(item, lambda: Note.objects.create(item=item, author=author, text="Jane"))
    assert "is erased" in str(came)
    assert not Note.objects.exists()


def test_an_index_waits_for_the_erasure_and_is_left_out(process, cast):
    item = ended(process, cast.operator)
    came = meanwhile(item, lambda: indexing.rebuild([item.pk]))
    assert came is None
    assert not Findable.objects.exists()
