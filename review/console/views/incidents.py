"""Incidents: the list, one with its timeline and items, what is done about it, its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.catalogue.models import ModelVersion
from governance.contracts.models import Contract, Process
from governance.errors import DomainError, InvalidInput, NotAllowed
from governance.incidents import handling, operations, playbooks
from governance.incidents.models import Incident, PlaybookRun
from governance.models import User
from governance.roles.queries import people_who_may
from review import access
from review.access import Rights
from review.console import confirming
from review.console import incidents as wording
from review.console.filtering import REASONS as ROUTE_REASONS
from review.console.pages import actor_of, fields_of, go, is_partial, page, refusal, status_of
from review.console.views.halting import may_halt_everything
from review.finding.listing import reference
from review.incidents import affected, measures, playing, queries
from review.models import IncidentItem, IncidentSearch, Item

HANDLE = "handle_incidents"
_STATES = dict(Item.State.choices)
# Sections of an incident's page, where a refusal is shown.
ITEMS, MEASURES, PLAYBOOKS, TEXTS = "items", "measures", "playbooks", "texts"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the form: what stands in it, and what is kept where somebody typed another."""

    name: str
    text: str
    kept: str
    error: str

    @property
    def seen(self) -> str:
        return handling.fingerprint(self.kept)

    @property
    def differs(self) -> bool:
        return handling.fingerprint(self.text) != self.seen


@login_required
@require_http_methods(["GET", "POST"])
def incidents(request: HttpRequest) -> HttpResponse:
    """What is halted, the incidents of my processes, those still open first; POST opens one."""
    mine = access.rights(request.user)
    seen = mine.processes("view_governance")
    if not seen:
        raise PermissionDenied
    if request.method == "POST":
        return _open(request, mine)
    return _list(request, mine, {}, None)


