"""The kill switch, and raised thresholds: for a process, or for everything."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from governance.errors import DomainError
from governance.incidents import operations, thresholds
from governance.models import Process
from review import access
from review.access import Rights
from review.bulk import giving_back
from review.console.pages import actor_of, refusal, status_of

HALTED = "Halted. Nothing is decided automatically and no effect is sent."
GOES_ON = (
    "It goes on. What waited is sent in the next seconds. Items that came in meanwhile stay with "
    "people; Give back on the page of processes lets the model have them."
)


def may_halt_everything(mine: Rights) -> bool:
    """Whether a person may halt in every process that there is."""
    slugs = set(Process.objects.values_list("pk", flat=True))
    return bool(slugs) and slugs <= set(mine.processes("halt_automation"))


@login_required
@require_POST
def halt(request: HttpRequest, process: str) -> HttpResponse:
    """Halt one process."""
    actor = actor_of(request)
    access.require(actor, process, "halt_automation", visible="view_metrics")
    reason = request.POST.get("reason", "")
    return _done(
        request,
        lambda: operations.halt(process=process, actor=f"user:{actor.pk}", reason=reason),
        HALTED,
    )


@login_required
@require_POST
def go_on(request: HttpRequest, process: str) -> HttpResponse:
    """Let one process go on."""
    actor = actor_of(request)
    access.require(actor, process, "halt_automation", visible="view_metrics")
    reason = request.POST.get("reason", "")
    return _done(
        request,
        lambda: operations.go_on(process=process, actor=f"user:{actor.pk}", reason=reason),
        GOES_ON,
    )


@login_required
@require_POST
def give_back(request: HttpRequest, process: str) -> HttpResponse:
    """Plan a run that gives back to the model what a halt left with people."""
    actor = actor_of(request)
    access.require(actor, process, "halt_automation", visible="view_metrics")
    try:
        run, _ = giving_back.plan(
            process=process, reason=request.POST.get("reason", ""), actor=actor
        )
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back="processes")
    return redirect("run", run.pk)


@login_required
@require_POST
def halt_all(request: HttpRequest) -> HttpResponse:
    """Halt everything."""
    actor = _everywhere(request)
    reason = request.POST.get("reason", "")
    return _done(request, lambda: operations.halt(process=None, actor=actor, reason=reason), HALTED)


@login_required
@require_POST
def go_on_all(request: HttpRequest) -> HttpResponse:
    """End the halt of everything; a process that is halted by itself stays so."""
    actor = _everywhere(request)
    reason = request.POST.get("reason", "")
    return _done(
        request, lambda: operations.go_on(process=None, actor=actor, reason=reason), GOES_ON
    )


@login_required
@require_POST
def restore(request: HttpRequest, process: str) -> HttpResponse:
    """Go back to the contract's own thresholds."""
    actor = actor_of(request)
    access.require(actor, process, "halt_automation", visible="view_metrics")
    reason = request.POST.get("reason", "")
    return _done(
        request,
        lambda: thresholds.end_override(process=process, actor=f"user:{actor.pk}", reason=reason),
        "The thresholds are the contract's own again.",
    )


def _everywhere(request: HttpRequest) -> str:
    actor = actor_of(request)
    if not may_halt_everything(access.rights(actor)):
        raise PermissionDenied
    return f"user:{actor.pk}"


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
    back = "incidents" if request.POST.get("back") == "incidents" else "processes"
    try:
        act()
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back=back)
    messages.success(request, said)
    return redirect(back)
