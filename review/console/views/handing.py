"""Handing an item in by hand: its fields and its files in one form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.queries import process_in_force
from governance.errors import Conflict, InvalidInput
from governance.identifiers import uuid7
from governance.models import Process
from review import access
from review.console import handing
from review.console.pages import actor_of, page
from review.documents.incoming import MEBIBYTE, IncomingFile
from review.items import intake
from review.items.intake import Incoming


@login_required
@require_GET
def processes(request: HttpRequest) -> HttpResponse:
    """The processes this person may hand items to; straight on where there is but one."""
    slugs = access.rights(request.user).processes("submit_items")
    if not slugs:
        raise PermissionDenied
    found = Process.objects.filter(pk__in=slugs, contract__isnull=False).order_by("title")
    if len(found) == 1:
        return redirect("hand-in", found[0].pk)
    return page(request, "review/hand_in_where.html", {"processes": found}, current="hand-in-where")


# Who may hand in, and what, is known before the body is read: Django would look for the token in
# it first, and keep files of any size for that.
@csrf_exempt
@login_required
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, process: str) -> HttpResponse:
    """The form, and what it sends."""
    access.require(actor_of(request), process, "submit_items")
    row = process_in_force(process)
    if row is None or row.contract_id is None:
        raise Http404
    uploads = handing.Uploads(agreement_of(row.contract_id).documents)
    request.upload_handlers = [uploads]
    response: HttpResponse = _form(request, row, agreement_of(row.contract_id), uploads)
    return response


@csrf_protect
def _form(
    request: HttpRequest, process: Process, agreement: Agreement, uploads: handing.Uploads
) -> HttpResponse:
    if request.method != "POST":
        return _shown(request, process, agreement, key=str(uuid7()))
    actor = actor_of(request)
    key = request.POST.get("key", "")
    try:
        if uploads.problem:
            raise InvalidInput("Nothing was kept.", {"documents": uploads.problem})
        files = tuple(
            IncomingFile(one.name or "", one.file)
            for one in request.FILES.getlist("documents")
            if one.file is not None
        )
        payload = handing.payload_of(agreement, request.POST)
        external_id = request.POST.get("external_id", "").replace("\0", "").strip() or None
        received = intake.receive(
            process,
            Incoming(payload=payload, external_id=external_id, documents=files),
            actor=f"user:{actor.pk}",
            idempotency=(str(UUID(key)), handing.digest_of(payload, files)),
        )
    except InvalidInput as error:
        return _shown(request, process, agreement, key=key, error=error, status=422)
    except Conflict as conflict:
        again = InvalidInput(str(conflict))
        return _shown(request, process, agreement, key=str(uuid7()), error=again, status=409)
    except ValueError:
        again = InvalidInput("This form is out of date; send it again.")
        return _shown(request, process, agreement, key=str(uuid7()), error=again, status=422)
    if received.status == "repeated":
        messages.info(request, "This had been handed in already; here it is.")
    else:
        messages.success(request, "Handed in.")
    return redirect("item", received.item_id)


def _shown(
    request: HttpRequest,
    process: Process,
    agreement: Agreement,
    *,
    key: str,
    error: InvalidInput | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = error.errors if error else {}
    typed = handing.typed_in(request.POST) if request.method == "POST" else {}
    spec = agreement.documents
    context: dict[str, Any] = {
        "process": process,
        "description": agreement.description,
        "entries": handing.entries(agreement, typed, errors),
        "key": key,
        "external_id": request.POST.get("external_id", ""),
        "error": error,
        "external_id_error": errors.get("external_id", ""),
        "files": spec,
        "files_error": "; ".join(
            f"{path.removeprefix('documents').lstrip('.')} {why}".strip()
            for path, why in errors.items()
            if path.startswith("documents")
        ),
        "mebibytes": spec.max_bytes // MEBIBYTE if spec else 0,
        "accept": _ACCEPT,
    }
    return page(request, "review/hand_in.html", context, current="hand-in-where", status=status)


# What a browser offers first; what a file is, its content says.
_ACCEPT = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.eml,.docx,.txt,.xml"
