"""Whether somebody showed lately that it is them: before what signs in is changed."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

CONFIRMED_AT = "confirmed_at"
FRESH_SECONDS = 600

View = Callable[..., HttpResponse]


def is_fresh(request: HttpRequest) -> bool:
    at = request.session.get(CONFIRMED_AT)
    return isinstance(at, float) and 0 <= time.time() - at < FRESH_SECONDS


def confirm(request: HttpRequest) -> None:
    """They did just now."""
    request.session[CONFIRMED_AT] = time.time()


def fresh_required(view: View) -> View:
    """Ask anew for who signed in more than ten minutes ago, then lead back to the page."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse("security")
        return redirect(f"{reverse('security-confirm')}?{urlencode({'next': back})}")

    return wrapped