def _list(
    request: HttpRequest, mine: Rights, posted: dict[str, str], error: InvalidInput | None
) -> HttpResponse:
    seen = mine.processes("view_governance")
    ended = queries.ended(seen, before=_number(request.GET.get("before", "")))
    may_halt = set(mine.processes("halt_automation"))
    everything = may_halt_everything(mine)
    halts = [
        (
            one,
            wording.actor_in_words(one.started_by),
            everything if one.process_id is None else one.process_id in may_halt,
        )
        for one in queries.halts(seen)
    ]
    overrides = [
        (one, wording.actor_in_words(one.started_by), one.process_id in may_halt)
        for one in queries.overrides(seen)
    ]
    titles = dict(Process.objects.filter(pk__in=seen).values_list("pk", "title"))
    context = {
        "questions": [
            *(
                confirming.go_on(one.process_id, titles[one.process_id], back="incidents")
                if one.process_id
                else confirming.everything_goes_on()
                for one, _, may in halts
                if may
            ),
            *(
                confirming.restore(one.process_id, titles[one.process_id])
                for one, _, may in overrides
                if may
            ),
        ],
        "live": queries.live(seen),
        "ended": ended[: queries.PAGE_ROWS],
        "older": ended[queries.PAGE_ROWS - 1].number if len(ended) > queries.PAGE_ROWS else None,
        "halts": halts,
        "everything_halted": any(one.process_id is None for one, _, _ in halts),
        "overrides": overrides,
        "may_halt_everything": everything,
        "handled": mine.processes(HANDLE),
        "severities": Incident.Severity.choices,
        "posted": posted,
        "error": error,
        "fields": fields_of(error),
    }
    status = 422 if error else 200
    return page(
        request, "governance/incidents/list.html", context, current="governance", status=status
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _open(request: HttpRequest, mine: Rights) -> HttpResponse:
    posted = {name: str(value).replace("\0", "") for name, value in request.POST.items()}
    process = posted.get("process", "")
    handled = mine.processes(HANDLE)
    if not handled:
        raise PermissionDenied
    if process and process not in handled:
        raise PermissionDenied
    try:
        made = operations.open_incident(
            title=posted.get("title", ""),
            severity=_number(posted.get("severity", "")) or 0,
            process=process or None,
            actor=f"user:{actor_of(request).pk}",
        )
    except InvalidInput as error:
        if is_partial(request):
            part = "governance/incidents/list.html#open_error"
            return render(request, part, {"error": error}, status=422)
        return _list(request, mine, posted, error)
    return go(request, "incident", made.pk)


def incident_for(user: User, incident_id: UUID, codename: str = "view_governance") -> Incident:
    """An incident that a person may see: 404 or 403 otherwise; everybody's needs the right once."""
    found = Incident.objects.select_related("process", "owner").filter(pk=incident_id).first()
    if found is None:
        raise Http404
    mine = access.rights(user)
    if found.process_id is not None:
        access.require(user, found.process_id, codename, visible="view_governance")
    elif not mine.has_anywhere("view_governance"):
        raise Http404
    elif not mine.has_anywhere(codename):
        raise PermissionDenied
    return found


def _processes_of(incident: Incident, mine: Rights, codename: str) -> list[str]:
    slugs = mine.processes(codename)
    return [one for one in slugs if incident.process_id in (None, one)]


@login_required
@require_GET
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """One incident; with a question in the address also a preview of the items that fit it."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id)
    handled = _processes_of(found, access.rights(actor), HANDLE)
    preview, error = None, None
    if request.GET.get("process") in handled:
        try:
            preview = affected.preview(affected.read(request.GET.dict()))
        except InvalidInput as problem:
            error = problem
    return _page(request, found, preview=preview, error=error, at=ITEMS)


def _page(
    request: HttpRequest,
    found: Incident,
    *,
    preview: affected.Preview | None = None,
    error: DomainError | None = None,
    at: str = "",
) -> HttpResponse:
    """The page of an incident; after a refusal with what was typed, and the error where it is."""
    mine = access.rights(request.user)
    handled = _processes_of(found, mine, HANDLE)
    typed: Mapping[str, str] = request.POST.dict()
    wrong = error.errors if isinstance(error, InvalidInput) else {}
    context = {
        **_facts(found, mine),
        "handled": handled,
        "can_handle": bool(handled) and found.state != Incident.State.CLOSED,
        "people": _people(found, handled),
        "moves": [
            (to, wording.MOVES[to]) for to in wording.MOVES if to in handling.MOVES[found.state]
        ],
        "severities": Incident.Severity.choices,
        "asked": (typed if at == ITEMS and typed else request.GET.dict()),
        "preview": preview,
        "preview_rows": [(one, reference(one.external_id, one.pk)) for one in preview.first]
        if preview
        else [],
        "error": error,
        "fields": fields_of(error),
        "at": at if error else "",
        "posted": typed,
        "writing": [
            Text(name, typed.get(name, kept), kept, wrong.get(name, ""))
            for name, kept in ((one, getattr(found, one)) for one in handling.TEXTS)
        ],
        "now": timezone.now(),
        "since": found.opened_at - queries.BEFORE,
        "versions": _versions(handled),
        "contracts": Contract.objects.filter(process__in=handled)
        .only("id", "process_id", "number")
        .order_by("process_id", "-number")[:200],
        "reasons": list(ROUTE_REASONS.items()),
        "verbs": list(measures.VERBS.items()),
        "playbooks": playbooks.newest(),
    }
    return page(
        request,
        "governance/incidents/incident.html",
        context,
        current="governance",
        status=status_of(error) if error else 200,
    )


def _facts(found: Incident, mine: Rights) -> dict[str, Any]:
    """What page and report both show."""
    seen = _processes_of(found, mine, "view_governance")
    return {
        "incident": found,
        "source": wording.SOURCES.get(found.source, f"alarm: {found.source}"),
        "opened_by": wording.actor_in_words(found.opened_by),
        "moments": wording.moments(found, seen),
        "numbers": measures.numbers(found),
        "searches": list(
            IncidentSearch.objects.filter(incident=found)
            .select_related("actor")
            .order_by("-pk")[:20]
        ),
        "item_rows": [
            (one.item, reference(one.item.external_id, one.item_id))
            for one in queries.items(found, seen)[: affected.FIRST_ROWS]
        ],
        "measures": [(one, measures.VERBS[one.verb]) for one in measures.runs_of(found)],
        "runs": list(
            PlaybookRun.objects.filter(incident=found)
            .select_related("playbook", "started_by")
            .prefetch_related("steps__actor")
            .order_by("-pk")
        ),
        "texts": [(name, getattr(found, name)) for name in handling.TEXTS],
    }


def _people(found: Incident, handled: list[str]) -> list[User]:
    people = {one.pk: one for slug in handled for one in people_who_may(slug, HANDLE)}
    return sorted(people.values(), key=lambda one: one.display_name)


def _versions(handled: list[str]) -> list[ModelVersion]:
    found = ModelVersion.objects.filter(model__process__in=handled).select_related("model")
    return list(found.defer("config", "report").order_by("model__process_id", "-number")[:200])


@login_required
@require_GET
def report(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """The post-incident report, for paper."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id)
    mine = access.rights(actor)
    seen = _processes_of(found, mine, "view_governance")
    context = {
        **_facts(found, mine),
        "states": [(_STATES[state], count) for state, count in queries.states(found, seen)],
        "halts": [
            (one, wording.actor_in_words(one.started_by))
            for one in queries.halts_during(found, seen)
        ],
        "now": timezone.now(),
    }
    return page(request, "governance/incidents/report.html", context, current="governance")


def _act(
    request: HttpRequest,
    incident_id: UUID,
    act: Callable[[Incident, User], Any],
    said: str,
    *,
    at: str,
) -> HttpResponse:
    """Do something with an incident: back to its page, or to it with what was typed and why not."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id, HANDLE)
    try:
        act(found, actor)
    except NotAllowed as error:
        return refusal(request, error, status=403, back="incidents")
    except DomainError as error:
        return _page(request, incident_for(actor, incident_id), error=error, at=at)
    messages.success(request, said)
    return redirect("incident", incident_id)


@login_required
@require_POST
def write(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Write its texts down, its severity and owner."""
    return _act(request, incident_id, _recording(request, ""), "Kept.", at=TEXTS)


@login_required
@require_POST
def move(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Contain, resolve, close or reopen it, with what was written on its page."""
    to = request.POST.get("to", "") or "nowhere"
    act = _recording(request, to)
    return _act(request, incident_id, act, f"The incident is {to}.", at=TEXTS)


def _recording(request: HttpRequest, to: str) -> Callable[[Incident, User], None]:
    """What the form of texts carries: a value that its person left alone is not written."""
    posted = {name: str(value).replace("\0", "") for name, value in request.POST.items()}

    def touched(name: str) -> bool:
        return name in posted and posted[name] != posted.get(f"seen-{name}")

    def act(found: Incident, actor: User) -> None:
        people = _people(found, _processes_of(found, access.rights(actor), HANDLE))
        owners = [one for one in people if str(one.pk) == posted.get("owner")]
        handling.record(
            incident_id=found.pk,
            texts={name: posted[name] for name in handling.TEXTS if name in posted},
            seen={
                name: posted[f"seen-{name}"] for name in handling.TEXTS if f"seen-{name}" in posted
            },
            severity=_number(posted["severity"]) if touched("severity") else None,
            owner=owners[0] if owners and touched("owner") else None,
            to=to,
            actor=f"user:{actor.pk}",
        )

    return act


def _require_handled(found: Incident, actor: User, process: str) -> None:
    if not process:
        raise InvalidInput("Choose a process.", {"process": "required"})
    if process not in _processes_of(found, access.rights(actor), HANDLE):
        raise PermissionDenied


@login_required
@require_http_methods(["GET", "POST"])
def items(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """All affected items, page by page; POST names those that fit a question."""
    if request.method == "POST":
        return _add_items(request, incident_id)
    actor = actor_of(request)
    found = incident_for(actor, incident_id)
    seen = _processes_of(found, access.rights(actor), "view_governance")
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    before = _number(request.GET.get("before", ""))
    rows = list(queries.items(found, seen, state=state, before=before)[: queries.PAGE_ROWS + 1])
    shown = rows[: queries.PAGE_ROWS]
    became = queries.outcomes(found, [one.item_id for one in shown])
    states = [(one, _STATES[one], count) for one, count in queries.states(found, seen)]
    named = IncidentItem.objects.filter(incident=found).count()
    context = {
        "incident": found,
        "rows": [
            (one.item, reference(one.item.external_id, one.item_id), became.get(one.item_id, ""))
            for one in shown
        ],
        "next_before": shown[-1].pk if len(rows) > queries.PAGE_ROWS else None,
        "is_first": before is None,
        "state": state,
        "states": states,
        "affected": named,
        "elsewhere": named - sum(count for _, _, count in states),
    }
    return page(request, "governance/incidents/items.html", context, current="governance")


@login_required
@require_POST
def items_csv(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """All affected items as CSV; who took it is recorded."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id)
    seen = _processes_of(found, access.rights(actor), "view_governance")
    content = affected.as_csv(incident=found, processes=seen, actor=actor)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    file = f"incident-{found.number}-items.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _add_items(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    def act(found: Incident, actor: User) -> None:
        asked = affected.read({name: str(value) for name, value in request.POST.items()})
        _require_handled(found, actor, asked.process)
        affected.save(incident_id=found.pk, asked=asked, actor=actor)

    return _act(request, incident_id, act, "The items are named in the incident.", at=ITEMS)


@login_required
@require_POST
def measure(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """A dry run of a measure over the incident's items."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id, HANDLE)
    process = request.POST.get("process", "")
    try:
        _require_handled(found, actor, process)
        run, _ = measures.plan(
            incident=found,
            process=process,
            verb=request.POST.get("verb", ""),
            reason=request.POST.get("reason", "").replace("\0", ""),
            actor=actor,
            includes_irreversible=request.POST.get("irreversible") == "1",
        )
    except DomainError as error:
        return _page(request, found, error=error, at=MEASURES)
    return redirect("run", run.pk)


@login_required
@require_POST
def play(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Begin a playbook for the incident."""
    actor = actor_of(request)
    found = incident_for(actor, incident_id, HANDLE)
    process, wanted = request.POST.get("process", ""), request.POST.get("playbook")
    chosen = next((one for one in playbooks.newest() if str(one.pk) == wanted), None)
    try:
        _require_handled(found, actor, process)
        if chosen is None:
            raise InvalidInput("Choose a playbook.", {"playbook": "required"})
        run = playing.start(
            incident_id=found.pk, playbook_id=chosen.pk, process=process, actor=actor
        )
    except DomainError as error:
        return _page(request, found, error=error, at=PLAYBOOKS)
    return redirect("playbook-run", run.pk)
