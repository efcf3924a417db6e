"""The catalogue and the card's form: who may see and write, what is refused, what is kept."""

import pytest
from django.urls import reverse

from governance.cards import operations
from governance.cards.models import CardDraft, CardFacts, CardRevision
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.roles.roles import Role
from review.measuring import operations as measuring
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(process):
    return champion(process.pk)


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.model_owner)
    return cast.model_owner


def address(name, version, *more):
    return reverse(name, args=[version.pk, *more])


def test_the_catalogue_shows_what_serves_its_approval_and_the_cards_share(client, process, owner):
    page = client.get(reverse("models")).content.decode()
    assert "desk/local v1" in page
    assert "champion" in page
    assert "not asked for" in page
    factories.approve_all(process)
    assert "badge-good" in client.get(reverse("models")).content.decode()


def test_the_catalogue_lists_the_newest_and_what_serves_and_no_other(client, process, owner):
    for number in (2, 3):
        catalogue.register_version(
            process="desk",
            model_name="desk/local",
            provider="local",
            digest=str(number) * 64,
            config={},
            report={},
            actor=factories.ACTOR,
        )
    page = client.get(reverse("models")).content.decode()
    assert "v3" in page
    assert "v1" in page  # serves
    assert "v2" not in page


def test_the_catalogue_costs_the_same_however_many_models_there_are(
    client, process, owner, django_assert_num_queries
):
    client.get(reverse("models"))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as before:
        client.get(reverse("models"))
    for number in range(5):
        catalogue.register_version(
            process="desk",
            model_name=f"other {number}",
            provider="local",
            digest=f"{number}" * 64,
            config={},
            report={},
            actor=factories.ACTOR,
        )
    with django_assert_num_queries(len(before)):
        client.get(reverse("models"))


def test_another_process_s_models_are_not_there(client, process, owner):
    other = factories.make_process("secret")
    hidden = champion(other.pk)
    assert "secret" not in client.get(reverse("models")).content.decode()
    assert client.get(address("model-version", hidden)).status_code == 404
    assert client.get(address("card-export", hidden, "pdf")).status_code == 404
    assert client.post(address("card", hidden), {"base": 0, "purpose": "x"}).status_code == 404


def test_who_may_only_look_cannot_write(client, cast, version):
    client.force_login(cast.auditor)
    assert client.get(address("model-version", version)).status_code == 200
    assert client.get(address("card-history", version)).status_code == 200
    assert client.get(address("card", version)).status_code == 403
    for name in ("card", "card-draft", "card-take-up", "card-discard", "model-measure"):
        answer = client.post(address(name, version), {"base": 0, "purpose": "x"})
        assert answer.status_code == 403, name
    assert not CardRevision.objects.exists()
    assert not CardDraft.objects.exists()


def test_the_form_keeps_a_revision_and_the_page_shows_it_escaped(client, owner, version):
    sent = {"base": 0, "purpose": "Sorts *letters*.", "limits": "<script>alert(1)</script>"}
    answer = client.post(address("card", version), sent)
    assert answer.status_code == 302
    page = client.get(address("model-version", version)).content.decode()
    assert "Sorts <em>letters</em>." in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("name", ["card", "card-draft"])
def test_a_post_that_names_a_measured_fact_is_refused_whole(client, owner, version, name):
    sent = {"base": 0, "purpose": "Fine.", "held_out": "Accuracy 100%"}
    answer = client.post(address(name, version), sent)
    assert answer.status_code == 422
    assert "is measured, not typed" in answer.content.decode()
    assert not CardRevision.objects.exists()
    assert not CardDraft.objects.exists()


def test_the_form_has_no_input_for_what_is_measured(client, owner, version):
    from governance.cards.schema import AUTHORED, MEASURED

    page = client.get(address("card", version)).content.decode()
    assert all(f'name="{key}"' in page for key in AUTHORED)
    assert not any(f'name="{key}"' in page for key in MEASURED)


