"""What a browser asks a passkey and what it answers; the challenge waits in the session."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth, flows
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from governance.errors import InvalidInput
from governance.roles.models import User
from governance.signin import factors

REFUSED = "That passkey was not accepted. Try again."
MAX_ANSWER = 100_000  # characters


def ask(user: User | None) -> dict[str, Any]:
    """What a passkey of this person, or of whoever it names, is asked."""
    return auth.begin_authentication(user)


def ask_for_new(user: User) -> dict[str, Any]:
    """What a passkey is asked that shall be added: to know the person, and to check that it is
    them, so that it signs in by itself."""
    return auth.begin_registration(user, True)


def answered_by_anybody(text: str) -> Authenticator:
    """Whose passkey answered; it must have checked its person. Raises InvalidInput."""
    answer = _read(text)
    try:
        response = auth.parse_authentication_response(answer)
        used = auth.complete_authentication(auth.extract_user_from_response(answer), answer)
    except (ValidationError, *_MALFORMED):
        raise InvalidInput(REFUSED) from None
    if not response.response.authenticator_data.is_user_verified():
        raise InvalidInput(REFUSED)
    return used


def answered(user: User, text: str) -> Authenticator:
    """Which passkey of this person answered. Raises InvalidInput."""
    answer = _read(text)
    try:
        auth.parse_authentication_response(answer)
        return auth.complete_authentication(user, answer)
    except (ValidationError, *_MALFORMED):
        raise InvalidInput(REFUSED) from None


def answered_new(text: str) -> dict[str, Any]:
    """The answer of a passkey to add, once it is checked. Raises InvalidInput."""
    answer = _read(text)
    try:
        auth.parse_registration_response(answer)
        binding = auth.complete_registration(answer)
    except (ValidationError, *_MALFORMED):
        raise InvalidInput(REFUSED) from None
    if not binding.is_user_verified():
        raise InvalidInput("This passkey does not check who uses it. Give it a PIN first.")
    return answer


def used_in(request: HttpRequest, user: User) -> Authenticator:
    """What a form brought: a passkey's answer, an app's code or a recovery code.

    Raises InvalidInput where it is wrong.
    """
    if "credential" in request.POST:
        return answered(user, request.POST["credential"])
    used = factors.accept_code(user=user, code=request.POST.get("code", "")[:40])
    if used is None:
        raise InvalidInput("That code is not right. Each code works once.")
    return used


def sign_in(request: HttpRequest, used: Authenticator, login: Login) -> HttpResponse:
    """Go on as the passkey's person."""
    return flows.perform_passwordless_login(request, used, login)


# What the library raises for answers that are no answers.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


def _read(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text[:MAX_ANSWER])
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise InvalidInput(REFUSED)
    return answer
