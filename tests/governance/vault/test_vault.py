"""Labelled values as they lie: unreadable, bound to their place, gone with the seed."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.contracts.agreement import agreement_of
from governance.models import Process, ProcessKey
from governance.privacy.keyring import master_keys
from governance.privacy.vault import keys
from governance.privacy.vault.vault import GONE, Vault, new_seed
from integrations.encryption import EncryptionError, Unreadable
from integrations.encryption.keys import new_entry
from review.decisions.operations import decide
from review.items.intake import Incoming, build
from review.items.storing import COPY_FROM, insert_items
from review.models import Candidate, Decision, Draft, Effect, Item
from review.rewrapping.operations import by_key, rewrap_all
from review.tasks.drafts import save_draft
from tests import factories

pytestmark = pytest.mark.django_db

WORD = "zqsecretxk7"


@pytest.fixture
def process():
    return factories.make_process()


@pytest.fixture
def vault(process):
    agreement = agreement_of(process.contract_id)
    return Vault(process.contract_id, uuid4(), new_seed(agreement))


def received(process):
    """An item that is not stored yet."""
    agreement = agreement_of(process.contract_id)
    return build(
        process.pk, process.contract, agreement, Incoming({"text": WORD}), producer_id=None
    )


def column(table, name):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}::text FROM {table}")
        return " ".join(str(value) for (value,) in cursor.fetchall())


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["vault", "a", "text"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(["vault", "text", "subject", "channel", "new"]), JSON))
def test_what_is_put_in_comes_out(vault, values):
    stored = json.loads(json.dumps(vault.put("input", values)))
    assert vault.open("input", stored) == values


def test_labelled_values_are_tokens_and_others_are_not(vault):
    stored = vault.put("input", {"text": WORD, "subject": None, "channel": "vip", "amount": 4})
    assert stored["channel"] == "vip"
    assert stored["amount"] == 4
    assert set(stored["text"]) == set(stored["subject"]) == {"vault"}
    assert WORD not in json.dumps(stored)
    assert vault.put("input", {"text": WORD})["text"] != stored["text"], "the same value shows"


def test_a_producer_cannot_forge_a_token(vault):
    forged = {"channel": {"vault": "personal.AAAA"}}
    assert vault.open("input", vault.put("input", forged)) == forged


def test_every_byte_of_a_token_counts(vault):
    token = vault.put("input", {"text": WORD})["text"]["vault"]
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unreadable):
            vault.open("input", {"text": {"vault": changed}})


@pytest.mark.parametrize("to", ["field", "side", "label", "item"])
def test_a_token_put_elsewhere_is_noticed(process, vault, to):
    token = vault.put("input", {"text": WORD})["text"]["vault"]
    field, side, told, reader = "text", "input", token, vault
    if to == "field":
        field = "subject"
    elif to == "side":
        side = "output"
    elif to == "label":
        told = "sensitive." + token.partition(".")[2]
    else:
        reader = Vault(process.contract_id, uuid4(), vault._seed)
    with pytest.raises(Unreadable):
        reader.open(side, {field: {"vault": told}})


def test_without_its_seed_a_value_is_gone(process):
    item_id, seed = uuid4(), new_seed(agreement_of(process.contract_id))
    stored = Vault(process.contract_id, item_id, seed).put("input", {"text": WORD, "amount": 1})
    left = Vault(process.contract_id, item_id, None).open("input", stored)
    assert left == {"text": GONE, "amount": 1}


def test_an_item_from_before_there_were_vaults_stays_readable(process):
    item = received(process)
    item.seed = None
    insert_items([item])
    old = Item.objects.get(pk=item.pk)
    assert old.payload == {"text": WORD}
    made = factories.propose(old, {"category": "bill", "note": WORD})
    assert made.candidates.get().output["note"] == WORD


def test_whatever_writes_a_row_encrypts(process, cast):
    item = factories.make_item(process, payload={"text": WORD, "subject": WORD})
    item = factories.propose(item, {"category": "bill", "note": WORD})
    task = factories.claim(item.tasks.get(), cast.operator)
    save_draft(task_id=task.pk, actor=cast.operator, output={"note": WORD})
    decide(
        task_id=task.pk,
        actor=cast.operator,
        verdict="correct",
        output={"category": "other", "note": f"{WORD} twice"},
    )
    Draft.objects.create(task=task, actor=cast.lead, output={"note": WORD})
    candidate = Candidate.objects.get()
    candidate.raw, candidate.evidence = WORD, {"note": [{"text": WORD}]}
    candidate.save()
    for table, name in (
        ("review_item", "payload"),
        ("review_candidate", "output"),
        ("review_candidate", "raw"),
        ("review_candidate", "evidence"),
        ("review_decision", "output"),
        ("review_draft", "output"),
        ("review_effect", "body"),
    ):
        told = column(table, name)
        assert '"vault"' in told, f"{table}.{name} holds no token"
        assert WORD not in told, f"{table}.{name} lies in clear"
    assert Item.objects.get().payload == {"text": WORD, "subject": WORD}
    candidate.refresh_from_db()
    assert (candidate.raw, candidate.evidence) == (WORD, {"note": [{"text": WORD}]})
    assert Decision.objects.get().output["note"] == f"{WORD} twice"
    assert Effect.objects.get().body == {"ticket": None, "category": "other"}
    assert Draft.objects.get(actor=cast.lead).output == {"note": WORD}


def test_many_are_copied_in_though_the_key_was_not_read_yet(process):
    """A question to the database in the middle of a COPY would wait for ever."""
    items = [received(process) for _ in range(COPY_FROM)]
    keys.process_key.cache_clear()
    assert len(insert_items(items)) == COPY_FROM
    assert WORD not in column("review_item", "payload")


def test_saving_again_leaves_tokens_as_they_are(process):
    item = factories.make_item(process, payload={"text": WORD})
    before = column("review_item", "payload")
    again = Item.objects.get(pk=item.pk)
    assert again.payload == {"text": WORD}
    again.save()
    assert column("review_item", "payload") == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review_item SET seed = NULL",
        "UPDATE review_item SET seed = '\\x00112233445566778899aabbccddeeff'",
        "UPDATE review_item SET content_erased_at = now()",
        "DELETE FROM governance_processkey",
    ],
)
def test_no_statement_takes_a_key_away_and_leaves_the_values(process, statement):
    item = factories.make_item(process, payload={"text": WORD})
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="seed|opens the values"), transaction.atomic():  # noqa: RUF043
            cursor.execute(statement)
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname IN ('keep_seed', 'keep_key')")
        assert cursor.fetchall() == [("A",), ("A",)], "not for every role and mode"
    assert Item.objects.get(pk=item.pk).payload == {"text": WORD}


def test_a_new_master_key_is_one_row_a_process(process, settings):
    items = [factories.make_item(process, payload={"text": WORD}) for _ in range(3)]
    before = column("review_item", "payload")
    old = settings.MASTER_KEY_FILE.read_text() if not settings.MASTER_KEY else settings.MASTER_KEY
    settings.MASTER_KEY = f"{new_entry()} {old}"
    assert rewrap_all().changed == ProcessKey.objects.count() == 1
    settings.MASTER_KEY = settings.MASTER_KEY.split()[0]
    assert set(by_key()) == {master_keys().current_id}
    keys.process_key.cache_clear()
    assert column("review_item", "payload") == before
    assert [one.payload for one in Item.objects.filter(pk__in=[one.pk for one in items])] == [
        {"text": WORD}
    ] * 3


def test_without_the_master_key_nothing_opens(process, settings):
    item = factories.make_item(process, payload={"text": WORD})
    settings.MASTER_KEY = new_entry()
    keys.process_key.cache_clear()
    with pytest.raises(EncryptionError):
        _ = Item.objects.get(pk=item.pk).payload


def test_a_process_made_anew_under_the_same_name_has_a_key_of_its_own():
    with transaction.atomic():
        first = keys.process_key(factories.make_process().contract_id)
        transaction.set_rollback(True)
    assert not Process.objects.exists()
    assert keys.process_key(factories.make_process().contract_id) != first
