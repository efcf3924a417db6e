"""allauth's OpenID Connect, held to more: signatures and nonces always, our outbound client, PKCE.

allauth trusts an ID token that came by TLS without its signature and sends no nonce; its calls go
where they are told. What it does with states, sessions and second factors stays as it is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from governance.signin import linking
from integrations import http, openid
from review.signin import oidc


def refused(request: HttpRequest, why: str) -> HttpResponse:
    """Back to the sign-in page, which says why."""
    request.session["signin_refused"] = why
    return redirect("login")


class SocialAdapter(DefaultSocialAccountAdapter):
    """One provider, from the settings; people are matched, not signed up."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        if not oidc.is_on() or provider not in (None, "openid_connect", oidc.provider_id()):
            return []
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=oidc.provider_id(),
                name=settings.OIDC_NAME[:40],
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True},
            )
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the account to who it belongs to, unless that was done before."""
        if sociallogin.account.pk:
            return
        try:
            sociallogin.account = linking.link(
                provider=oidc.provider_id(),
                claims=sociallogin.claims,
                claim=settings.OIDC_CLAIM,
                create=settings.OIDC_CREATE_PEOPLE,
                trust_email=settings.OIDC_TRUST_EMAIL,
            )
        except linking.Unknown:
            raise ImmediateHttpResponse(refused(request, "unknown")) from None
        sociallogin.user = sociallogin.account.user

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(refused(request, "provider"))

    def get_requests_session(self) -> _Session:
        return _Session()


class Adapter(OpenIDConnectOAuth2Adapter):
    """Endpoints from the provider's own word, claims from its signature."""

    nonce = ""  # of the request that is answered; set by Callback

    @property
    def found(self) -> openid.Provider:
        known: openid.Provider | None = getattr(self, "_found", None)
        if known is None:
            known = openid.discover(settings.OIDC_ISSUER, allow_private=_allow_private())
            self._found = known
        return known

    @property
    def openid_config(self) -> dict[str, Any]:
        return {
            "issuer": self.found.issuer,
            "authorization_endpoint": self.found.authorization_endpoint,
            "token_endpoint": self.found.token_endpoint,
            "jwks_uri": self.found.jwks_uri,
            "token_endpoint_auth_methods_supported": list(self.found.token_auth_methods),
        }

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = openid.verified(
            str(kwargs["response"].get("id_token", "")),
            self.found,
            client_id=app.client_id,
            nonce=self.nonce,
            allow_private=_allow_private(),
        )
        login = self.get_provider().sociallogin_from_response(request, {"id_token": dict(claims)})
        login.claims = claims
        return login

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("oidc-callback"))


class Provider(OpenIDConnectProvider):
    """Signs in by `sub`; of the rest nothing is kept."""

    oauth2_adapter_class = Adapter
    pkce_enabled_default = True

    def extract_extra_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}


class Callback(OAuth2CallbackView):
    """allauth's, handing the nonce of the state to who checks the token."""

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = str(state.get("nonce", ""))
        return state, response


class _Session:
    """As much of a requests session as allauth uses, on integrations.http: with its limits of
    time, size and address."""

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *args: object) -> None:
        return None

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
    ) -> _Response:
        sent = {**(headers or {}), "Accept": "application/json"}
        if auth is not None:
            pair = f"{auth.username}:{auth.password}".encode()
            sent["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        if data is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = http.request(
                method,
                f"{url}?{urlencode(params)}" if params else url,
                content=urlencode(data).encode() if data is not None else None,
                headers=sent,
                timeout_seconds=openid.TIMEOUT_SECONDS,
                allow_private=_allow_private(),
                max_response_bytes=openid.MAX_BYTES,
            )
        except openid.FAILURES as error:
            raise OAuth2Error(str(error)) from None
        return _Response(answer)


class _Response:
    """As much of its answer."""

    def __init__(self, answer: http.HttpResponse) -> None:
        self.status_code = answer.status
        self.headers = {"content-type": "", **answer.headers}
        self.content = answer.body
        self.text = answer.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            raise OAuth2Error("The provider's answer is not JSON.") from None


def _allow_private() -> bool:
    return bool(settings.OIDC_ALLOW_PRIVATE)
