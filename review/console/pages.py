"""A page with its frame: navigation by rights, and answers to domain errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from governance.errors import DomainError, InvalidInput, NotAllowed
from governance.models import User
from review.access import Rights, rights
from review.console import keys, words


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation."""

    name: str  # of the URL
    label: str
    is_current: bool


# URL name, label, and the right that opens the page ("" for everybody).
_PLACES = (
    ("my-work", "My work", ""),
    ("history", "History", ""),
    ("items", "Items", "view_items"),
    ("hand-in-where", "Hand in", "submit_items"),
    ("team", "Team", "reassign_tasks"),
    ("failed-effects", "Failed effects", "operate_effects"),
    ("processes", "Processes", "view_metrics"),
    ("governance", "Governance", "view_governance"),
)


def actor_of(request: HttpRequest) -> User:
    """The signed-in person of a view behind login_required."""
    assert isinstance(request.user, User)
    return request.user


def navigation(mine: Rights, current: str) -> list[Link]:
    return [
        Link(name, text, name == current)
        for name, text, right in _PLACES
        if not right or mine.has_anywhere(right)
    ]


def _halted(mine: Rights) -> list[str]:
    """The titles of their processes that are halted; ["*"] where everything is."""
    halts = mine.user.loaded_halts if isinstance(mine.user, User) else {}
    seen = mine.visible_processes() if halts else []
    if "*" in halts and seen:
        return ["*"]
    return [title for slug, title in halts.items() if slug in seen]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    current: str = "",
    status: int = 200,
) -> HttpResponse:
    """A whole page; `current` is the URL name of its place in the navigation."""
    mine = rights(request.user)
    framed = {**context, "places": navigation(mine, current), "person": mine.user}
    framed["halted"] = _halted(mine)
    if isinstance(mine.user, User):
        framed["keymap"] = json.dumps(keys.keymap(mine.user.keys)) if mine.user.keys else ""
        framed["key_bindings"] = keys.keys_of(mine.user)
    return render(request, template, framed, status=status)


def status_of(error: DomainError) -> int:
    """The status of an answer that tells a domain error."""
    if isinstance(error, InvalidInput):
        return 422
    return 403 if isinstance(error, NotAllowed) else 409


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page rather than for the whole."""
    return bool(getattr(request, "htmx", False))


def go(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """Send the browser elsewhere, whether htmx asked or a plain form did."""
    address = resolve_url(to, *args)
    if is_partial(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)


# Fields whose label on the page is another than their name.
_FIELD_LABELS = {
    "daily_limit": "At most a day",
    "digests": "The person",
    "from": "Received from",
    "reference": "Case",
    "share": "Percent of the items",
    "shared_with": "Shared with",
    "since": "Received from",
    "title": "What is wrong",
    "username": "User name",
}


def fields_of(error: DomainError | None) -> list[tuple[str, str]]:
    """What is wrong with which field, by the names that people see."""
    fields = error.fields if isinstance(error, InvalidInput) else []
    return [(_FIELD_LABELS.get(name) or words.label(name), why) for name, why in fields]


def refusal(request: HttpRequest, error: DomainError, *, status: int, back: str) -> HttpResponse:
    """A rule said no outside the review screen: a notice for htmx, a page for a plain form."""
    context = {"error": error, "fields": fields_of(error), "back": resolve_url(back)}
    if is_partial(request):
        response = render(request, "components/notice.html", context, status=status)
        response["HX-Retarget"] = "#notice"
        response["HX-Reswap"] = "innerHTML"
        return response
    return page(request, "review/refused.html", context, status=status)
