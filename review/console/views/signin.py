"""Signing in and out: name and password, then a second factor; or a passkey alone."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.internal.decorators import login_stage_required
from allauth.account.models import Login as PendingLogin
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.account.views import LoginView
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import views
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.errors import InvalidInput
from governance.roles.models import User
from governance.signin import factors, throttle
from review.signin import mails, oidc, passkeys
from review.signin.middleware import without_factor

REFUSALS = {
    "inactive": "You are deactivated here. Ask who manages access.",
    "unknown": "Nobody here belongs to that account. Ask who manages access.",
    "provider": "Signing in there did not work. Try again.",
}


SAID = {"password": "Your password is changed. Sign in with the new one."}


class NameForm(LoginForm):
    """allauth's form with the field's name that password managers know."""

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


class Login(LoginView):
    """The sign-in page; people who are signed in already go on to their work."""

    template_name = "account/login.html"
    form_class = NameForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PASSWORD_SIGN_IN:
            return self._page(request, 403, "Passwords are off here.")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        for error in form.non_field_errors().as_data():
            if error.code == "throttled":
                response = self._page(self.request, 429, str(error.message), form)
                response.headers["Retry-After"] = str((error.params or {})["seconds"])
                return response
        wrong = "That name and password do not match. Both are case-sensitive."
        return self._page(self.request, 200, wrong, form)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = request.session if request.session.session_key else {}
        error = REFUSALS.get(kept.pop("signin_refused", ""), "")
        return login_page(request, error=error, said=SAID.get(kept.pop("signin_said", ""), ""))

    def _page(
        self, request: HttpRequest, status: int, error: str, form: LoginForm | None = None
    ) -> HttpResponse:
        return login_page(request, error=error, status=status, form=form)


def login_page(
    request: HttpRequest,
    *,
    error: str = "",
    said: str = "",
    status: int = 200,
    form: LoginForm | None = None,
) -> HttpResponse:
    """The sign-in page with what went wrong, or what was done."""
    context = {
        "error": error,
        "said": said,
        "username": form.data.get("username", "")[:150] if form is not None else "",
        "next": get_next_redirect_url(request) or "",
        "with_password": settings.PASSWORD_SIGN_IN,
        "can_reset": mails.can_reset(),
        "provider": oidc.name(),
    }
    return render(request, "account/login.html", context, status=status)


class Logout(views.LogoutView):
    """POST only, so that no link elsewhere can sign a person out."""


@never_cache
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: GET gives what the browser asks it, POST brings the answer."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    if not settings.PASSWORD_SIGN_IN:
        return login_page(request, error="Passkeys alone are off here.", status=403)
    if request.method == "GET":
        return JsonResponse(passkeys.ask(None))
    try:
        used = passkeys.answered_by_anybody(request.POST.get("credential", ""))
    except InvalidInput as error:
        return login_page(request, error=str(error), status=422)
    login = PendingLogin(user=used.user, redirect_url=get_next_redirect_url(request))
    return passkeys.sign_in(request, used, login)


@require_http_methods(["GET", "POST"])
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
def second(request: HttpRequest) -> HttpResponse:
    """After the password: the app's code, a passkey, or a recovery code."""
    stage = request._login_stage  # type: ignore[attr-defined]
    user: User = stage.login.user
    if request.method == "GET" and "options" in request.GET:
        return JsonResponse(passkeys.ask(user))
    if request.method == "POST":
        if "cancel" in request.POST or not user.is_active:
            return stage.abort()
        try:
            attempt = throttle.admit_code(user)
            used = passkeys.used_in(request, user)
        except InvalidInput as error:
            if not isinstance(error, throttle.Throttled):
                throttle.failed(attempt)
            return _second_page(request, user, str(error), _status(error))
        throttle.succeeded(attempt)
        post_authentication(request, used)
        return stage.exit()
    return _second_page(request, user, "", 200)


def _status(error: InvalidInput) -> int:
    return 429 if isinstance(error, throttle.Throttled) else 422


def _second_page(request: HttpRequest, user: User, error: str, status: int) -> HttpResponse:
    kinds = {one.type for one in factors.of(user)}
    context = {"error": error, "has_app": "totp" in kinds, "has_passkey": "webauthn" in kinds}
    return render(request, "account/second.html", context, status=status)


@require_GET
def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin has no way in of its own; who is signed in and no staff may not go there."""
    if request.user.is_authenticated:
        if not request.user.is_staff:
            raise PermissionDenied
        return redirect("admin:index")
    back = urlencode({"next": request.GET.get("next", "/admin/")})
    return HttpResponseRedirect(f"{reverse('login')}?{back}")


login = without_factor(Login.as_view())
logout = without_factor(Logout.as_view())
passkey = without_factor(passkey)
second = without_factor(second)
