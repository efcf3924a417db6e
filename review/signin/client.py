"""Who asks: the address, the browser, and whether a name was used in it before."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from governance.signin.throttle import name_digest

COOKIE = "known_names"
COOKIE_DAYS = 90
_SALT = "countersign.known_names"
_MOST_NAMES = 5


def address(request: HttpRequest) -> str:
    """The client's address, by as many proxies in front as TRUSTED_PROXIES says there are.

    Each proxy adds to X-Forwarded-For whom it was called by; what is before those parts anybody
    may write, so it is not looked at.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    parts = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    if proxies and len(parts) >= proxies and parts[-proxies].strip():
        return parts[-proxies].strip()
    return direct


def agent(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))[:500]


def device_of(request: HttpRequest, username: str) -> str:
    """What this browser keeps of a sign-in with that name; "" for a browser that is new to it."""
    return _known(request).get(_short(username), "")


def remember(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Let the browser keep that this name signed in in it; the cookie holds no name in clear."""
    known = _known(request)
    mine = known.pop(_short(username), "") or secrets.token_urlsafe(12)
    kept = dict(list(known.items())[-(_MOST_NAMES - 1) :]) | {_short(username): mine}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=COOKIE_DAYS * 86_400,
        path="/login/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        found: Any = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_DAYS * 86_400
        )
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def _short(username: str) -> str:
    return name_digest(username).hex()[:32]
