"""Playbooks: the list, one with its versions, and a run of one, step by step."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import DomainError, InvalidInput, NotAllowed
from governance.incidents import playbooks as documents
from governance.incidents.models import Playbook, PlaybookRun, StepRun
from governance.models import User
from review import access
from review.console import incidents as wording
from review.console.pages import actor_of, page, refusal, status_of
from review.incidents import playing

HANDLE = "handle_incidents"


@login_required
@require_http_methods(["GET", "POST"])
def playbooks(request: HttpRequest) -> HttpResponse:
    """The playbooks there are; POST takes in those that are shipped."""
    mine = access.rights(request.user)
    if not mine.has_anywhere("view_governance"):
        raise PermissionDenied
    if request.method == "POST":
        if not mine.has_anywhere(HANDLE):
            raise PermissionDenied
        made = documents.install(actor=f"user:{actor_of(request).pk}")
        messages.success(request, f"{len(made)} taken in.")
        return redirect("playbooks")
    found = documents.newest()
    shipped = {file.stem for file in documents.SHIPPED.glob("*.yaml")}
    context = {
        "playbooks": found,
        "can_install": mine.has_anywhere(HANDLE) and bool(shipped - {one.slug for one in found}),
    }
    return page(request, "governance/playbooks/list.html", context, current="governance")


@login_required
@require_http_methods(["GET", "POST"])
def playbook(request: HttpRequest, slug: str) -> HttpResponse:
    """One playbook in its newest version; POST keeps the next one."""
    mine = access.rights(request.user)
    if not mine.has_anywhere("view_governance"):
        raise PermissionDenied
    versions = list(Playbook.objects.filter(slug=slug).order_by("-number"))
    if not versions:
        raise Http404
    can_write = mine.has_anywhere(HANDLE)
    source, error = documents.source_of(versions[0]), None
    if request.method == "POST":
        if not can_write:
            raise PermissionDenied
        source = request.POST.get("source", "").replace("\0", "")
        try:
            made = documents.save(slug=slug, source=source, actor=f"user:{actor_of(request).pk}")
        except InvalidInput as problem:
            error = problem
        else:
            messages.success(request, f"{made} is kept.")
            return redirect("playbook", slug)
    context = {
        "playbook": versions[0],
        "steps": wording.steps_of(versions[0]),
        "versions": [(one, wording.actor_in_words(one.created_by)) for one in versions[:50]],
        "can_write": can_write,
        "source": source,
        "error": error,
    }
    status = 422 if error else 200
    return page(
        request, "governance/playbooks/playbook.html", context, current="governance", status=status
    )


def _run_for(user: User, run_id: UUID, codename: str = "view_governance") -> PlaybookRun:
    run = (
        PlaybookRun.objects.select_related("playbook", "incident", "process", "started_by")
        .filter(pk=run_id)
        .first()
    )
    if run is None:
        raise Http404
    access.require(user, run.process_id, codename, visible="view_governance")
    return run


@login_required
@require_GET
def run(request: HttpRequest, playbook_run_id: UUID) -> HttpResponse:
    """A run: what is done, by whom, and the step that is next."""
    return _run_page(request, _run_for(actor_of(request), playbook_run_id))


def _run_page(
    request: HttpRequest, found: PlaybookRun, *, error: DomainError | None = None
) -> HttpResponse:
    """A run; after a refusal with the note that was typed and the error at it."""
    rows = list(found.steps.select_related("actor"))
    open_ones = [one for one in rows if one.state in (StepRun.State.WAITING, StepRun.State.FAILED)]
    context = {
        "run": found,
        "rows": [(one, wording.step_in_words(one.step)) for one in rows],
        "next": open_ones[0] if open_ones else None,
        "can_do": access.rights(request.user).has(found.process_id, HANDLE),
        "error": error,
        "note": request.POST.get("note", ""),
    }
    status = status_of(error) if error else 200
    return page(
        request, "governance/playbooks/run.html", context, current="governance", status=status
    )


@login_required
@require_POST
def step(request: HttpRequest, playbook_run_id: UUID) -> HttpResponse:
    """Do the next step, or leave it out."""
    actor = actor_of(request)
    found = _run_for(actor, playbook_run_id, HANDLE)
    text = request.POST.get("note", "").replace("\0", "")
    place = request.POST.get("position", "")
    position = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else -1
    try:
        if request.POST.get("skip"):
            playing.skip(run_id=found.pk, position=position, actor=actor, reason=text)
        else:
            playing.do(run_id=found.pk, position=position, actor=actor, note=text)
    except NotAllowed as error:
        return refusal(request, error, status=403, back="incidents")
    except DomainError as error:
        return _run_page(request, found, error=error)
    return redirect("playbook-run", found.pk)
