"""What is found by which words and filters, and what never is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.contracts.models import Process
from governance.ledger.sequencing import sequence
from review.decisions import operations as decisions
from review.finding import filters, indexing
from review.finding import queries as finding
from review.finding.filters import ItemFilter
from review.finding.listing import listed, open_titles
from review.finding.queries import find
from review.models import Findable, Item, Queue
from review.similar import indexing as cases
from tests import factories

pytestmark = pytest.mark.django_db


def found(processes=("desk",), **wanted):
    """External ids of what a filter finds, in the order of the list."""
    ids = find(list(processes), ItemFilter(**wanted)).ids
    names = dict(Item.objects.filter(pk__in=ids).values_list("pk", "external_id"))
    return [names[one] for one in ids]


@pytest.fixture
def three(process, cast, index):
    """W waits, C was corrected, R was rejected."""
    corrected = factories.make_decision(
        process, cast.operator, verdict="correct", external_id="INV-2024/C"
    )
    factories.make_decision(process, cast.colleague, verdict="reject", external_id="R-7")
    factories.make_task(
        process,
        external_id="INV-2024/W",
        payload={"text": "Secret words", "subject": "Hidden subject", "amount": 1234.5},
    )
    index()
    return corrected


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["INV-2024/W", "R-7", "INV-2024/C"]),
        ({"sort": "oldest"}, ["INV-2024/C", "R-7", "INV-2024/W"]),
        ({"sort": "due"}, ["INV-2024/W"]),
        ({"sort": "decided"}, ["R-7", "INV-2024/C"]),
        ({"state": "waiting"}, ["INV-2024/W"]),
        ({"state": "waiting", "sort": "due"}, ["INV-2024/W"]),
        ({"state": "rejected"}, ["R-7"]),
        ({"verdict": "correct"}, ["INV-2024/C"]),
        ({"verdict": "correct", "state": "rejected"}, []),
        ({"route": "review"}, ["INV-2024/W", "R-7", "INV-2024/C"]),
        ({"route": "automatic"}, []),
        ({"why": "stage_assisted", "state": "waiting"}, ["INV-2024/W"]),
        ({"segment": "vip"}, []),
        ({"segment": "default", "verdict": "reject"}, ["R-7"]),
        ({"documents": "yes"}, []),
        ({"person": "automatic"}, []),
        ({"external_id": "R-7"}, ["R-7"]),
        ({"external_id": "R"}, []),
        ({"external_id": "INV-2024*"}, ["INV-2024/W", "INV-2024/C"]),
        ({"external_id": "INV%*"}, []),
        ({"q": "inv-2024/w"}, ["INV-2024/W"]),
        ({"q": "1.234,50"}, ["INV-2024/W"]),
        ({"q": "other"}, ["INV-2024/C"]),
        ({"q": "bill", "state": "waiting"}, ["INV-2024/W"]),
        ({"q": "bill", "process": "elsewhere"}, []),
        ({"due": "day", "state": "waiting"}, ["INV-2024/W"]),
        ({"due": "over"}, []),
        ({"received_to": "2020-01-01"}, []),
        ({"received_from": "2020-01-01", "q": "inv"}, ["INV-2024/W", "INV-2024/C"]),
        ({"decided_from": "2020-01-01"}, ["R-7", "INV-2024/C"]),
        ({"decided_from": "2020-01-01", "verdict": "reject"}, ["R-7"]),
        ({"decided_to": "2020-01-01"}, []),
    ],
    ids=str,
)
def test_each_filter_finds_what_it_says(three, wanted, names):
    assert found(**wanted) == names


def test_people_versions_and_queues_narrow(three, process, cast):
    queue = Queue.objects.get(process=process, name="desk")
    version = str(process.catalogue.get().versions.get().pk)
    assert found(person=str(cast.operator.pk)) == ["INV-2024/C"]
    assert found(person=str(cast.lead.pk)) == []
    assert found(queue=str(queue.pk)) == ["INV-2024/W"]
    assert len(found(version=version)) == 3


def test_an_id_finds_its_item_even_before_it_is_indexed(process):
    item = factories.make_item(process, external_id="NEW")
    assert found(q=str(item.pk)) == ["NEW"]
    assert found(q=item.pk.hex) == ["NEW"]
    assert found(q=str(item.pk), processes=["elsewhere"]) == []


def test_personal_values_are_in_none_of_the_columns(three):
    rows = list(Findable.objects.all())
    assert len(rows) == 3
    for row in rows:
        assert "secret" not in f"{row.terms} {row.given} {row.made}".lower()
        assert "hidden" not in f"{row.terms} {row.given} {row.made}".lower()
    assert found(q="secret") == []
    assert found(q="hidden") == []


def test_a_personal_title_stands_in_no_list(three, process):
    assert open_titles(["desk"]) == {}
    ids = find(["desk"], ItemFilter(state="waiting")).ids
    assert [row.title for row in listed(ids, {})] == [None]


def test_what_changed_since_is_looked_at_in_the_truth(three, cast):
    """The row of the index is behind; the list does not show what is no longer so."""
    decisions.undo(decision_id=three.pk, actor=cast.operator)
    assert found(verdict="correct") == []
    assert found(person=str(cast.operator.pk)) == []


def test_reading_the_same_entries_again_changes_nothing(three, index):
    before = list(Findable.objects.order_by("pk").values())
    from review.models import Cursor

    Cursor.objects.update(next_index=0)
    index()
    assert list(Findable.objects.order_by("pk").values()) == before


def test_an_item_that_is_gone_is_passed_by(process, index):
    item = factories.make_item(process)
    item.delete()
    index()
    assert not Findable.objects.exists()


class TestSealed:
    """Two people look at a `vip` item, each for themselves."""

    @pytest.fixture
    def pair(self, process, cast, index):
        item = factories.propose(
            factories.make_item(
                process, {"text": "x", "channel": "vip", "amount": 77.5}, external_id="VIP"
            ),
            {"category": "other"},
        )
        first = item.tasks.get(kind="review")
        factories.claim(first, cast.operator)
        decisions.decide(
            task_id=first.pk, actor=cast.operator, verdict="correct", output={"category": "bill"}
        )
        index()
        return item

    def test_nothing_of_the_candidate_or_the_first_verdict_finds_it(self, pair, cast):
        assert found(q="vip") == ["VIP"]
        assert found(q="77.50") == ["VIP"]
        assert found(q="other") == []
        assert found(q="bill") == []
        assert found(person=str(cast.operator.pk)) == []
        assert found(segment="vip") == ["VIP"]
        assert found(why="check_failed") == []

    def test_the_list_shows_neither(self, pair):
        (row,) = listed([pair.pk], {})
        assert (row.made, row.verdict, row.person, row.decided_at) == ("", None, "", None)

    def test_once_it_is_settled_it_is_found_by_both(self, pair, cast, index):
        second = pair.tasks.get(kind="second_review")
        factories.claim(second, cast.senior)
        decisions.decide(
            task_id=second.pk, actor=cast.senior, verdict="correct", output={"category": "bill"}
        )
        index()
        assert found(q="bill") == ["VIP"]
        assert found(person=str(cast.senior.pk)) == ["VIP"]

    def test_sealed_again_before_the_index_knows_it_is_not_found(self, pair, cast, index):
        second = pair.tasks.get(kind="second_review")
        factories.claim(second, cast.senior)
        made = decisions.decide(
            task_id=second.pk, actor=cast.senior, verdict="correct", output={"category": "bill"}
        )
        index()
        decisions.undo(decision_id=made.decision.pk, actor=cast.senior)
        assert found(q="bill") == []
        assert found(verdict="correct") == []


@pytest.mark.parametrize("sort", ["received", "oldest", "due", "decided"])
@pytest.mark.parametrize("narrowed", [{}, {"segment": "default"}], ids=["plain", "by facet"])
def test_pages_follow_one_another_without_gap_or_double(process, cast, index, sort, narrowed):
    now = timezone.now()
    for number in range(7):
        if sort == "decided":
            factories.make_decision(process, cast.operator, external_id=f"P-{number}")
        else:
            task = factories.make_task(process, external_id=f"P-{number}")
            Item.objects.filter(pk=task.item_id).update(due_at=now + timedelta(hours=number // 2))
    index()
    wanted = ItemFilter(sort=sort, **narrowed)
    seen, after = [], None
    while True:
        page = find(["desk"], wanted, after=after, limit=3)
        seen += page.ids
        if page.after is None:
            break
        after = finding.After.read(page.after.text())
    assert len(seen) == len(set(seen)) == 7
    assert seen == list(find(["desk"], wanted).ids)


def test_too_many_hits_are_read_in_the_order_of_the_list(process, index, monkeypatch):
    monkeypatch.setattr(finding, "HITS", 3)
    for number in range(9):
        factories.make_task(process, external_id=f"M-{number}")
    index()
    page = find(["desk"], ItemFilter(segment="default"), limit=4)
    assert not page.is_partial
    assert [Item.objects.get(pk=one).external_id for one in page.ids] == [
        "M-8",
        "M-7",
        "M-6",
        "M-5",
    ]
    monkeypatch.setattr(finding, "WALK", 2)
    assert find(["desk"], ItemFilter(segment="default"), limit=4).is_partial


def test_several_processes_are_merged(process, cast, index):
    other = factories.make_process("elsewhere")
    for number, where in enumerate([process, other, process]):
        factories.make_task(Process.objects.get(pk=where.pk), external_id=f"M-{number}")
    index()
    both = ["desk", "elsewhere"]
    assert found(both) == ["M-2", "M-1", "M-0"]
    assert found(both, route="review") == ["M-2", "M-1", "M-0"]
    assert found(["elsewhere"], route="review") == ["M-1"]


def test_a_filter_travels_in_an_address_and_back():
    from django.http import QueryDict

    wanted = ItemFilter(q="a b&c", state="waiting", sort="due", columns=("state", "verdict"))
    assert filters.read(QueryDict(wanted.query()).dict()) == wanted
    odd = filters.read(
        {"state": "x", "person": "y", "due": "z", "received_from": "0", "queue": "²"}
    )
    assert odd == ItemFilter()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1969-12-31", "soon"])
def test_a_day_that_no_item_can_have_is_no_filter(day):
    assert filters.read({"received_to": day, "decided_to": day}) == ItemFilter()


def test_an_output_is_found_however_much_was_given(process, cast, index):
    note = {"category": "other", "note": "short"}
    task = factories.make_claimed_task(process, cast.operator, external_id="LONG")
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="correct", output=note)
    Item.objects.filter(external_id="LONG").update(
        payload={"text": "Hello", "amount": [float(number) for number in range(6_000)]}
    )
    index()
    assert found(q="other") == ["LONG"]


@pytest.mark.parametrize(("module", "step"), [(indexing, "rebuild"), (cases, "remember")])
def test_of_two_who_read_the_same_entries_one_stops(process, monkeypatch, module, step):
    factories.make_task(process)
    sequence()
    do = getattr(module, step)

    def overtaken(item_ids):
        monkeypatch.setattr(module, step, do)
        assert module.follow() > 0
        do(item_ids)

    monkeypatch.setattr(module, step, overtaken)
    assert module.follow() == 0
