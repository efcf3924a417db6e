"""What a key's scopes let it do: the one place that says so, and that refuses.

A scope never gives a right; it keeps a key from using one. Sessions have none.
"""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import permissions
from rest_framework.request import Request

from governance.errors import NotAllowed
from governance.models import ApiKey
from governance.roles.scopes import OF_PRODUCERS, Scope

_READ, _SUBMIT = (Scope.READ,), (Scope.SUBMIT,)
_DECIDE, _GOVERN = (Scope.DECIDE,), (Scope.GOVERN,)
_ANY = tuple(Scope)

# (name of the address, method): the scopes of which a key needs one. A key may do nothing that is
# not named here.
OPERATIONS: Mapping[tuple[str, str], tuple[Scope, ...]] = {
    ("items", "GET"): _READ,
    ("items", "POST"): _SUBMIT,
    ("items-bulk", "POST"): _SUBMIT,
    ("item", "GET"): _READ,
    ("lineage", "GET"): _READ,
    ("page", "GET"): _READ,
    ("next-task", "POST"): _DECIDE,
    ("tasks", "GET"): _DECIDE,
    ("task", "GET"): _DECIDE,
    ("task-decide", "POST"): _DECIDE,
    ("task-release", "POST"): _DECIDE,
    ("task-skip", "POST"): _DECIDE,
    ("task-escalate", "POST"): _DECIDE,
    ("task-heartbeat", "POST"): _DECIDE,
    ("task-draft", "POST"): _DECIDE,
    ("task-reassign", "POST"): _GOVERN,
    ("decisions", "GET"): (Scope.READ, Scope.DECIDE),
    ("decision-undo", "POST"): _DECIDE,
    ("decision-amend", "POST"): _DECIDE,
    ("failed-effects", "GET"): (Scope.READ, Scope.GOVERN),
    ("effect-retry", "POST"): _GOVERN,
    ("effect-write-off", "POST"): _GOVERN,
    ("gate", "GET"): (Scope.READ, Scope.DECIDE),
    ("gate-release", "POST"): _DECIDE,
    ("gate-refuse", "POST"): _DECIDE,
    ("approvals", "GET"): _GOVERN,
    ("approvals", "POST"): _GOVERN,
    ("approval", "GET"): _GOVERN,
    ("approval-sign", "POST"): _GOVERN,
    ("approval-refuse", "POST"): _GOVERN,
    ("approval-withdraw", "POST"): _GOVERN,
    ("approval-comment", "POST"): _GOVERN,
    # What a caller must know to use any other operation at all.
    ("processes", "GET"): _ANY,
    ("process", "GET"): _ANY,
    ("process-at", "GET"): _READ,
    ("process-stage", "POST"): _GOVERN,
    ("process-pause", "POST"): _GOVERN,
    ("process-resume", "POST"): _GOVERN,
    ("process-halt", "POST"): _GOVERN,
    ("process-go-on", "POST"): _GOVERN,
    ("process-give-back", "POST"): _GOVERN,
    ("process-give-back-do", "POST"): _GOVERN,
    ("process-metrics", "GET"): _READ,
    ("process-access", "GET"): _GOVERN,
}


class MissingScope(NotAllowed):
    """The key may not do this, whatever its owner may; any one of `scopes` would do."""

    code = "missing_scope"

    def __init__(self, scopes: tuple[Scope, ...]) -> None:
        self.scopes = [str(scope) for scope in scopes]
        word = "the scope" if len(scopes) == 1 else "one of the scopes"
        super().__init__(f"This key lacks {word} {', '.join(self.scopes)}.")


class WithinScopes(permissions.BasePermission):
    """Lets a session pass, and a key that has a scope of the operation."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not isinstance(key, ApiKey) or method not in view.allowed_methods:
            return True  # the latter is answered by 405
        match = request._request.resolver_match
        needed = _needed(match.url_name if match else None, method)
        if not set(needed) & set(key.scopes):
            if key.user_id is None and not set(needed) & set(OF_PRODUCERS):
                raise NotAllowed(
                    "A producer's key hands items in and reads them; this is for people."
                )
            raise MissingScope(needed)
        return True


def _needed(name: str | None, method: str) -> tuple[Scope, ...]:
    if method == "OPTIONS":
        return _ANY
    needed = OPERATIONS.get((name or "", method))
    if needed is None:
        raise NotAllowed("No key may do this.")
    return needed


def scopes_at(path: str, method: str) -> tuple[Scope, ...]:
    """The same by an address as the API's description writes it: /api/v1/items/{item_id}/."""
    from review.api.urls import urlpatterns  # which names the views, and they this

    for one in urlpatterns:
        written = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(one.pattern))
        if path == f"/api/v1/{written}":
            return _needed(str(one.name), method.upper())
    raise LookupError(path)
