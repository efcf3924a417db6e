"""Who a session belongs to, and whether they may go on without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from governance.roles.models import User
from governance.signin import factors, sessions
from review.api.problems import plain

NEEDED = "Set up a second factor first: your role needs one."


class SessionMiddleware(AuthenticationMiddleware):
    """Django's, but a session counts only while its row is there; read with the person at once."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _owner(request))  # type: ignore[assignment]


def _owner(request: HttpRequest) -> User | AnonymousUser:
    known: Any = getattr(request, "_cached_user", None)
    if known is not None:
        return known
    user: Any = auth.get_user(request)
    if isinstance(user, User):
        session_id = request.session.get(sessions.KEY)
        if session_id and sessions.is_live(user, session_id):
            sessions.see(user, session_id)
        else:
            request.session.flush()
            user = AnonymousUser()
    request._cached_user = user  # type: ignore[attr-defined]
    return user


def without_factor(view: Any) -> Any:
    """Mark a view that people reach who still have to set up their second factor."""
    view.is_open_without_factor = True
    return view


class SecondFactorMiddleware:
    """Leads who needs a second factor and has none to where it is set up; nothing else opens.

    What it asks was read with the person, so that it costs no statement, and a role that is given
    to somebody who is signed in counts with their next request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not settings.REQUIRE_SECOND_FACTOR_FOR or getattr(view, "is_open_without_factor", False):
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = request.user
        if not isinstance(user, User) or not factors.is_missing(user):
            return None
        if request.path.startswith("/api/"):
            return plain(403, "second_factor_needed", NEEDED)
        address = reverse("security")
        if request.headers.get("HX-Request"):
            # Parts that the set-up page itself asks for, such as the bell, stay empty.
            is_there = urlsplit(request.headers.get("HX-Current-URL", "")).path.startswith(address)
            return HttpResponse(status=204, headers={} if is_there else {"HX-Redirect": address})
        return HttpResponseRedirect(address)
