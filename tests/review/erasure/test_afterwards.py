"""What follows from an erasure elsewhere: after a restore, and for what is learned from."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from review.decisions.examples import decided
from review.erasure import operations as erasure
from review.erasure import queries
from review.models import ErasureRequest, Item
from tests import factories
from tests.review.erasure.test_erasing import ask, ended, erase

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(process, cast, tmp_path):
    """A receipt of two items, of which a restore brought one back."""
    gone, back = (ended(process, cast.operator) for _ in range(2))
    erase(gone, cast.compliance_officer)
    made = erase(back, cast.compliance_officer)
    said = queries.as_json(queries.receipt_of(made))
    fresh = ended(process, cast.operator)
    said["items"][0]["item"] = str(fresh.pk)  # as though its erasure were after the backup
    said["items"].append({**said["items"][0], "item": str(gone.pk)})
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(said))
    return path, fresh


def again(path, cast):
    out = StringIO()
    call_command("erase_again", str(path), "--as", cast.compliance_officer.username, stdout=out)
    return out.getvalue()


def test_what_a_restore_brought_back_is_asked_for_again(receipt, cast):
    path, back = receipt
    assert "1 asked for again" in again(path, cast)
    made = ErasureRequest.objects.latest("pk")
    erasure.work_off(made.pk)
    assert Item.objects.get(pk=back.pk).erased_at is not None
    assert "nothing of it is back" in again(path, cast)


def test_what_is_no_receipt_is_refused(cast, tmp_path):
    path = tmp_path / "receipt.json"
    path.write_text("{}")
    with pytest.raises(CommandError, match="no receipt"):
        again(path, cast)


def test_nothing_is_learned_from_an_erased_item(process, cast):
    item = ended(process, cast.operator)
    factories.make_document(item)
    assert len(list(decided("desk"))) == 1
    erase(item, cast.compliance_officer)
    assert list(decided("desk")) == []


def test_a_request_names_each_item_once(process, cast):
    item = ended(process, cast.operator)
    assert ask(item, cast.compliance_officer).rows.count() == 1
