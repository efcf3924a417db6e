"""Policies: read, compared, written anew, and put forward for approval."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from governance.models import Approval, Policy, PolicyVersion
from governance.policies import operations, queries, texts
from review import access
from review.access import Rights
from review.console.pages import actor_of, page, refusal

WRITE = "manage_policies"
EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """A version with how it stands; state: in force, waiting, refused, ... or not asked for."""

    version: PolicyVersion
    approval: Approval | None
    is_in_force: bool

    @property
    def state(self) -> str:
        if self.is_in_force:
            return "in force"
        if self.approval is None:
            return "draft"
        if self.approval.state == Approval.State.GRANTED:
            return "replaced"
        return str(self.approval.get_state_display())

    @property
    def can_be_asked_for(self) -> bool:
        settled = (Approval.State.REQUESTED, Approval.State.GRANTED)
        return self.approval is None or self.approval.state not in settled


@login_required
@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """The policies that hold where I may look, and which version of each is in force."""
    mine = access.rights(request.user)
    if not mine.has_anywhere("view_governance"):
        raise PermissionDenied
    found = list(queries.visible(mine.processes("view_governance")))
    in_force = queries.newest_in_force(found)
    context = {
        "rows": [{"policy": one, "version": in_force.get(one.slug)} for one in found],
        "may_write": mine.has_anywhere(WRITE),
    }
    return page(request, "governance/policies/index.html", context, current="governance")


@login_required
@require_GET
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """What is in force of it; the newest version where none is."""
    found = access.policy_for(actor_of(request), slug)
    in_force = queries.in_force(found)
    newest = found.versions.order_by("-number").first()
    if newest is None:
        raise Http404
    return _version_page(request, found, in_force or newest)


@login_required
@require_GET
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = access.policy_for(actor_of(request), slug)
    return _version_page(request, found, _numbered(found, number))


def _version_page(request: HttpRequest, found: Policy, shown: PolicyVersion) -> HttpResponse:
    mine = access.rights(request.user)
    in_force = queries.in_force(found)
    asked = queries.approvals_of(found)
    versions = list(found.versions.select_related("author").order_by("-number"))
    rows = [
        Row(one, asked.get(one.digest), in_force is not None and in_force.pk == one.pk)
        for one in versions
    ]
    row = next(one for one in rows if one.version.pk == shown.pk)
    context = {
        "policy": found,
        "row": row,
        "rows": rows,
        "in_force": in_force,
        "html": _html(shown.text),
        "headings": texts.headings(shown.text),
        "may_write": _has(mine, found, WRITE),
        "may_ask": _has(mine, found, "request_approvals")
        and shown.pk == versions[0].pk
        and row.can_be_asked_for,
        "is_newest": shown.pk == versions[0].pk,
    }
    return page(request, "governance/policies/policy.html", context, current="governance")


def _html(text: str) -> SafeString:
    # Tags of the text itself come out as text: texts.html_of has HTML switched off.
    return mark_safe(texts.html_of(text))  # noqa: S308


@login_required
@require_GET
def changes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What a version changed, beside the one before or the one that `since` names."""
    found = access.policy_for(actor_of(request), slug)
    shown = _numbered(found, number)
    text = request.GET.get("since", "")
    since = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else number - 1
    before = found.versions.filter(number=since).first()
    context = {
        "policy": found,
        "version": shown,
        "before": before,
        "lines": texts.differences(before.text if before else "", shown.text),
        "numbers": list(found.versions.order_by("number").values_list("number", flat=True)),
    }
    return page(request, "governance/policies/changes.html", context, current="governance")


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new policy, for a process or for all."""
    actor = actor_of(request)
    mine = access.rights(request.user)
    processes = mine.processes(WRITE)
    if not processes:
        raise PermissionDenied
    given = {
        name: request.POST.get(name, "") for name in ("slug", "title", "process", "text", "change")
    }
    error = None
    if request.method == "POST":
        try:
            chosen = given["process"]
            if chosen not in (EVERYWHERE, *processes):
                raise InvalidInput("Choose where it holds.", {"process": "Choose one."})
            written = operations.create(
                slug=given["slug"],
                title=given["title"],
                process=None if chosen == EVERYWHERE else chosen,
                text=given["text"],
                change=given["change"],
                actor=actor,
            )
            messages.success(request, "Written. It comes into force once it is approved.")
            return redirect("policy", written.policy.slug)
        except InvalidInput as refused:
            error = refused
    context = {
        "given": given,
        "error": error,
        "errors": error.errors if error else {},
        "processes": Process.objects.filter(pk__in=processes).order_by("title"),
        "everywhere": EVERYWHERE,
    }
    template = "governance/policies/write.html"
    return page(request, template, context, current="governance", status=422 if error else 200)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The next version, beginning with the text of the last."""
    actor = actor_of(request)
    found = access.policy_for(actor, slug, WRITE)
    newest = found.versions.order_by("-number").first()
    if newest is None:
        raise Http404
    given = {"text": newest.text, "change": "", "follows": str(newest.number)}
    error: InvalidInput | Conflict | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in given}
        follows = given["follows"]
        try:
            written = operations.write(
                policy_id=found.pk,
                text=given["text"],
                change=given["change"],
                actor=actor,
                follows=int(follows) if follows.isascii() and follows.isdigit() else 0,
            )
            messages.success(request, "Written. It comes into force once it is approved.")
            return redirect("policy-version", found.slug, written.number)
        except (InvalidInput, Conflict) as refused:
            error = refused
    errors = error.errors if isinstance(error, InvalidInput) else {}
    context = {"policy": found, "given": given, "error": error, "errors": errors}
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    template = "governance/policies/write.html"
    return page(request, template, context, current="governance", status=status)


@login_required
@require_POST
def ask(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask for a version to be approved, and so to come into force."""
    actor = actor_of(request)
    found = access.policy_for(actor, slug, "request_approvals")
    asked_for = _numbered(found, number)
    try:
        operations.ask_approval(
            asked_for, actor=actor, reason=request.POST.get("reason", "").replace("\0", "")
        )
    except Conflict as error:
        return refusal(request, error, status=409, back="policies")
    except InvalidInput as error:
        return refusal(request, error, status=422, back="policies")
    messages.success(request, "Asked for. A process owner who did not write it signs.")
    return redirect("policy-version", found.slug, number)


def _has(mine: Rights, found: Policy, codename: str) -> bool:
    if found.process_id is None:
        return mine.has_anywhere(codename)
    return mine.has(found.process_id, codename)


def _numbered(found: Policy, number: int) -> PolicyVersion:
    """A version of a policy, or 404; numbers beyond what the database holds are none."""
    shown = None
    if number < 2**31:
        shown = found.versions.select_related("author").filter(number=number).first()
    if shown is None:
        raise Http404
    return shown
