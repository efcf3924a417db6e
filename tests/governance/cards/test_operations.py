"""Drafts and kept revisions of a card: nothing typed is lost, nothing kept is changed."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from governance.cards import operations, queries
from governance.cards.models import CardDraft, CardRevision
from governance.cards.schema import AUTHORED, MAX_TEXT, MEASURED
from governance.catalogue.queries import champion
from governance.errors import Conflict, InvalidInput
from governance.ledger.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(process):
    return champion(process.pk)


@pytest.fixture
def mona(cast):
    return cast.model_owner


@pytest.fixture
def max_(process):
    from governance.roles.roles import Role

    return factories.make_person("max", process, Role.MODEL_OWNER)


def keep(version, author, base, **texts):
    return operations.revise(version=version, author=author, base=base, texts=texts)


def test_revisions_count_up_and_each_leaves_an_entry_with_its_digest_only(version, mona):
    first = keep(version, mona, 0, purpose="Sorts letters.")
    second = keep(version, mona, 1, purpose="Sorts letters.", users="Operators.")
    assert (first.number, second.number) == (1, 2)
    assert queries.newest(version.pk) == second
    entries = Entry.objects.filter(kind="card.revised").order_by("id")
    assert [entry.data["digest"] for entry in entries] == [first.digest, second.digest]
    assert "Sorts" not in str([entry.data for entry in entries])


def test_the_digest_binds_version_number_and_texts(version, mona):
    first = keep(version, mona, 0, purpose="One.")
    expected = {"version": version.digest, "number": 1, "texts": {"purpose": "One."}}
    assert first.digest == operations.digest_of(expected)
    assert keep(version, mona, 1, purpose="Two.").digest != first.digest


@pytest.mark.parametrize("key", [*MEASURED, "nonsense"])
def test_what_is_measured_or_unknown_cannot_be_typed(version, mona, key):
    with pytest.raises(InvalidInput) as refused:
        keep(version, mona, 0, purpose="Fine.", **{key: "99.9%"})
    assert set(refused.value.errors) == {key}
    with pytest.raises(InvalidInput):
        operations.save_draft(version=version, author=mona, base=0, texts={key: "99.9%"})
    assert not CardRevision.objects.exists()
    assert not CardDraft.objects.exists()


def test_a_text_that_is_too_long_or_cannot_be_stored_is_refused_by_field(version, mona):
    with pytest.raises(InvalidInput) as refused:
        keep(version, mona, 0, purpose="x" * (MAX_TEXT + 1), users="a\x00b")
    assert set(refused.value.errors) == {"purpose", "users"}


def test_keeping_from_an_older_revision_is_a_conflict_and_the_texts_become_a_draft(
    version, mona, max_
):
    keep(version, mona, 0, purpose="One.")
    with pytest.raises(Conflict):
        keep(version, max_, 0, purpose="Mine.")
    assert queries.newest(version.pk).texts == {"purpose": "One."}
    draft = queries.draft_of(version.pk, max_.pk)
    assert (draft.base, draft.texts) == (0, {"purpose": "Mine."})


def test_taking_up_the_newest_revision_keeps_mine_and_takes_over_what_only_they_changed(
    version, mona, max_
):
    keep(version, mona, 0, purpose="Old.", users="Old.", limits="Old.")
    operations.save_draft(
        version=version,
        author=max_,
        base=1,
        texts={"purpose": "Mine.", "users": "Mine.", "limits": "Old."},
    )
    keep(version, mona, 1, purpose="Theirs.", users="Old.", limits="Theirs.")
    taken = operations.take_up(version=version, author=max_)
    assert taken.base == 2
    assert taken.texts == {"purpose": "Mine.", "users": "Mine.", "limits": "Theirs."}
    assert operations.revise(version=version, author=max_, base=2, texts=taken.texts).number == 3


def test_keeping_ends_the_draft_and_a_late_save_of_the_same_texts_does_not_bring_it_back(
    version, mona
):
    texts = {"purpose": "One."}
    operations.save_draft(version=version, author=mona, base=0, texts=texts)
    keep(version, mona, 0, **texts)
    assert queries.draft_of(version.pk, mona.pk) is None
    assert operations.save_draft(version=version, author=mona, base=0, texts=texts) is None
    assert queries.draft_of(version.pk, mona.pk) is None


def test_each_person_has_a_draft_of_their_own(version, mona, max_):
    for author, text in ((mona, "A."), (max_, "B."), (mona, "C.")):
        operations.save_draft(version=version, author=author, base=0, texts={"purpose": text})
    assert queries.draft_of(version.pk, mona.pk).texts == {"purpose": "C."}
    assert queries.draft_of(version.pk, max_.pk).texts == {"purpose": "B."}


def test_keeping_what_is_there_already_is_refused(version, mona):
    keep(version, mona, 0, purpose="One.")
    with pytest.raises(InvalidInput):
        keep(version, mona, 1, purpose=" One.\r\n")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_cardrevision SET texts = '{}'",
        "DELETE FROM governance_cardrevision",
        "TRUNCATE governance_cardrevision",
        "INSERT INTO governance_cardrevision (id, version_id, number, texts, digest, author_id, at)"
        " SELECT gen_random_uuid(), version_id, 3, '{}', digest, author_id, at"
        " FROM governance_cardrevision",
    ],
)
def test_the_database_refuses_to_change_drop_or_skip_a_revision(version, mona, statement):
    keep(version, mona, 0, purpose="One.")
    refused = pytest.raises(DatabaseError, match=r"append-only|does not follow")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    assert queries.newest(version.pk).texts == {"purpose": "One."}


def test_the_guards_stay_on_for_a_replicas_role():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = 'governance_cardrevision'::regclass ORDER BY tgname"
        )
        assert cursor.fetchall() == [("append_only", "A"), ("follows_newest", "A")]


def test_an_approval_shows_which_card_it_was_asked_with(process, version, mona):
    from governance.approvals import asking

    kept = keep(version, mona, 0, **dict.fromkeys(AUTHORED, "Said."))
    asked = asking.for_version(version, actor=mona, reason="For the tests.")
    missing = {field.key for field in queries.card(version).completeness.missing}
    assert missing == {"evaluation_rows", "training_rows", "held_out"}  # nothing was trained
    assert asked.after["card"] == {"revision": 1, "digest": kept.digest, "missing": 3}
