"""Signing in at the provider and coming back."""

from __future__ import annotations

import secrets

import structlog
from allauth.account.utils import get_next_redirect_url
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from integrations import openid
from review.signin import oidc
from review.signin.middleware import without_factor

log = structlog.get_logger(__name__)


@without_factor
@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider, with a state, a nonce and a challenge of this request."""
    from review.signin.oidc_provider import Adapter, refused

    if not oidc.is_on():
        raise Http404
    nonce = secrets.token_urlsafe(32)
    try:
        response: HttpResponse = (
            Adapter(request, oidc.provider_id())
            .get_provider()
            .redirect(
                request,
                process="login",
                next_url=get_next_redirect_url(request),
                auth_params={"nonce": nonce},
                nonce=nonce,
            )
        )
    except openid.FAILURES as error:
        log.warning("oidc_unreachable", error=str(error))
        return refused(request, "provider")
    return response


@without_factor
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider: believe what it signed, or say that it did not work."""
    from review.signin.oidc_provider import Adapter, Callback, refused

    if not oidc.is_on():
        raise Http404
    try:
        response: HttpResponse = Callback.adapter_view(Adapter(request, oidc.provider_id()))(
            request
        )
    except openid.FAILURES as error:
        log.warning("oidc_refused", error=str(error))
        return refused(request, "provider")
    return response
