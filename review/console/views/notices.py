"""What a person is told: the bell, the list, and how they want to be told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import InvalidInput
from review.console.pages import actor_of, page
from review.models import Notice
from review.notices import queries
from review.notices.choosing import choose
from review.notices.operations import choices_of, mark_read
from review.notices.texts import path_of, says, texts_of
from review.notices.ways import WHEN, Choices

_WHEN_WORDS = {"off": "never", "now": "at once", "hourly": "every hour", "daily": "once a day"}


@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """My notices, newest first."""
    found = queries.notices_of(actor_of(request), before=_uuid(request.GET.get("before", "")))
    shown = found[: queries.PAGE_ROWS]
    context = {
        "rows": [
            {"notice": one, "text": text} for one, text in zip(shown, texts_of(shown), strict=True)
        ],
        "has_unread": any(one.read_at is None for one in shown),
        "next_before": shown[-1].pk if len(found) > len(shown) else None,
        "is_first": "before" not in request.GET,
    }
    return page(request, "review/notices.html", context, current="notices")


@login_required
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many I have not read: what the bell shows. One statement."""
    unread = queries.unread_count(actor_of(request))
    return render(
        request, "components/bell_count.html", {"unread": unread, "cap": queries.COUNT_CAP}
    )


@login_required
@require_GET
def follow(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Go where a notice points; it is read by that."""
    actor = actor_of(request)
    found = Notice.objects.filter(pk=notice_id, person=actor).first()
    if found is None:
        raise Http404
    mark_read(person=actor, notice_ids=[found.pk])
    return redirect(path_of(found))


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark all my notices as read."""
    mark_read(person=actor_of(request))
    return redirect("notices")


@login_required
@require_http_methods(["GET", "POST"])
def ways(request: HttpRequest) -> HttpResponse:
    """By which ways and when I am told of what."""
    actor = actor_of(request)
    if request.method == "GET":
        return _ways_page(request, choices_of([actor.pk])[actor.pk])
    given = {name: str(value).replace("\0", "") for name, value in request.POST.items()}
    try:
        choose(person=actor, given=given)
    except InvalidInput as error:
        chosen = choices_of([actor.pk])[actor.pk]
        return _ways_page(request, chosen, given=given, errors=error.errors, status=422)
    messages.success(request, "Saved.")
    return redirect("notice-ways")


def _ways_page(
    request: HttpRequest,
    chosen: Choices,
    *,
    given: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = errors or {}
    rows = []
    for kind in Notice.Kind.values:
        way = dict(chosen.way(kind))
        if given is not None:
            way = {"app": f"{kind}-app" in given} | {
                channel: given.get(f"{kind}-{channel}", "off") for channel in ("email", "chat")
            }
        rows.append({"kind": kind, "says": says(kind), "way": way})
    typed = given or {
        "time_zone": chosen.time_zone,
        "quiet_from": chosen.quiet_from.isoformat("minutes") if chosen.quiet_from else "",
        "quiet_until": chosen.quiet_until.isoformat("minutes") if chosen.quiet_until else "",
        "digest_hour": chosen.digest_hour,
        "chat_url": chosen.chat_url,
    }
    context = {
        "rows": rows,
        "typed": typed,
        "errors": wrong,
        "whens": [(when, _WHEN_WORDS[when]) for when in WHEN],
        "zones": sorted(available_timezones()),
        "has_email": settings.NOTICES_BY_EMAIL,
        "address": actor_of(request).email,
        "chat_hosts": settings.CHAT_HOSTS,
    }
    return page(request, "review/notice_ways.html", context, current="notices", status=status)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
