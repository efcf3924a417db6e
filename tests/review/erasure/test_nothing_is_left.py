"""Words put wherever an item can have them; after its erasure none is found anywhere.

Looked through are a logical dump of the whole database, every file below DATA_DIR, all of Redis,
and everything that was logged. Dead tuples and write-ahead log are not: see docs/erasure.md.
"""

import base64
import logging
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from config.services.postgres import _installation
from governance.ledger.checkpoints import checkpoint
from governance.ledger.lineage import verify_item
from governance.ledger.sequencing import sequence
from governance.ledger.verify import verify
from governance.models import Entry
from review.access import Rights
from review.bulk import operations as bulk
from review.decisions import operations as decisions
from review.documents import blobs
from review.effects import operations as effects
from review.erasure import operations as erasure
from review.finding import indexing as finding
from review.finding.filters import ItemFilter
from review.models import (
    Candidate,
    DuplicateKey,
    Effect,
    ErasureRequest,
    Findable,
    Item,
    PastCase,
    SavedView,
    SubjectKey,
)
from review.notes.operations import write as write_note
from review.similar import indexing as similar
from review.subjects import indexing as subjects
from review.subjects import queries as people
from review.tasks import handing, keeping
from review.tasks.drafts import save_draft
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

CONTRACT = factories.CONTRACT.replace(
    "      amount:", "      branch: {{type: string, x-privacy: internal}}\n      amount:"
).replace(
    "checks:\n",
    "checks:\n"
    "  - {{name: twice, test: duplicate, of: [input.subject], otherwise: review,"
    " message: Twice.}}\n",
)
# One word for each place, made so that folding and cutting leave it whole; so long that what is
# left of it in base64, whose ends depend on what stands beside it, is nowhere by chance.
PLACES = [
    "subject",
    "text",
    "branch",
    "external",
    "idempotency",
    "note",
    "corrected",
    "raw",
    "evidence",
    "reason",
    "draft",
    "remark",
    "handover",
    "hold",
    "view",
    "run",
    "page",
    "filename",
    "effect",
]
WORDS = {place: f"zqvkj{place}wxqk7zvj" for place in PLACES}
# Encrypted from the beginning, so that not even before are they found in clear.
NEVER_IN_CLEAR = {"page", "text", "note", "corrected", "raw", "evidence", "draft"}


@pytest.fixture
def process(transactional_db):
    return factories.make_process(contract=CONTRACT)


@pytest.fixture(autouse=True)
def effects_are_elsewhere(settings, tmp_path):
    """The file connector's files are another system's."""
    settings.EFFECT_FILE_ROOT = tmp_path / "another-system"


def in_all_forms(content):
    """The words found in bytes, written out or as hexadecimal or base64."""
    low = content.lower()
    found = set()
    for place, word in WORDS.items():
        plain = word.encode()
        forms = [plain, plain.hex().encode()]
        # Base64 by each of the three ways in which it may fall into triples.
        for lead in range(3):
            coded = base64.b64encode(b"\0" * lead + plain)
            forms.append(coded[4 if lead else 0 : -4].lower())
        assert min(map(len, forms)) >= 16
        if any(form in low for form in forms):
            found.add(place)
    return found


def dump():
    given = connection.settings_dict
    command = [
        str(_installation() / "bin" / "pg_dump"),
        f"--host={given['HOST']}",
        f"--port={given['PORT'] or 5432}",
        f"--username={given['USER']}",
        given["NAME"],
    ]
    environment = {"PGPASSWORD": given["PASSWORD"]}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert b"review_findable" in done.stdout
    return done.stdout


def files():
    """Everything below DATA_DIR, names included."""
    found = [b""]
    for path in Path(django_settings.DATA_DIR).rglob("*"):
        found.append(str(path).encode())
        if path.is_file():
            found.append(path.read_bytes())
    return b"\n".join(found)


def everything_in_redis():
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
        b"none": lambda key: b"",  # gone since it was named
    }
    found = []
    for key in client.scan_iter(count=1000):
        value = readers[client.type(key)](key)
        found.append(key + b" " + (value if isinstance(value, bytes) else repr(value).encode()))
    assert found, "Redis should at least hold hints and sessions"
    return b"\n".join(found)


