"""Governance: the way to each of its areas."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from governance.access.ending import soon
from review import access
from review.console.areas import areas_for
from review.console.pages import page


@login_required
@require_GET
def governance(request: HttpRequest) -> HttpResponse:
    """The areas that I may open."""
    mine = access.rights(request.user)
    if not mine.has_anywhere("view_governance"):
        raise PermissionDenied
    managed = mine.processes("manage_access")
    context = {"groups": areas_for(mine), "soon": soon(managed) if managed else []}
    return page(request, "governance/index.html", context, current="governance")
