"""Finding items: the list with its filters, the quick search, and the views people keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict, InvalidInput
from governance.roles.roles import Role
from review import access
from review.console import words
from review.console.filtering import chips_of, options_for
from review.console.pages import actor_of, is_partial, page, refusal
from review.finding import filters, operations, terms
from review.finding.filters import ItemFilter
from review.finding.listing import Listed, is_title_personal, listed, open_titles, reference
from review.finding.queries import After, find
from review.models import Item, SavedView

QUICK_ROWS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the list, every cell in words."""

    id: UUID
    title: str
    reference: str
    state: str
    state_text: str
    received_at: datetime
    decided_at: datetime | None
    due: words.Due | None  # of what still waits
    snippet: Sequence[tuple[str, bool]]
    cells: dict[str, str]


@login_required
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """Items of the processes I may see, by any filter; nothing is counted."""
    actor = actor_of(request)
    mine = access.rights(actor)
    processes = mine.processes("view_items")
    if not processes:
        raise PermissionDenied
    wanted = filters.read(request.GET.dict() | {"columns": ",".join(_columns(request))})
    after = After.read(request.GET.get("after", ""))
    found = find(processes, wanted, after=after)
    now = timezone.now()
    views = list(operations.views_for(actor)[:100])
    query = wanted.query()
    context = {
        "rows": [_row(one, wanted.q, now) for one in listed(found.ids, open_titles(processes))],
        "wanted": wanted,
        "shown": wanted.shown_columns,
        "options": options_for(mine, processes, wanted),
        "chips": chips_of(wanted, processes),
        "is_narrowed": bool(wanted.narrows),
        "is_partial": found.is_partial,
        "older": _address(query, after=found.after.text()) if found.after else "",
        "newest": _address(query),
        "is_first": after is None,
        "query": query,
        "views": views,
        "view": next((one for one in views if one.query == query and query), None),
        "may_share": operations.may_share(mine),
        "may_bulk": mine.has_anywhere("reassign_tasks"),
        "roles": [(str(role), role.label) for role in Role],
    }
    return page(request, "review/items.html", context, current="items")


def _columns(request: HttpRequest) -> list[str]:
    """Chosen columns, as boxes of a form (`columns=a&columns=b`) or in one (`columns=a,b`)."""
    return [name for one in request.GET.getlist("columns") for name in one.split(",")]


def _address(query: str, **more: str) -> str:
    return "&".join(part for part in (query, urlencode(more)) if part)


def _row(one: Listed, q: str, now: datetime) -> Row:
    is_waiting = one.state in (Item.State.RECEIVED, Item.State.WAITING)
    name = reference(one.external_id, one.id)
    snippet = terms.snippet(one.given, q) or terms.snippet(one.made, q) if q else []
    return Row(
        id=one.id,
        title=words.label(one.title) if one.title and _is_open(one) else name,
        reference=name,
        state=one.state,
        state_text=Item.State(one.state).label,
        received_at=one.received_at,
        decided_at=one.decided_at,
        due=words.due(one.due_at, now) if is_waiting else None,
        snippet=snippet,
        cells={
            "process": one.process,
            "segment": words.label(one.segment),
            "priority": str(one.priority),
            "queue": one.queue or "",
            "route": words.OUTCOMES.get(one.route or "", ""),
            "verdict": words.VERDICTS.get(one.verdict or "", ""),
            "person": one.person,
        },
    )


def _is_open(one: Listed) -> bool:
    """Whether the item's own contract, which may be older, lets its title stand in a list."""
    return not is_title_personal(agreement_of(one.contract_id))


@login_required
@require_GET
def quick(request: HttpRequest) -> HttpResponse:
    """The first hits for what is typed into the search box of the top bar."""
    processes = access.rights(request.user).processes("view_items")
    if not processes:
        raise PermissionDenied
    text = request.GET.get("q", "").replace("\0", "").strip()[: filters.MAX_TEXT]
    if not is_partial(request):
        return redirect(f"{resolve_url('items')}?{urlencode({'q': text})}")
    rows: list[Row] = []
    if text:
        found = find(processes, ItemFilter(q=text), limit=QUICK_ROWS)
        now = timezone.now()
        rows = [_row(one, text, now) for one in listed(found.ids, open_titles(processes))]
    context = {"rows": rows, "q": text, "all": urlencode({"q": text})}
    return render(request, "components/hits.html", context)


@login_required
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filter on the screen under a name."""
    actor = actor_of(request)
    if not access.rights(actor).has_anywhere("view_items"):
        raise PermissionDenied
    wanted = filters.read(_parsed(request.POST.get("query", "")))
    try:
        operations.save(
            owner=actor,
            rights=access.rights(actor),
            name=request.POST.get("name", "").replace("\0", ""),
            query=wanted.query(),
            shared_with=request.POST.get("shared_with", ""),
        )
    except InvalidInput as error:
        return refusal(request, error, status=422, back="items")
    except Conflict as error:
        return refusal(request, error, status=409, back="items")
    messages.success(request, "The view is kept. Its address can be sent to others as well.")
    return redirect(f"{resolve_url('items')}?{wanted.query()}")


def _parsed(query: str) -> dict[str, str]:
    return QueryDict(query[:4000]).dict()


@login_required
@require_POST
def remove_view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Forget a view of mine."""
    actor = actor_of(request)
    if not SavedView.objects.filter(pk=view_id, owner=actor).exists():
        raise Http404
    try:
        operations.remove(view_id=view_id, owner=actor)
    except Conflict as error:
        return refusal(request, error, status=409, back="items")
    messages.success(request, "The view is removed.")
    return redirect("items")
