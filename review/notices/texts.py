"""What a notice says: which process, what happened, where to look. Never what an item says.

Outside the app an item goes by the end of its own id: a producer's external id may hold anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from governance.approvals.models import Approval
from integrations.notifications.message import Line, Message
from review.models import Notice

_SAYS = {
    Notice.Kind.HANDED_OVER: "A task was handed to you",
    Notice.Kind.MENTIONED: "You were mentioned in a note",
    Notice.Kind.ESCALATED: "A task was escalated by the clock",
    Notice.Kind.DUE_SOON: "Tasks are due within the hour",
    Notice.Kind.OVERDUE: "Tasks are overdue",
    Notice.Kind.EFFECT_FAILED: "An effect failed for good",
    Notice.Kind.DECISION_CHANGED: "Your decision was undone or amended",
    Notice.Kind.QUEUE_PAUSED: "A queue was paused",
    Notice.Kind.APPROVAL_WAITS: "An approval waits for your signature",
    Notice.Kind.APPROVAL_ANSWERED: "What you asked for was answered",
    Notice.Kind.APPROVAL_LAPSES: "An approval lapses soon",
    Notice.Kind.GATE_HELD: "Outputs wait for compliance",
    Notice.Kind.INCIDENT: "An incident concerns you",
    Notice.Kind.KEY_ENDS: "An API key ends within seven days",
    Notice.Kind.ROLE_ENDS: "A role that was given for a time ends within seven days",
    Notice.Kind.ACCESS_REVIEW: "An access review is due or late",
}
# By the state that the notice was made in, and whether there had been a yes before.
_ANSWERS = {
    ("granted", True): "What you asked for was approved",
    ("refused", False): "What you asked for was refused",
    ("withdrawn", True): "An approval that you asked for was withdrawn",
    ("lapsed", True): "An approval that you asked for has lapsed",
    ("lapsed", False): "What you asked for was not answered in time",
}
MOST_LINES = 20
REFUSED = "refused:"  # how the key of a notice begins whose decision compliance refused


def says(kind: str) -> str:
    return _SAYS[Notice.Kind(kind)]


def text_of(notice: Notice) -> str:
    return texts_of([notice])[0]


def texts_of(notices: Sequence[Notice]) -> list[str]:
    """Notices in a line each. Their processes are read with them; what was asked for, for all."""
    keys = {answer[0] for answer in map(_answered, notices) if answer}
    shown = Approval.objects.only("kind", "title", "granted_at")
    approvals = shown.in_bulk(keys) if keys else {}
    lines = []
    for one in notices:
        key, state = _answered(one) or (None, "")
        approval = approvals.get(key) if key else None
        lines.append(_answer(one, approval, state) if approval else _text(one))
    return lines


def _answered(notice: Notice) -> tuple[UUID, str] | None:
    """Of an answer, which request it was to and the state that it came to: its key says so."""
    if notice.kind != Notice.Kind.APPROVAL_ANSWERED:
        return None
    match notice.key.split(":"):
        case ["approval", key, state]:
            return UUID(key), state
    return None


def _answer(notice: Notice, approval: Approval, state: str) -> str:
    said = _ANSWERS.get((state, approval.granted_at is not None), says(notice.kind))
    of = _of(notice)
    if approval.title.startswith(of):
        return f"{said}: {approval.title}"
    return f"{said}: {of}, {approval.get_kind_display()} {approval.title}"


def _of(notice: Notice) -> str:
    return notice.process.title if notice.process is not None else "all processes"


def _text(notice: Notice) -> str:
    of = _of(notice)
    parts = [f"{_happened(notice)}: {of}"]
    if notice.queue is not None:
        parts.append(notice.queue.name)
    if notice.item_id is not None:
        parts.append(f"item {str(notice.item_id)[-6:]}")
    return ", ".join(parts)


def _happened(notice: Notice) -> str:
    if notice.kind == Notice.Kind.DECISION_CHANGED and notice.key.startswith(REFUSED):
        return "Compliance refused what you decided"
    return says(notice.kind)


def path_of(notice: Notice) -> str:
    """Where to look, within the app."""
    match notice.kind:
        case Notice.Kind.HANDED_OVER if notice.task_id is not None:
            return reverse("task", args=[notice.task_id])
        case Notice.Kind.EFFECT_FAILED:
            return reverse("failed-effects")
        case Notice.Kind.GATE_HELD:
            return reverse("gate")
        case Notice.Kind.DUE_SOON | Notice.Kind.OVERDUE | Notice.Kind.QUEUE_PAUSED:
            return reverse("my-work")
        case Notice.Kind.APPROVAL_ANSWERED if found := _answered(notice):
            return reverse("approval", args=[found[0]])
        case Notice.Kind.APPROVAL_WAITS | Notice.Kind.APPROVAL_ANSWERED:
            return reverse("approvals")
        case Notice.Kind.APPROVAL_LAPSES:
            return reverse("processes")
        case Notice.Kind.INCIDENT:
            return reverse("incidents")
        case Notice.Kind.KEY_ENDS if notice.key.endswith(":own"):
            return reverse("api-keys")
        case Notice.Kind.KEY_ENDS:
            return f"{reverse('producers')}?process={notice.process_id}"
        case Notice.Kind.ROLE_ENDS if notice.key.endswith(":own"):
            return reverse("my-work")
        case Notice.Kind.ROLE_ENDS | Notice.Kind.ACCESS_REVIEW:
            return f"{reverse('access')}?process={notice.process_id}"
    return reverse("my-work") if notice.item_id is None else reverse("item", args=[notice.item_id])


def message_of(notices: list[Notice], *, message_id: str) -> Message:
    """One message for what is due together; the newest MOST_LINES, and how many more there are."""
    shown = notices[:MOST_LINES]
    lines = [
        Line(text, _absolute(path_of(one)))
        for one, text in zip(shown, texts_of(shown), strict=True)
    ]
    if len(notices) > len(shown):
        more = f"and {len(notices) - len(shown)} more"
        lines.append(Line(more, _absolute(reverse("notices"))))
    subject = lines[0].text if len(notices) == 1 else f"{len(notices)} notices"
    return Message(
        id=message_id,
        subject=f"Countersign: {subject}",
        lines=lines,
        footer_url=_absolute(reverse("notice-ways")),
    )


def _absolute(path: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + path
