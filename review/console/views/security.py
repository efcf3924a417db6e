"""A person's own security: password, app, passkeys, recovery codes; and showing that it is them."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import DomainError, InvalidInput
from governance.roles.models import User
from governance.signin import factors, passwords, secrets, sessions, throttle
from review.console.pages import actor_of, page, refusal, status_of
from review.signin import jobs, oidc, passkeys
from review.signin.fresh import confirm as confirmed
from review.signin.fresh import fresh_required
from review.signin.middleware import without_factor

_PENDING = "app_to_set_up"  # the sealed secret of an app whose first code is awaited


@without_factor
@login_required
@never_cache
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """What I sign in with."""
    actor = actor_of(request)
    mine = factors.of(actor)
    context = {
        "app": next((one for one in mine if one.type == "totp"), None),
        "passkeys": [one for one in mine if one.type == "webauthn"],
        "codes_left": factors.codes_left(actor),
        "is_missing": factors.is_missing(actor),
        "has_password": settings.PASSWORD_SIGN_IN and actor.has_usable_password(),
        "provider": oidc.name() if oidc.is_linked(actor) else "",
    }
    return page(request, "account/security.html", context, current="security")


@without_factor
@login_required
@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Show anew that it is me, before what I sign in with is changed."""
    actor = actor_of(request)
    if request.method == "GET" and "options" in request.GET:
        return JsonResponse(passkeys.ask(actor))
    back = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = ""
    error: InvalidInput | None = None
    if request.method == "POST":
        try:
            _check(request, actor)
        except InvalidInput as wrong:
            error = wrong
        else:
            confirmed(request)
            return redirect(back or "security")
    kinds = {one.type for one in factors.of(actor)}
    context = {
        "next": back,
        "error": error,
        "has_password": settings.PASSWORD_SIGN_IN and actor.has_usable_password(),
        "has_app": "totp" in kinds,
        "has_passkey": "webauthn" in kinds,
        "provider": oidc.name() if oidc.is_linked(actor) else "",
    }
    status = _status(error) if error is not None else 200
    return page(request, "account/confirm.html", context, current="security", status=status)


def _check(request: HttpRequest, actor: User) -> None:
    """Raises InvalidInput where the password, code or passkey is not theirs, or too many failed."""
    attempt = throttle.admit_code(actor)
    try:
        if "password" in request.POST:
            if not (settings.PASSWORD_SIGN_IN and actor.check_password(request.POST["password"])):
                raise InvalidInput("That is not your password.")
        else:
            passkeys.used_in(request, actor)
    except InvalidInput:
        throttle.failed(attempt)
        raise
    throttle.succeeded(attempt)


@without_factor
@login_required
@never_cache
@fresh_required
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Set an app up that makes codes: the picture to scan, then its first code."""
    actor = actor_of(request)
    pending = request.session.get(_PENDING, "")
    if secrets.opens(pending, actor.pk, _PENDING):
        secret = secrets.opened(pending, actor.pk, _PENDING)
    else:
        secret = generate_totp_secret()
        request.session[_PENDING] = secrets.sealed(secret, actor.pk, _PENDING)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            codes = factors.add_totp(
                user=actor,
                secret=secret,
                code=request.POST.get("code", "")[:40],
                session_id=request.session.get(sessions.KEY),
            )
        except DomainError as wrong:
            error = wrong
        else:
            del request.session[_PENDING]
            return _added(request, codes, "The app is set up.")
    url = get_adapter().build_totp_url(actor, secret)
    picture = get_adapter().build_totp_svg(url).encode()
    context = {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": "data:image/svg+xml;base64," + base64.b64encode(picture).decode(),
        "error": error,
    }
    status = status_of(error) if error is not None else 200
    return page(request, "account/app.html", context, current="security", status=status)


@without_factor
@login_required
@never_cache
@fresh_required
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey: GET with ?options gives what the browser asks it, POST brings the answer."""
    actor = actor_of(request)
    if request.method == "GET":
        if "options" in request.GET:
            return JsonResponse(passkeys.ask_for_new(actor))
        return page(request, "account/passkey.html", {}, current="security")
    try:
        credential = passkeys.answered_new(request.POST.get("credential", ""))
        codes = factors.add_passkey(
            user=actor,
            name=request.POST.get("name", ""),
            credential=credential,
            session_id=request.session.get(sessions.KEY),
        )
    except DomainError as error:
        context = {"error": error}
        return page(
            request, "account/passkey.html", context, current="security", status=status_of(error)
        )
    return _added(request, codes, "The passkey is added.")


def _added(request: HttpRequest, codes: list[str], said: str) -> HttpResponse:
    if codes:
        return _show_codes(request, codes, said)
    messages.success(request, said)
    return redirect("security")


def _show_codes(request: HttpRequest, codes: list[str], said: str) -> HttpResponse:
    """The one time that recovery codes are seen."""
    context: dict[str, Any] = {"codes": codes, "said": said}
    return page(request, "account/codes.html", context, current="security")


@without_factor
@login_required
@never_cache
@fresh_required
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; the old ones stop."""
    try:
        made = factors.renew_codes(user=actor_of(request))
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back="security")
    return _show_codes(request, made, "The old codes work no more.")


@login_required
@fresh_required
@require_POST
def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Take an app or a passkey away."""
    try:
        factors.remove(user=actor_of(request), factor_id=factor_id)
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back="security")
    messages.success(request, "It is removed.")
    return redirect("security")


@login_required
@never_cache
@sensitive_post_parameters()
@fresh_required
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change my password; my other sessions end."""
    actor = actor_of(request)
    errors: list[str] = []
    if request.method == "POST":
        new = request.POST.get("new", "")
        try:
            if new != request.POST.get("again", ""):
                raise ValidationError("The two do not match.")
            password_validation.validate_password(new, actor)
        except ValidationError as error:
            errors = error.messages
        else:
            session_id: str = request.session[sessions.KEY]
            passwords.change(user=actor, new=new, but=session_id)
            update_session_auth_hash(request, actor)
            sessions.move(session_id=session_id, session_key=request.session.session_key or "")
            jobs.mail.delay_on_commit()
            messages.success(request, "Your password is changed; your other sessions are ended.")
            return redirect("security")
    context = {"errors": errors, "has_password": settings.PASSWORD_SIGN_IN}
    status = 422 if errors else 200
    return page(request, "account/password.html", context, current="security", status=status)


def _status(error: InvalidInput) -> int:
    return 429 if isinstance(error, throttle.Throttled) else 422
