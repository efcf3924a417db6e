"""A person's own keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from governance.errors import InvalidInput
from governance.roles import operations as roles
from review.console import keys as own_keys
from review.console.pages import actor_of, page


@login_required
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Which key does what, for this person; a key that would do two things is refused."""
    actor = actor_of(request)
    if request.method != "POST":
        rows = own_keys.keys_of(actor)
        return page(request, "account/keys.html", {"bindings": rows}, current="keys")
    if "reset" in request.POST:
        wanted: dict[str, str] = {}
    else:
        wanted = {
            action.name: request.POST[action.name]
            for action in own_keys.ACTIONS
            if action.name in request.POST
        }
    try:
        chosen = own_keys.checked(wanted)
    except InvalidInput as error:
        typed = {name: key.strip().lower()[:20] for name, key in wanted.items()}
        rows = list(own_keys.bindings(typed, error.errors))
        context = {"bindings": rows, "error": error}
        return page(request, "account/keys.html", context, current="keys", status=422)
    roles.choose_keys(actor, chosen)
    messages.success(request, "Your keys are the usual ones." if not chosen else "Keys saved.")
    return redirect("keys")
