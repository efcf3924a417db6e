"""Calendar, escalation path and holding in a contract: read, refused with their place, harmless."""

from datetime import UTC, datetime, timedelta

import pytest

from governance.contracts.agreement import Agreement
from governance.contracts.parse import digest_of, parse
from governance.contracts.problems import ContractError
from tests.factories import CONTRACT

PLAIN = CONTRACT.format(slug="desk", undo_window=30, sample_rate=0.0)
HOURS = 'working_hours: {monday: ["08:00", "17:00"], tuesday: ["08:00", "12:00", "13:00", "24:00"]}'


def agreed(more):
    return Agreement.from_body(parse(PLAIN + more))


def refused(more):
    with pytest.raises(ContractError) as caught:
        parse(PLAIN + more)
    return str(caught.value)


def test_due_times_count_working_time():
    agreement = agreed(f"calendar: {{time_zone: Europe/Berlin, {HOURS[:-1]}}}}}\n")
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    # 9 hours on Monday, 15 on Tuesday.
    assert agreement.due_at(saturday) == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert agreed("").due_at(saturday) == saturday + timedelta(days=1)


def test_a_contract_without_them_keeps_its_body():
    body = parse(PLAIN)
    assert not {"calendar", "escalation"} & set(body)
    assert all("hold_seconds" not in queue for queue in body["queues"])
    assert digest_of(body) != digest_of(
        parse(PLAIN + "escalation: [{after_seconds: 60, priority: 1}]\n")
    )


def test_a_step_names_its_queue_by_name_kind_or_role():
    steps = agreed(
        "escalation:\n"
        "  - {after_seconds: 60, to: senior}\n"
        "  - {after_seconds: 60, to: escalation}\n"
        "  - {before_due_seconds: 0, to: compliance_officer}\n"
    ).escalation
    assert [one.to for one in steps] == ["senior", "senior", "compliance"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            f"calendar: {{time_zone: Europe/Berlni, {HOURS[:-1]}}}}}\n",
            'did you mean "Europe/Berlin"',
        ),
        ('calendar: {time_zone: UTC, working_hours: {monday: ["09:00", "08:00"]}}\n', "in order"),
        ('calendar: {time_zone: UTC, working_hours: {monday: ["08:00"]}}\n', "in order"),
        ("calendar: {time_zone: UTC, working_hours: {monday: []}}\n", "no time to work"),
        ("calendar: {time_zone: UTC, working_hours: {}}\n", "at least one day"),
        (
            'calendar: {time_zone: UTC, working_hours: {monday: ["00:00", "00:01"]}}\n',
            "nothing is ever due",
        ),
        (f"calendar: {{time_zone: UTC, {HOURS[:-1]}}}, holidays: {{country: XX}}}}\n", '"XX"'),
        (
            f"calendar: {{time_zone: UTC, {HOURS[:-1]}}}, holidays: {{extra: [2026-02-30]}}}}\n",
            "must be a date",
        ),
        ("escalation: [{priority: 5}]\n", "either after_seconds or before_due_seconds"),
        ("escalation: [{after_seconds: 60}]\n", "must move the task"),
        ("escalation: [{after_seconds: 60, to: nowhere}]\n", '"nowhere" is not known'),
        ("escalation: [{after_seconds: 60, notify: [boss]}]\n", '"boss" is not known'),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(more, said):
    assert said in refused(more)
