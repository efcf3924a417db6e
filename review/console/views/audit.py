"""For auditors: the ledger's explorer, one entry with its proof, and a decision's dossier."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from governance.audit import finding, witness
from governance.audit.finding import Page
from governance.audit.models import Verification
from governance.errors import InvalidInput
from governance.ledger.lineage import newest_note, verify_entries
from governance.ledger.models import Checkpoint
from governance.models import User
from review import access
from review.console import entries
from review.console.dossier import compile_dossier
from review.console.finding_entries import Asked, asked, versions_of
from review.console.pages import actor_of, page
from review.models import Decision
from review.tasks.sealing import concealment


@login_required
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first, narrowed by item, person, process, version, kind and time."""
    actor = actor_of(request)
    mine = access.rights(actor)
    processes = mine.processes("view_ledger")
    if not processes:
        raise PermissionDenied
    filter_ = asked(request.GET, processes)
    found, failure = _find(request, filter_)
    rows = entries.lines(found.entries, sealed=finding.sealed_size(), viewer=actor.pk)
    if filter_.wanted.actor:
        # A masked line that answers to a person would say who it was.
        rows = [row for row in rows if row.actor_key or not row.is_withheld]
    context = {
        "rows": rows,
        "typed": filter_.typed,
        "errors": filter_.errors,
        "failure": failure,
        "is_narrowed": filter_.is_narrowed,
        "older": _address(filter_, before=found.older),
        "newer": _address(filter_, after=found.newer),
        "groups": entries.GROUPS,
        "processes": processes,
        "versions": versions_of(processes),
        "may_export": bool(mine.processes("export_audit")),
        **standing(),
    }
    return page(request, "governance/audit/index.html", context, current="governance")


def _find(request: HttpRequest, filter_: Asked) -> tuple[Page, str]:
    if filter_.errors:
        return Page([], None, None), ""
    before, after = _uuid(request, "before"), _uuid(request, "after")
    try:
        return finding.find(filter_.wanted, before=before, after=after), ""
    except InvalidInput as error:
        return Page([], None, None), str(error)


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _address(filter_: Asked, **cursor: UUID | None) -> str:
    query = QueryDict(mutable=True)
    query.update({name: text for name, text in filter_.typed.items() if text})
    for name, value in cursor.items():
        if value is None:
            return ""
        query[name] = str(value)
    return query.urlencode()


def standing() -> dict[str, object]:
    """How well the ledger is kept: its newest checkpoint, verification and witnesses."""
    return {
        "checkpoint": Checkpoint.objects.order_by("-size").first(),
        "verification": Verification.objects.order_by("-started_at").first(),
        "witnesses": witness.standings(),
    }


@login_required
@require_GET
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its data, its place in the ledger and what proves it."""
    actor = actor_of(request)
    processes = access.rights(actor).processes("view_ledger")
    found = finding.one(entry_id)
    if not processes or found is None or found.process not in (None, *processes):
        raise Http404
    (checked,) = verify_entries([entry_id])
    (line,) = entries.lines([found], sealed=finding.sealed_size(), viewer=actor.pk)
    decided = found.data.get("decision") if found.kind.startswith("decision.") else None
    context = {
        "line": line,
        "checked": checked,
        "decision": None if line.is_withheld else decided,
        "note": newest_note() if checked.proof else "",
        "is_item_visible": found.item is not None
        and access.rights(actor).has(found.process or "", "view_items"),
    }
    return page(request, "governance/audit/entry.html", context, current="governance")


@login_required
@require_GET
def dossier(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Everything about one decision on a page, for reading and printing."""
    actor = actor_of(request)
    found = _decision_for(actor, decision_id)
    if found.actor_id != actor.pk and concealment(found.item_id).decisions:
        sealed = {"item": found.item}
        return page(request, "governance/audit/sealed.html", sealed, current="governance")
    context = {"dossier": compile_dossier(found, actor)}
    return page(request, "governance/audit/dossier.html", context, current="governance")


def _decision_for(actor: User, decision_id: UUID) -> Decision:
    decision = Decision.objects.select_related("item__process", "actor", "item__producer")
    found = decision.filter(pk=decision_id).first()
    if found is None:
        raise Http404
    access.require(actor, found.item.process_id, "view_ledger")
    access.require(actor, found.item.process_id, "view_items", visible="view_ledger")
    return found
