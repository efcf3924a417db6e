"""Which version serves, since when and by whom; going back; and what would have decided when."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.approvals.queries import Standings
from governance.catalogue import queries as catalogue
from governance.catalogue.models import Deployment
from governance.errors import Conflict, InvalidInput
from governance.models import Process
from governance.rollout import history, serving
from review import access
from review.console import confirming, deploying, shadowing
from review.console.pages import actor_of, page, refusal, status_of
from review.models import Item


@login_required
@require_GET
def deployments(request: HttpRequest) -> HttpResponse:
    """What serves in each process that I see."""
    slugs = access.rights(request.user).processes("view_governance")
    if not slugs:
        raise PermissionDenied
    rows = Deployment.objects.filter(process_id__in=slugs, until__isnull=True)
    champions = {
        one.process_id: one
        for one in rows.filter(role=Deployment.Role.CHAMPION).select_related("version__model")
    }
    standings = Standings(slugs)
    found = []
    for process in Process.objects.filter(pk__in=slugs).order_by("title"):
        one = champions.get(process.pk)
        found.append((process, one, deploying.standing(one.version, standings) if one else None))
    context = {"rows": found}
    return page(request, "governance/deployments/index.html", context, current="governance")


@login_required
@require_GET
def process_deployments(request: HttpRequest, process: str) -> HttpResponse:
    """What serves, the versions there are, and what served before."""
    row = _process_for(request, process)
    mine = access.rights(request.user)
    rows = deploying.past_of(process, before=_uuid(request.GET.get("before", "")))
    shown = rows[: deploying.PAGE_ROWS]
    standings = Standings([process])
    champion = catalogue.champion(process)
    shadows = catalogue.shadows(process)
    may_manage = mine.has(process, "manage_models")
    target = serving.rollback_target(process)
    versions = deploying.versions_of(
        row, champion, standings, may_ask=mine.has(process, "request_approvals")
    )
    context = {
        "process": row,
        "champion": champion,
        "standing": deploying.standing(champion, standings) if champion else None,
        "target": target,
        "versions": versions,
        "questions": confirming.of_deployments(process, champion, target, versions, shadows)
        if may_manage
        else [],
        "history": deploying.told(process, shown, standings),
        "next_before": shown[-1].pk if len(rows) > deploying.PAGE_ROWS else None,
        "is_first": "before" not in request.GET,
        "may_manage": may_manage,
        "shadows": shadowing.rows_of(shadows),
        "offers": shadowing.offers(row, champion, shadows) if may_manage else [],
    }
    return page(request, "governance/deployments/process.html", context, current="governance")


@login_required
@require_POST
def roll_back(request: HttpRequest, process: str) -> HttpResponse:
    """Put the last approved version in place that served before."""
    actor = actor_of(request)
    access.require(actor, process, "manage_models", visible="view_governance")
    back = resolve_url("process-deployments", process)
    try:
        made = serving.roll_back(
            process=process, actor=f"user:{actor.pk}", reason=request.POST.get("reason", "")
        )
    except (Conflict, InvalidInput) as error:
        return refusal(request, error, status=status_of(error), back=back)
    version = made.version
    messages.success(request, f"Rolled back: {version.model.name} v{version.number} serves now.")
    return redirect(back)


@login_required
@require_POST
def deploy(request: HttpRequest, process: str) -> HttpResponse:
    """Let an approved version serve."""
    actor = actor_of(request)
    access.require(actor, process, "manage_models", visible="view_governance")
    back = resolve_url("process-deployments", process)
    wanted = _uuid(request.POST.get("version", ""))
    try:
        if wanted is None:
            raise InvalidInput("There is no such version.")
        made = serving.deploy_approved(
            process=process,
            version_id=wanted,
            actor=f"user:{actor.pk}",
            reason=request.POST.get("reason", ""),
        )
    except (Conflict, InvalidInput) as error:
        return refusal(request, error, status=status_of(error), back=back)
    version = made.version
    messages.success(request, f"{version.model.name} v{version.number} serves now.")
    return redirect(back)


@login_required
@require_GET
def time_machine(request: HttpRequest, process: str) -> HttpResponse:
    """How the process would have decided at ?at=, or now; for ?item= under its contract."""
    row = _process_for(request, process)
    item = _item(request, process)
    at, error, moment = timezone.now(), None, None
    try:
        at = _instant(request.GET.get("at", ""), at)
        moment = history.at_moment(row, at, contract=item.contract if item else None)
    except InvalidInput as wrong:
        error = wrong
    context = {
        "process": row,
        "item": item,
        "of_item": deploying.of_item(item, moment) if item and moment else None,
        "at": at,
        "error": error,
        "moment": moment,
        "told": deploying.shown(moment) if moment else None,
        "changes": [
            (one, deploying.sentence(one), _address(process, one.at, item))
            for one in history.changes_of(process, limit=12)
        ],
    }
    template = "governance/deployments/moment.html"
    return page(request, template, context, current="governance", status=422 if error else 200)


def _address(process: str, at: datetime, item: Item | None) -> str:
    query = {"at": at.isoformat(), **({"item": str(item.pk)} if item else {})}
    return f"{resolve_url('time-machine', process)}?{urlencode(query)}"


def _item(request: HttpRequest, process: str) -> Item | None:
    text = request.GET.get("item", "")
    if not text:
        return None
    key = _uuid(text)
    if key is None:
        raise Http404
    item = access.item_for(actor_of(request), key)
    if item.process_id != process:
        raise Http404
    return item


def _process_for(request: HttpRequest, process: str) -> Process:
    access.require(actor_of(request), process, "view_governance", visible="view_items")
    row = Process.objects.select_related("contract").filter(pk=process).first()
    if row is None:
        raise Http404
    return row


def _instant(text: str, otherwise: datetime) -> datetime:
    """An ISO 8601 instant; UTC where it names no zone. Raises InvalidInput."""
    if not text:
        return otherwise
    try:
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("This is no moment.", {"at": "such as 2026-03-01T14:03:00Z"}) from None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
