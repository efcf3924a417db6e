"""The team's page: lines with their outlook, people's work, giving tasks away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.ledger.sequencing import sequence
from governance.models import Entry
from review.models import QueueHour, Task
from review.team import rollup
from tests import factories
from tests.review.console.conftest import browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(cast):
    return browser(cast.lead)


def add_up():
    sequence()
    while rollup.follow():
        pass


def test_people_and_why_they_override(process, cast, lead):
    for _ in range(2):
        factories.make_decision(process, cast.operator, verdict="correct")
    factories.make_decision(process, cast.colleague, verdict="reject")
    add_up()
    shown = text(lead.get("team"))
    assert "2 of 2" in shown
    assert "too few to say" in shown
    assert "Fields that were changed" in shown
    assert "not for us" in shown
    assert "3 corrections and rejections" in shown


def test_what_is_not_settled_among_two_people_gives_no_reason_away(process, cast, lead):
    from review.decisions import operations as decisions

    item = factories.propose(factories.make_item(process, {"text": "x", "channel": "vip"}))
    task = factories.claim(item.tasks.get(kind="review"), cast.operator)
    decisions.decide(
        task_id=task.pk, actor=cast.operator, verdict="reject", reason="The first verdict"
    )
    add_up()
    assert "the first verdict" not in text(lead.get("team"))


def test_a_line_tells_when_it_will_be_empty(process, cast, lead):
    factories.make_backlog(process, 40)
    queue = Task.objects.first().queue
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for back in range(1, 7):
        QueueHour.objects.create(
            queue=queue, hour=hour - timedelta(hours=back), decided=20, people=[cast.operator.pk]
        )
    shown = text(lead.get("team"))
    assert "At this rate empty at" in shown
    assert "No due time is missed at this rate." in shown
    assert "From the last 6 hours only" in shown


def test_what_is_overdue_is_said_to_be_missed(process, cast, lead):
    factories.make_backlog(process, 3)
    Task.objects.update(due_at=timezone.now() - timedelta(hours=1))
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    QueueHour.objects.create(
        queue=Task.objects.first().queue, hour=hour - timedelta(hours=1), decided=60, people=[]
    )
    assert "3 tasks miss their due time, already." in text(lead.get("team"))


def test_several_tasks_are_given_at_once_each_with_its_entry(process, cast, lead):
    tasks = [factories.make_claimed_task(process, cast.operator) for _ in range(3)]
    lead.post("tasks-give", task=[one.pk for one in tasks[:2]], to=cast.colleague.pk)
    assert Task.objects.filter(claimed_by=cast.colleague).count() == 2
    assert Entry.objects.filter(kind="task.reassigned").count() == 2


def test_one_that_cannot_be_given_holds_up_no_other(process, cast, lead):
    over = factories.make_decision(process, cast.operator).task_id
    task = factories.make_claimed_task(process, cast.operator)
    answer = lead.client.post(
        "/team/give/", {"task": [over, task.pk], "to": cast.colleague.pk}, follow=True
    )
    assert Task.objects.get(pk=task.pk).claimed_by == cast.colleague
    assert "1 task given to colleague." in text(answer)
    assert "1 not given" in text(answer)


def test_tasks_of_other_processes_are_not_given(process, cast, lead):
    elsewhere = factories.make_process("elsewhere")
    stranger = factories.make_person("stranger", elsewhere, factories.Role.OPERATOR)
    task = factories.make_claimed_task(elsewhere, stranger)
    assert lead.post("tasks-give", task=[task.pk], to=cast.colleague.pk).status_code == 422
    assert Task.objects.get(pk=task.pk).claimed_by == stranger


def test_a_personal_title_is_not_on_the_page(process, cast, lead):
    factories.make_claimed_task(
        process, cast.operator, payload={"text": "x", "subject": "Jane Doe"}, external_id="T-5"
    )
    shown = text(lead.get("team"))
    assert "Jane Doe" not in shown
    assert "T-5" in shown


@pytest.mark.parametrize("query", [{"days": "x"}, {"days": "30"}, {"process": "\0"}])
def test_odd_ranges_are_no_error(process, lead, query):
    assert lead.get("team", **query).status_code == 200


def test_the_page_costs_the_same_whatever_there_is(process, cast, lead):
    lead.get("team")
    _, before = statements(lambda: lead.get("team"))
    factories.make_backlog(process, 60)
    for person in (cast.operator, cast.colleague):
        factories.claim(Task.objects.first(), person)
    add_up()
    _, after = statements(lambda: lead.get("team"))
    assert len(after) <= len(before) + 3, "\n".join(after)
    assert len(after) <= 15
