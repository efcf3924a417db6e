"""Bearer keys of producers and people, and the console's session."""

import copy
import hashlib
import threading
import time
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from governance.models import ApiKey, User
from governance.roles.queries import key_for
from governance.signin import factors
from review.api.callers import Caller
from review.api.problems import Refused
from review.api.scopes import scopes_at
from review.signin.middleware import NEEDED

KEPT_SECONDS = 10.0  # a revoked key works at most this long
KEPT_KEYS = 1000
LAST_USED_STEP = timedelta(minutes=1)  # how exact last_used_at is


class _Kept:
    """Verified keys by the hash of their secret; what is unknown or wrong is never kept."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[ApiKey, float]] = {}
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> ApiKey | None:
        found = self._keys.get(digest)
        if found is None or found[1] <= time.monotonic():
            return None
        key = found[0]
        if key.expires_at is not None and key.expires_at <= timezone.now():
            return None
        return key

    def keep(self, digest: bytes, key: ApiKey) -> None:
        with self._lock:
            if len(self._keys) >= KEPT_KEYS:
                self._keys.clear()
            self._keys[digest] = (key, time.monotonic() + KEPT_SECONDS)

    def clear(self) -> None:
        self._keys.clear()


kept_keys = _Kept()


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer csk_…`; a producer's key acts as its producer, a person's as them."""

    def authenticate(self, request: Request) -> tuple[User | Caller, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = self._key(secret.strip())
        if key.user is None:
            return Caller(key), key
        # A copy, because rights are remembered on the user object for the length of a request.
        person = copy.copy(key.user)
        person.rights_within = key.process_id  # type: ignore[attr-defined]
        return person, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="countersign"'

    def _key(self, secret: str) -> ApiKey:
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
        key = kept_keys.get(digest)
        if key is not None:
            return key
        key = key_for(secret) if secret.isascii() and secret.isprintable() else None
        if key is None:
            raise exceptions.AuthenticationFailed("This key is unknown, revoked or expired.")
        if key.user is not None and factors.is_missing(key.user):
            raise Refused(403, "second_factor_needed", NEEDED)
        _mark_used(key)
        kept_keys.keep(digest, key)
        return key


class SessionAuthentication(authentication.SessionAuthentication):
    """The console's session; what changes anything needs the CSRF token as well, in its header."""

    def enforce_csrf(self, request: Request) -> None:
        """As ever, but a body with files stays unread: Django would look for a token in it, and
        put the files on the disk for that."""
        plain: Any = request._request
        if plain.content_type == "multipart/form-data" and not hasattr(plain, "_post"):
            plain._post, plain._files = QueryDict(), MultiValueDict()
        super().enforce_csrf(request)


def _mark_used(key: ApiKey) -> None:
    """Note the use, at most once a minute, so that a busy key does not rewrite its row."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_STEP:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - LAST_USED_STEP)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the API's description names bearer keys."""

    target_class = "review.api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of a producer or a person: `Authorization: Bearer csk_…`. "
            "The list with an operation names the scope that the key needs.",
        }

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """One requirement a scope, for any one of them will do; none where every scope does."""
        needed = scopes_at(auto_schema.path, auto_schema.method)
        if set(needed) == set(ApiKey.Scope):
            return {self.name: []}
        return [{self.name: [str(scope)]} for scope in needed]


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API's description names the console's session."""

    target_class = "review.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The console's session; changes need the header `X-CSRFToken` too.",
        }
