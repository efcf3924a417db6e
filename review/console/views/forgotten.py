"""A new password by mail: asking for the link, and using it. Signs nobody in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import auth
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from governance.signin import passwords, resetting, throttle
from review.signin import client, jobs, mails
from review.signin.middleware import without_factor

_LINK = "password_link"  # where a session keeps whose link was opened, and its token
MAX_MAIL = 254
View = Callable[..., HttpResponse]


def _offered(view: View) -> View:
    """404 where no mail can be sent or passwords are off."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not mails.can_reset():
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


@without_factor
@never_cache
@require_http_methods(["GET", "POST"])
@_offered
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail; the answer is the same whosever the address is."""
    if request.method == "GET":
        return _asking(request)
    typed = request.POST.get("email", "").strip()
    try:
        if len(typed) > MAX_MAIL:
            raise ValidationError("too long")
        validate_email(typed)
    except ValidationError:
        return _asking(request, typed=typed, error="That is no e-mail address.", status=422)
    try:
        resetting.ask(mail=typed, address=client.address(request))
    except throttle.Throttled as error:
        response = _asking(request, typed=typed, error=error.asked_too_often, status=429)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    jobs.mail.delay_on_commit()
    return _asking(request, is_asked=True)


def _asking(
    request: HttpRequest,
    *,
    typed: str = "",
    error: str = "",
    is_asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"typed": typed[:MAX_MAIL], "error": error, "is_asked": is_asked}
    return render(request, "account/forgotten.html", context, status=status)


@without_factor
@never_cache
@require_GET
@_offered
def link(request: HttpRequest, person_id: UUID, token: str) -> HttpResponse:
    """What the mail leads to: the token goes from the address into the session, so that no history
    and no other site is told of it. Nothing is used up, for mail is opened by programs too."""
    request.session[_LINK] = [str(person_id), token]
    return redirect("password-new")


@without_factor
@never_cache
@sensitive_post_parameters()
@sensitive_variables("new", "token")
@require_http_methods(["GET", "POST"])
@_offered
def new(request: HttpRequest) -> HttpResponse:
    """Choose the new password; who did signs in with it, and with the second factor."""
    kept = request.session.get(_LINK)
    if kept is None:
        return _over(request)
    user_id, token = UUID(kept[0]), kept[1]
    errors: list[str] = []
    try:
        person = resetting.holder(user_id, token)
        if request.method == "POST":
            new = request.POST.get("new", "")
            if new != request.POST.get("again", ""):
                raise ValidationError("The two do not match.")
            password_validation.validate_password(new, person)
            is_theirs = request.user.pk == person.pk
            passwords.reset(user_id=person.pk, token=token, new=new)
            return _changed(request, is_theirs)
    except resetting.LinkOver:
        request.session.pop(_LINK, None)
        return _over(request)
    except ValidationError as error:
        errors = error.messages
    context = {"errors": errors, "username": person.username}
    return render(request, "account/new_password.html", context, status=422 if errors else 200)


def _over(request: HttpRequest) -> HttpResponse:
    status = 409 if request.method == "POST" else 200
    return render(request, "account/new_password.html", {"is_over": True}, status=status)


def _changed(request: HttpRequest, is_theirs: bool) -> HttpResponse:
    jobs.mail.delay_on_commit()
    if is_theirs:
        auth.logout(request)  # the session they are in ended with the others
    request.session.pop(_LINK, None)
    request.session["signin_said"] = "password"
    return redirect("login")
