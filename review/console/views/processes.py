"""Processes: contract in force, stage, pause."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from governance.approvals.queries import Standings
from governance.contracts.agreement import Agreement, agreement_of
from governance.errors import Conflict, InvalidInput
from governance.models import Deployment, Process, User
from governance.rollout import operations
from review import access
from review.access import Rights
from review.console import approving, confirming, words
from review.console.approving import Licence
from review.console.pages import actor_of, page, refusal
from review.incidents import queries

_STAGES = {
    "shadow": "The model runs; people decide without seeing it.",
    "assisted": "People see the candidate and decide on every item.",
    "partial": "Acts alone in low-risk segments above the threshold.",
    "full": "Acts alone wherever every field is above its threshold.",
}


@dataclass(frozen=True, slots=True)
class Step:
    value: str
    label: str
    note: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Row:
    process: Process
    agreement: Agreement | None
    steps: list[Step]
    bands: list[tuple[str, str, str]]
    deployment: Deployment | None
    can_change: bool
    can_halt: bool
    is_halted: bool
    was_halted: bool  # lately: items may be with people for that alone
    floor: str  # asked of every field during an incident; "" for none
    sample: str
    licences: list[Licence]


@login_required
@require_GET
def processes(request: HttpRequest) -> HttpResponse:
    """The processes whose numbers I may read."""
    mine = access.rights(request.user)
    slugs = mine.processes("view_metrics")
    if not slugs:
        raise PermissionDenied
    champions = {
        deployment.process_id: deployment
        for deployment in Deployment.objects.filter(
            process_id__in=slugs, role=Deployment.Role.CHAMPION, until__isnull=True
        ).select_related("version__model")
    }
    found = (
        Process.objects.filter(pk__in=slugs)
        .select_related("contract")
        .defer("contract__source", "contract__body")
        .order_by("pk")
    )
    standings = Standings(slugs)
    halted = mine.user.loaded_halts if isinstance(mine.user, User) else {}
    lately = queries.lately_halted()
    floors = {one.process_id: words.percent(one.floor) for one in queries.overrides(slugs)}
    rows = [
        _row(
            process,
            champions.get(process.pk),
            standings,
            mine,
            halted,
            lately,
            floors.get(process.pk, ""),
        )
        for process in found
    ]
    context = {
        "rows": rows,
        "questions": [
            confirming.go_on(row.process.pk, row.process.title, back="processes")
            for row in rows
            if row.can_halt and row.is_halted
        ],
    }
    return page(request, "review/processes.html", context, current="processes")


def _row(
    process: Process,
    deployment: Deployment | None,
    standings: Standings,
    mine: Rights,
    halted: Collection[str],
    lately: Collection[str | None],
    floor: str,
) -> Row:
    agreement = agreement_of(process.contract_id) if process.contract_id else None
    bands = []
    if agreement is not None:
        properties = agreement.output_schema["properties"]
        for name, band in agreement.bands.items():
            label = str(properties.get(name, {}).get("title") or words.label(name))
            bands.append((label, words.percent(band.automatic), words.percent(band.manual)))
    return Row(
        process=process,
        agreement=agreement,
        steps=[
            Step(value, words.label(text), _STAGES[value], value == process.stage)
            for value, text in Process.Stage.choices
        ],
        bands=bands,
        deployment=deployment,
        can_change=mine.has(process.pk, "change_stage"),
        can_halt=mine.has(process.pk, "halt_automation"),
        is_halted=process.pk in halted,
        was_halted=None in lately or process.pk in lately,
        floor=floor,
        sample=words.percent(agreement.quality_sample_rate) if agreement else "",
        licences=approving.licences(
            process,
            deployment.version if deployment else None,
            standings,
            may_ask=mine.has(process.pk, "request_approvals"),
        ),
    )


@login_required
@require_POST
def stage(request: HttpRequest, process: str) -> HttpResponse:
    """Put a process into another stage."""
    actor = actor_of(request)
    access.require(actor, process, "change_stage", visible="view_metrics")
    wanted = request.POST.get("stage", "")
    try:
        operations.change_stage(process=process, stage=wanted, actor=f"user:{actor.pk}")
    except InvalidInput as error:
        return refusal(request, error, status=422, back="processes")
    except Conflict as error:
        return refusal(request, error, status=409, back="processes")
    messages.success(request, f"{process} is now in stage {wanted}.")
    return redirect("processes")


@login_required
@require_POST
def pause(request: HttpRequest, process: str) -> HttpResponse:
    """Stop or resume asking the model for new items."""
    actor = actor_of(request)
    access.require(actor, process, "change_stage", visible="view_metrics")
    is_paused = request.POST.get("is_paused") == "1"
    act = operations.pause if is_paused else operations.resume
    try:
        act(process=process, actor=f"user:{actor.pk}")
    except Conflict as error:
        return refusal(request, error, status=409, back="processes")
    messages.success(request, f"{process} is {'paused' if is_paused else 'running again'}.")
    return redirect("processes")