def live(process, cast):
    """An item's whole life, with a word of ours at every step; gives the item."""
    _, secret = factories.make_key(process)
    lead = cast.lead
    answer = Client().post(
        "/api/v1/items/",
        {
            "process": "desk",
            "external_id": WORDS["external"],
            "payload": {
                "subject": WORDS["subject"],
                "text": f"{WORDS['text']} is what I write about",
                "branch": WORDS["branch"],
            },
        },
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": WORDS["idempotency"]},
    )
    assert answer.status_code == 202, answer.content
    item = Item.objects.get(pk=answer.json()["id"])
    factories.make_document(item, f"{WORDS['page']} on a page", name=f"{WORDS['filename']}.pdf")
    item = factories.propose(item, {"category": "bill", "note": WORDS["note"]})
    candidate = Candidate.objects.get(item=item)
    candidate.raw = WORDS["raw"]
    candidate.evidence = {"note": [{"source": "text", "quote": WORDS["evidence"]}]}
    candidate.save(update_fields=["raw", "evidence"])
    SavedView.objects.create(owner=lead, name="Hers", query=f"q={WORDS['subject'].upper()}")
    SavedView.objects.create(owner=lead, name=WORDS["external"], query="state=waiting")
    run, _ = bulk.plan(
        process="desk",
        wanted=ItemFilter(external_id=WORDS["external"]),
        verb="priority",
        options={"priority": 60},
        reason=WORDS["run"],
        actor=lead,
        rights=Rights(lead),
    )
    assert run.query
    finding.follow()
    task = factories.claim(item.tasks.get(), cast.operator)
    save_draft(task_id=task.pk, actor=cast.operator, output={"note": WORDS["draft"]})
    write_note(
        item=item, author=cast.operator, text=f"@{cast.colleague.username} {WORDS['remark']}"
    )
    keeping.hold(task_id=task.pk, actor=cast.operator, seconds=600, reason=WORDS["hold"])
    keeping.take_up(task_id=task.pk, actor=cast.operator)
    handing.hand_over(
        task_id=task.pk, actor=cast.operator, to=cast.colleague, note=WORDS["handover"]
    )
    decisions.decide(
        task_id=task.pk,
        actor=cast.colleague,
        verdict="correct",
        output={"category": "other", "note": WORDS["corrected"]},
        reason=WORDS["reason"],
    )
    Effect.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    effects.run(Effect.objects.get().pk)
    Effect.objects.update(result={"answer": WORDS["effect"]})
    return Item.objects.get(pk=item.pk)


def follow_all():
    sequence()
    for reader in (finding, similar, subjects):
        while reader.follow():
            pass


def look_at_it(item, person):
    """What screens and the API show of it, so that their caches and logs have had it."""
    client = Client()
    client.force_login(person)
    for address in (
        f"/items/{item.pk}/",
        f"/items/?q={WORDS['subject']}",
        f"/search/?q={WORDS['external']}",
        f"/api/v1/items/{item.pk}/",
        f"/api/v1/items/{item.pk}/lineage/",
    ):
        assert client.get(address).status_code < 400, address


def test_no_word_is_left_and_every_proof_holds(process, cast, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    item = live(process, cast)
    assert item.state == Item.State.COMPLETED
    follow_all()
    checkpoint()
    look_at_it(item, cast.compliance_officer)
    before = in_all_forms(dump())
    assert set(PLACES) - before == NEVER_IN_CLEAR | {"view"}, "a word is not where it should be"
    for model in (Findable, PastCase, SubjectKey, DuplicateKey):
        assert model.objects.filter(item=item).exists(), model
    blob = item.documents.get().blob
    assert WORDS["page"].encode() in blobs.read(blob, blobs.data_key_of(item.pk))
    stolen = Path(blobs.storage().path(blob)).read_bytes()
    entries = [(one.id, one.hash) for one in verify_item(item.pk)]

    made = erasure.request(
        item_ids=[item.pk],
        actor=cast.compliance_officer,
        origin="item",
        basis="consent",
        reference="Letter 17",
    )
    erasure.work_off(made.pk)
    made.refresh_from_db()
    assert made.state == ErasureRequest.State.DONE
    assert made.finished_at - made.requested_at < timedelta(minutes=15)
    follow_all()
    checkpoint()
    look_at_it(item, cast.compliance_officer)
    subjects.remember([item.pk])
    similar.remember([item.pk])

    assert in_all_forms(dump()) == set()
    assert in_all_forms(files()) == set()
    assert in_all_forms(everything_in_redis()) == set()
    said = capfd.readouterr()
    # Lines about templates print whole contexts; our logging leaves them out, as its tests tell.
    records = [one for one in caplog.records if one.name != "django.template"]
    logged = "\n".join(f"{one.getMessage()} {one.__dict__}" for one in records)
    assert in_all_forms(f"{logged}{said.out}{said.err}".encode()) == set()
    # Who kept a copy of the encrypted file has no key to open it.
    with pytest.raises(blobs.Missing):
        blobs.data_key_of(item.pk)
    assert WORDS["page"].encode() not in stolen
    assert people.find([WORDS["subject"]], ["desk"]) == []

    after = verify_item(item.pk)
    assert all(one.valid and one.state == "sealed" for one in after)
    assert [(one.id, one.hash) for one in after][: len(entries)] == entries
    problems = []
    verify(problems.append)
    assert problems == []

    again = erasure.request(
        item_ids=[item.pk],
        actor=cast.compliance_officer,
        origin="item",
        basis="consent",
        reference="Letter 17",
    )
    erasure.work_off(again.pk)
    assert again.rows.get().state == "before"
    assert Entry.objects.filter(kind="item.erased").count() == 1


def test_the_search_would_find_a_word_that_is_left(process, cast):
    note = write_note(item=factories.make_item(process), author=cast.operator, text=WORDS["remark"])
    assert note.text in dump().decode()
    assert in_all_forms(dump()) == {"remark"}
    for coded in (
        WORDS["hold"].encode().hex(),
        base64.b64encode(f"a{WORDS['hold']}".encode()).decode(),
    ):
        assert in_all_forms(coded.encode()) == {"hold"}