def test_typing_saves_a_draft_that_the_form_goes_on_with(client, owner, version):
    answer = client.post(address("card-draft", version), {"base": 0, "purpose": "Half a sen"})
    assert answer.status_code == 200
    assert "Draft saved" in answer.content.decode()
    assert "Half a sen" in client.get(address("card", version)).content.decode()
    client.post(address("card-discard", version))
    assert "Half a sen" not in client.get(address("card", version)).content.decode()


def test_a_draft_from_an_older_revision_is_saved_and_the_conflict_is_said(
    client, process, owner, version
):
    colleague = factories.make_person("max", process, Role.MODEL_OWNER)
    operations.revise(version=version, author=colleague, base=0, texts={"purpose": "Theirs."})
    answer = client.post(address("card-draft", version), {"base": 0, "purpose": "Mine."})
    assert answer.status_code == 409
    assert "kept revision 1 meanwhile" in answer.content.decode()
    answer = client.post(address("card", version), {"base": 0, "purpose": "Mine."})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine." in page
    assert "Theirs." in page
    assert "Both changed it" in page
    assert CardRevision.objects.count() == 1
    client.post(address("card-take-up", version))
    assert client.post(address("card", version), {"base": 1, "purpose": "Mine."}).status_code == 302
    assert CardRevision.objects.count() == 2


def test_every_missing_field_is_listed_with_a_link_to_it(client, owner, version):
    from governance.cards import queries

    page = client.get(address("model-version", version)).content.decode()
    for field in queries.card(version).completeness.missing:
        assert f'href="#field-{field.key}"' in page
        assert f'id="field-{field.key}"' in page


def test_history_shows_two_revisions_side_by_side(client, owner, version):
    for base, text in ((0, "One and two."), (1, "One and three.")):
        operations.revise(version=version, author=owner, base=base, texts={"purpose": text})
    page = client.get(address("card-history", version)).content.decode()
    assert "<del>two.</del>" in page
    assert "<ins>three.</ins>" in page
    whole = client.get(address("card-history", version), {"from": 0, "to": 2}).content.decode()
    assert "<ins>One and three.</ins>" in whole
    assert client.get(address("card-history", version), {"to": 9}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "begins", "media_type"),
    [
        ("markdown", b"# Model card", "text/markdown"),
        ("pdf", b"%PDF", "application/pdf"),
        ("cyclonedx", b"{", "application/vnd.cyclonedx+json"),
    ],
)
def test_exports_are_files_of_any_revision(client, owner, version, kind, begins, media_type):
    for base, text in ((0, "First words"), (1, "Second words")):
        operations.revise(version=version, author=owner, base=base, texts={"purpose": text})
    answer = client.get(address("card-export", version, kind))
    assert answer.content.startswith(begins)
    assert answer["Content-Type"].startswith(media_type)
    assert answer["Content-Disposition"].startswith('attachment; filename="desk-local-v1-card.')
    older = client.get(address("card-export", version, kind), {"revision": 1}).content
    if kind != "pdf":
        assert b"First words" in older
        assert b"Second words" not in older
    assert client.get(address("card-export", version, "docx")).status_code == 404


def test_measuring_is_asked_for_shown_as_due_and_loads_the_page_when_done(
    client, cast, owner, version, process
):
    factories.make_decision(process, cast.operator, verdict="correct")
    client.post(address("model-measure", version))
    assert CardFacts.objects.get().asked_at is not None
    assert "Being measured" in client.get(address("model-version", version)).content.decode()
    waiting = client.get(address("model-measured", version))
    assert "Being measured" in waiting.content.decode()
    assert "HX-Refresh" not in waiting.headers
    measuring.measure(version.pk)
    assert client.get(address("model-measured", version))["HX-Refresh"] == "true"
    page = client.get(address("model-version", version)).content.decode()
    assert "Override rate" in page
    assert "100.0%" in page
