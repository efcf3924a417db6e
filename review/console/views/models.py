"""The catalogue: models by process, and one version with its card."""

import json
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST

from governance.approvals.queries import Standings
from governance.cards import prose
from governance.cards import queries as cards
from governance.cards.completeness import Completeness
from governance.cards.form import Field, Section
from governance.cards.models import CardFacts
from governance.cards.queries import Card
from governance.cards.schema import SECTIONS
from governance.cards.table import Table
from governance.catalogue import queries as catalogue
from governance.catalogue.queries import Standing
from governance.models import Deployment, ModelVersion, User
from review import access
from review.console import deploying
from review.console.pages import actor_of, page
from review.measuring import operations as measuring

SHOWN = 20  # deployments and versions on a version's page


@dataclass(frozen=True, slots=True)
class Row:
    """A version in the catalogue."""

    version: ModelVersion
    deployment: Deployment | None
    standing: Standing
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a card as it is read."""

    field: Field
    html: SafeString
    tables: tuple[Table, ...]


def version_for(user: User, version_id: UUID, codename: str = "view_governance") -> ModelVersion:
    """A version with its model and process."""
    found = ModelVersion.objects.select_related("model__process").filter(pk=version_id).first()
    if found is None:
        raise Http404
    access.require(user, found.model.process_id, codename, visible="view_governance")
    return found


@login_required
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """Of each model the newest version and what serves, by process."""
    slugs = access.rights(request.user).processes("view_governance")
    if not slugs:
        raise PermissionDenied
    versions = catalogue.listed(slugs)
    serving = catalogue.serving(slugs)
    standings = catalogue.standings(versions)
    completeness = cards.completeness_of(versions)
    rows = [
        Row(one, serving.get(one.pk), standings[one.pk], completeness[one.pk]) for one in versions
    ]
    grouped = [
        (process, list(of_process))
        for process, of_process in groupby(rows, key=lambda row: row.version.model.process)
    ]
    return page(request, "governance/models/index.html", {"grouped": grouped}, current="governance")


@login_required
@require_GET
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """One frozen version: what it is, where it serves, and its card."""
    actor = actor_of(request)
    found = version_for(actor, version_id)
    card = cards.card(found)
    mine, process = access.rights(actor), found.model.process_id
    can_write = mine.has(process, "manage_models")
    context = {
        "version": found,
        "card": card,
        "sections": read_sections(card),
        "licence": deploying.standing(
            found, Standings([process]), may_ask=mine.has(process, "request_approvals")
        ),
        "deployments": found.deployments.order_by("-since")[:SHOWN],
        "siblings": found.model.versions.order_by("-number")[:SHOWN],
        "report": json.dumps(found.report, indent=1, ensure_ascii=False) if found.report else "",
        "draft": cards.draft_of(found.pk, actor.pk) if can_write else None,
        "can_write": can_write,
        "is_due": bool(card.facts and card.facts.asked_at),
    }
    return page(request, "governance/models/version.html", context, current="governance")


@login_required
@require_POST
def measure(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Have a version measured anew."""
    actor = actor_of(request)
    found = version_for(actor, version_id, "manage_models")
    measuring.ask(version=found, actor=actor)
    messages.success(request, "It is being measured; the figures appear here when they are ready.")
    return redirect("model-version", found.pk)


@login_required
@require_GET
def measured(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Whether what was asked for is measured by now; the page is then loaded again."""
    found = version_for(actor_of(request), version_id)
    is_due = CardFacts.objects.filter(version=found, asked_at__isnull=False).exists()
    response = render(
        request, "governance/models/version.html#measuring", {"version": found, "is_due": is_due}
    )
    if not is_due:
        response["HX-Refresh"] = "true"
    return response


def read_sections(card: Card) -> list[tuple[Section, list[FieldView]]]:
    """The card in its order, texts as safe HTML."""
    return [(section, [_view(card, field) for field in section.fields]) for section in SECTIONS]


def _view(card: Card, field: Field) -> FieldView:
    # prose.html escapes everything in the text and lets no raw HTML through.
    html = mark_safe(prose.html(card.texts.get(field.key, "")))  # noqa: S308
    return FieldView(field, html, card.measured.get(field.key, ()))
