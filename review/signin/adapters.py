"""What allauth asks of us: who may come in, how secrets are kept, where to go."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin import throttle
from review.signin import client
from review.signin.methods import method_of


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; failed passwords are counted; no mail is sent, no message shown."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person with this name and password. Raises ValidationError where it is throttled."""
        name = str(credentials.get("username", ""))
        try:
            attempt = throttle.admit_password(
                name=name,
                address=client.address(request),
                device=client.device_of(request, name),
            )
        except throttle.Throttled as error:
            raise forms.ValidationError(
                str(error), code="throttled", params={"seconds": error.seconds}
            ) from None
        user = authenticate(request, **credentials)
        if user is None:
            throttle.failed(attempt)
        else:
            throttle.succeeded(attempt)
        return user

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Open the session and record it, both or neither."""
        assert isinstance(user, User)
        user.backend = "governance.roles.backends.PeopleBackend"
        with transaction.atomic():
            super().login(request, user)
            ledger.append(
                "person.signed_in",
                actor=f"user:{user.pk}",
                data={"user": str(user.pk), "method": method_of(request)},
            )

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        client.remember(request, response, user.get_username())
        return response

    def respond_user_inactive(
        self, request: HttpRequest, user: AbstractBaseUser
    ) -> HttpResponseBase:
        request.session["signin_refused"] = "inactive"
        return redirect("login")

    def get_login_stages(self) -> list[str]:
        """After the first step only the second factor: no mail, no telephone."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of this server."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own words are not ours."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Mails are sent by review.notices and review.signin.mails alone."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """As above."""


class MfaAdapter(DefaultMFAAdapter):
    """People are named by their user name; secrets are not allauth's to keep: it does not say
    whose they are, and governance.signin.factors seals each for its person."""

    def encrypt(self, text: str) -> str:
        raise NotImplementedError

    def decrypt(self, encrypted_text: str) -> str:
        raise NotImplementedError

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def _get_site_name(self) -> str:
        return "Countersign"
