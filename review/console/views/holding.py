"""Legal holds and rules of retention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from governance.approvals.models import Approval
from governance.errors import Conflict, DomainError, InvalidInput
from governance.models import LegalHold, Process, RetentionRule
from governance.privacy.holds import operations
from governance.privacy.retention import operations as rules
from governance.privacy.retention import queries
from governance.privacy.retention.models import PARTS
from review import access
from review.console.pages import actor_of, go, refusal
from review.console.views.privacy import RIGHT, framed, rights_or_403
from review.models import Item

SHOWN = 200
PART_WORDS = {
    "content": "Input, answers, verdicts' values",
    "documents": "Documents",
    "notes": "Notes and drafts",
    "item": "The item as a whole",
}


@login_required
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    """The holds that stand and the last that were lifted; posting sets one."""
    mine = rights_or_403(request, "view_governance")
    if request.method == "POST":
        rights_or_403(request, RIGHT)
        try:
            _set(request)
        except DomainError as error:
            status = 422 if isinstance(error, InvalidInput) else 409
            return refusal(request, error, status=status, back="privacy-holds")
        messages.success(request, "The hold stands.")
        return go(request, "privacy-holds")
    visible = LegalHold.objects.filter(
        process__in=mine.processes("view_governance")
    ) | LegalHold.objects.filter(process__isnull=True)
    visible = visible.select_related("process", "set_by", "lifted_by").order_by("-since")
    context = {
        "standing": visible.filter(lifted_at__isnull=True)[:SHOWN],
        "lifted": visible.filter(lifted_at__isnull=False)[:20],
        "processes": Process.objects.filter(pk__in=mine.processes(RIGHT)).order_by("title"),
    }
    return framed(request, "holds", "privacy-holds", context)


def _set(request: HttpRequest) -> LegalHold:
    """The hold that the form describes. Raises InvalidInput; 404 for what I may not hold."""
    given, actor = request.POST, actor_of(request)
    said: dict[str, Any] = {
        "actor": actor,
        "reference": given.get("reference", ""),
        "reason": given.get("reason", ""),
    }
    mine = access.rights(actor)
    if digests := given.getlist("digests"):
        return operations.hold_subject(digests=[_hex(one) for one in digests], **said)
    if text := given.get("item", "").strip():
        item = _item(text)
        if item is None or not mine.has(item.process_id, RIGHT):
            raise InvalidInput("There is no such item.", {"item": "not found"})
        return operations.hold_item(item=item.pk, process=item.process_id, **said)
    process = given.get("process", "")
    if not process:
        raise InvalidInput("Say what is held.", {"item": "an item, or a process"})
    if not mine.has(process, RIGHT):
        raise Http404
    last = _day(given.get("until", ""))
    return operations.hold_process(
        process=process,
        received_from=_day(given.get("from", "")),
        # The form's last day is included.
        received_until=last + timedelta(days=1) if last else None,
        **said,
    )


@login_required
@require_POST
def lift(request: HttpRequest, legal_hold_id: UUID) -> HttpResponse:
    """Lift a hold of a process in which I may erase; one on a person, in any."""
    mine = access.rights(actor_of(request))
    hold = LegalHold.objects.filter(pk=legal_hold_id).first()
    if hold is None or not (
        mine.has(hold.process_id, "view_governance")
        if hold.process_id
        else mine.has_anywhere("view_governance")
    ):
        raise Http404
    if not (mine.has(hold.process_id, RIGHT) if hold.process_id else mine.has_anywhere(RIGHT)):
        raise PermissionDenied
    try:
        operations.lift(
            hold_id=legal_hold_id, actor=actor_of(request), reason=request.POST.get("reason", "")
        )
    except InvalidInput as error:
        return refusal(request, error, status=422, back="privacy-holds")
    except Conflict as error:
        return refusal(request, error, status=409, back="privacy-holds")
    messages.success(request, "The hold was lifted.")
    return go(request, "privacy-holds")


@dataclass(frozen=True, slots=True)
class Kept:
    """A process's rule: what is in force, and what was written last if that is another."""

    process: Process
    in_force: RetentionRule | None
    newest: RetentionRule | None
    asked: Approval | None
    days: list[tuple[str, int | None, int | None]]  # words, in force, written last

    @property
    def waits(self) -> bool:
        return self.newest is not None and self.newest != self.in_force


@login_required
@require_http_methods(["GET", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    """How long each process keeps what; posting writes a rule and asks for its approval."""
    mine = rights_or_403(request, "view_governance")
    error = None
    if request.method == "POST":
        rights_or_403(request, "manage_policies")
        process = request.POST.get("process", "")
        if process and not mine.has(process, "manage_policies"):
            raise Http404
        try:
            if not process:
                raise InvalidInput("Say for which process.", {"process": "Choose one."})
            _write(request, process)
        except InvalidInput as refused:
            error = refused
        else:
            messages.success(
                request, "The rule waits for its approval; until then the old one holds."
            )
            return go(request, "privacy-rules")
    errors, posted = error.errors if error else {}, request.POST
    seen = Process.objects.filter(pk__in=mine.processes("view_governance")).order_by("title")
    context = {
        "rows": [_kept(process) for process in seen],
        "processes": Process.objects.filter(pk__in=mine.processes("manage_policies")),
        "parts": [
            (part, words, posted.get(part, ""), errors.get(part))
            for part, words in PART_WORDS.items()
        ],
        "error": error,
        "errors": errors,
        "posted": posted,
    }
    return framed(request, "rules", "privacy-rules", context, status=422 if error else 200)


@transaction.atomic
def _write(request: HttpRequest, process: str) -> None:
    """Rule and request together: a rule that nobody is asked about helps nobody."""
    actor = actor_of(request)
    days = {part: _number(request.POST.get(part, ""), part) for part in PARTS}
    rule = rules.write(process=process, days=days, actor=actor)
    rules.for_retention(rule, actor=actor, reason=request.POST.get("reason", ""))


def _kept(process: Process) -> Kept:
    current, newest = queries.in_force(process.pk), queries.newest(process.pk)
    asked = None
    if newest is not None:
        asked = (
            Approval.objects.filter(kind=Approval.Kind.RETENTION, digest=newest.digest)
            .order_by("-requested_at")
            .first()
        )
    before, after = (one.days() if one else {} for one in (current, newest))
    days = [(PART_WORDS[part], before.get(part), after.get(part)) for part in PARTS]
    return Kept(process, current, newest, asked, days)


def _number(text: str, part: str) -> int | None:
    """Days as typed for a part, None for nothing. Raises InvalidInput."""
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise InvalidInput("Days are whole numbers.", {part: "A whole number."})
    return int(text)


def _day(text: str) -> datetime | None:
    """The beginning of a day (UTC), None for nothing. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput("This is no day.", {"from": "such as 2026-01-31"})
    return datetime.combine(day, time.min, tzinfo=UTC)


def _hex(text: str) -> str:
    """A digest as the page of results gave it. Raises InvalidInput."""
    try:
        if len(bytes.fromhex(text)) == 32:
            return text.lower()
    except ValueError:
        pass
    raise InvalidInput("Look for the person again.", {"digests": "not of this search"})


def _item(text: str) -> Item | None:
    try:
        return Item.objects.filter(pk=UUID(text)).only("pk", "process_id").first()
    except ValueError:
        return None
