"""The explorer's searches: what they find, in which order, and by which indexes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from governance.audit.finding import PAGE, Wanted, find
from governance.audit.period import first_id
from governance.errors import InvalidInput
from governance.identifiers import uuid7
from governance.ledger.models import Entry
from governance.ledger.operations import Event, append_bulk, append_many
from tests.review.test_plans import Plans

pytestmark = pytest.mark.django_db

PROCESSES = ["claims", "desk"]
DIGEST = "cd" * 32


def kinds(page):
    return [(one.process, one.kind) for one in page.entries]


@pytest.fixture
def few():
    """One entry each, oldest first; the last belongs to a process that is not looked at."""
    told = [
        ("item.received", "desk", "producer:1", {}),
        ("candidate.made", "desk", "system:routing", {"version": DIGEST}),
        ("decision.made", "desk", "user:1", {}),
        ("decision.undone", "claims", "user:2", {}),
        ("role.granted", None, "user:1", {}),
        ("decision.made", "secret", "user:1", {"version": DIGEST}),
    ]
    items = [uuid4(), uuid4()]
    append_many(
        [
            Event(kind, data, actor, items[number > 1] if process else None, process)
            for number, (kind, process, actor, data) in enumerate(told)
        ]
    )
    return items


def test_everything_of_the_processes_and_of_none_is_found_newest_first(few):
    assert kinds(find(Wanted(PROCESSES))) == [
        (None, "role.granted"),
        ("claims", "decision.undone"),
        ("desk", "decision.made"),
        ("desk", "candidate.made"),
        ("desk", "item.received"),
    ]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"kind": "decision."}, ["decision.undone", "decision.made"]),
        ({"kind": "decision.made"}, ["decision.made"]),
        ({"kind": "decision"}, []),
        ({"actor": "user:1"}, ["role.granted", "decision.made"]),
        ({"actor": "user:1", "kind": "role."}, ["role.granted"]),
        ({"versions": [DIGEST]}, ["candidate.made"]),
        ({"versions": [DIGEST], "kind": "decision."}, []),
        ({"versions": [DIGEST, "x"], "actor": "system:routing"}, ["candidate.made"]),
    ],
)
def test_it_narrows(few, narrowed, expected):
    assert [kind for _, kind in kinds(find(Wanted(PROCESSES, **narrowed)))] == expected


def test_an_item_is_found_with_every_other_condition(few):
    first, second = few
    assert len(find(Wanted(PROCESSES, items=[first])).entries) == 2
    assert kinds(find(Wanted(PROCESSES, items=[first], versions=[DIGEST]))) == [
        ("desk", "candidate.made")
    ]
    # Its entry in a process that is not looked at stays out.
    assert kinds(find(Wanted(PROCESSES, items=[second], kind="decision."))) == [
        ("claims", "decision.undone"),
        ("desk", "decision.made"),
    ]
    assert find(Wanted(PROCESSES, items=[])).entries == []


def test_time_is_exact_although_it_is_looked_up_by_id():
    for _ in range(3):
        append_many([Event("item.received", {}, "system:test", None, "desk")])
    before, middle, after = Entry.objects.order_by("id")
    found = find(Wanted(PROCESSES, since=middle.at, until=after.at))
    assert [one.id for one in found.entries] == [middle.pk]
    assert find(Wanted(PROCESSES, until=before.at)).entries == []
    assert first_id(middle.at) <= middle.pk
    assert first_id(middle.at + timedelta(milliseconds=2)) > before.pk


@pytest.fixture
def three_pages():
    append_bulk(
        [
            Event("item.received", {}, "system:test", None, "desk" if number % 3 else None)
            for number in range(2 * PAGE + 10)
        ]
    )
    return list(Entry.objects.order_by("-id").values_list("pk", flat=True))


def test_pages_go_both_ways_without_gap_or_overlap(three_pages):
    wanted = Wanted(PROCESSES)
    seen, page = [], find(wanted)
    assert page.newer is None
    while True:
        seen += [one.id for one in page.entries]
        if page.older is None:
            break
        page = find(wanted, before=page.older)
    assert seen == three_pages
    back = find(wanted, after=page.newer)
    assert [one.id for one in back.entries] == three_pages[PAGE : 2 * PAGE]
    back = find(wanted, after=back.newer)
    assert [one.id for one in back.entries] == three_pages[:PAGE]
    assert back.newer is None


def test_what_takes_too_long_is_refused_in_words(few, monkeypatch):
    monkeypatch.setattr("governance.audit.finding.TIMEOUT_MILLISECONDS", 1)
    monkeypatch.setattr(
        "governance.audit.finding._KINDS",
        "SELECT p, 'x' FROM unnest(%(processes)s::text[]) p, pg_sleep(1)",
    )
    with pytest.raises(InvalidInput, match="too long"):
        find(Wanted(PROCESSES))


ENTRIES = 20_000


@pytest.fixture
def many():
    kinds = ["item.received", "candidate.made", "item.routed", "decision.made"]
    people = [f"user:{uuid7()}" for _ in range(20)]
    for start in range(0, ENTRIES, 5_000):
        append_bulk(
            [
                Event(
                    kinds[number % 4],
                    {"version": DIGEST} if number % 4 == 1 else {"number": number},
                    people[number % 20],
                    uuid7(),
                    f"process-{number % 6}",
                )
                for number in range(start, start + 5_000)
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE governance_entry")
        cursor.execute("SELECT actor, item FROM governance_entry LIMIT 1")
        return cursor.fetchone()


SEARCHES = {
    "newest": ({}, {"entry_by_kind"}),
    "a kind": ({"kind": "decision.made"}, {"entry_by_kind"}),
    "a group": ({"kind": "item."}, {"entry_by_kind"}),
    "a person": ({"actor": True}, {"entry_by_actor"}),
    "a person and a kind": ({"actor": True, "kind": "item."}, {"entry_by_actor"}),
    "a version": ({"versions": [DIGEST]}, {"entry_by_version"}),
    "an item": ({"items": True}, {"entry_of_item"}),
    "a time": ({"since": True, "until": True}, {"entry_by_kind"}),
}


def test_every_search_uses_its_index_and_reads_no_entry_beyond_its_page(many, subtests):
    actor, item = many
    middle = Entry.objects.order_by("id")[ENTRIES // 2].at
    for name, (narrowed, indexes) in SEARCHES.items():
        given = {"actor": actor, "items": [item], "since": middle - timedelta(hours=1)}
        given["until"] = middle
        wanted = {key: given[key] if value is True else value for key, value in narrowed.items()}
        plans = Plans()
        with subtests.test(name), transaction.atomic():
            with connection.execute_wrapper(plans):
                find(Wanted([f"process-{number}" for number in range(6)], **wanted))
            whole = [
                node
                for node in plans.nodes
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "governance_entry"
            ]
            assert whole == []
            assert indexes <= plans.indexes
