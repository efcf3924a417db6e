"""Shadows: versions that answer beside the one that serves, and how they compare."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_GET, require_POST

from governance.catalogue import operations as catalogue
from governance.catalogue import providers
from governance.catalogue import shadowing as shadows
from governance.catalogue.models import Deployment
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from review import access
from review.console import shadowing
from review.console.pages import actor_of, page, refusal


@login_required
@require_GET
def shadow(request: HttpRequest, process: str, deployment_id: UUID) -> HttpResponse:
    """One shadow: what it answered, who was right, and where it differs."""
    access.require(actor_of(request), process, "view_governance", visible="view_items")
    mine = access.rights(request.user)
    deployment = (
        Deployment.objects.filter(pk=deployment_id, process_id=process, role=Deployment.Role.SHADOW)
        .select_related("version__model", "process")
        .first()
    )
    if deployment is None:
        raise Http404
    may_see_items = mine.has(process, "view_items")
    context = {
        "process": deployment.process,
        "deployment": deployment,
        "told": shadowing.page_of(deployment, may_see_items=may_see_items),
        "may_manage": mine.has(process, "manage_models"),
        "may_see_items": may_see_items,
    }
    return page(request, "governance/deployments/shadow.html", context, current="governance")


@login_required
@require_POST
def begin(request: HttpRequest, process: str) -> HttpResponse:
    """Let a version, or an endpoint as settings have it now, answer beside what serves."""
    actor = actor_of(request)
    access.require(actor, process, "manage_models", visible="view_governance")
    back = resolve_url("process-deployments", process)
    try:
        share = _percent(request.POST.get("percent", ""))
        daily_limit = _number(request.POST.get("daily_limit", ""))
        shadows.require_range(share=share, daily_limit=daily_limit)  # before anything is registered
        made = shadows.begin_by_id(
            process=process,
            version_id=_version(process, request.POST.get("version", ""), f"user:{actor.pk}"),
            share=share,
            daily_limit=daily_limit,
            actor=f"user:{actor.pk}",
        )
    except InvalidInput as error:
        return refusal(request, error, status=422, back=back)
    except Conflict as error:
        return refusal(request, error, status=409, back=back)
    version = made.version
    messages.success(request, f"{version.model.name} v{version.number} is a shadow now.")
    return redirect("shadow", process, made.pk)


@login_required
@require_POST
def end(request: HttpRequest, process: str, deployment_id: UUID) -> HttpResponse:
    """Ask a shadow no more."""
    actor = actor_of(request)
    access.require(actor, process, "manage_models", visible="view_governance")
    back = resolve_url("process-deployments", process)
    try:
        shadows.end_by_id(process=process, deployment_id=deployment_id, actor=f"user:{actor.pk}")
    except Deployment.DoesNotExist:
        raise Http404 from None
    except Conflict as error:
        return refusal(request, error, status=409, back=back)
    messages.success(request, "The shadow is ended. What it answered is kept.")
    return redirect(back)


def _version(process: str, text: str, actor: str) -> UUID:
    """A version by its id, or that of an endpoint by its provider's name."""
    try:
        return UUID(text)
    except ValueError:
        pass
    contract = Process.objects.select_related("contract").get(pk=process).contract
    try:
        if contract is None or providers.is_local(text):
            raise KeyError(text)
        return catalogue.register_endpoint(contract, text, actor=actor).pk
    except KeyError:
        raise InvalidInput("There is no such version.", {"version": "choose one"}) from None


def _percent(text: str) -> float:
    try:
        return float(text.replace(",", ".")) / 100
    except ValueError:
        raise InvalidInput("This is no share.", {"share": "a number of percent"}) from None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidInput("This is no number.", {"daily_limit": "a whole number"}) from None
