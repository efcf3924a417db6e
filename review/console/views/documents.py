"""Documents: pictures of pages, words of a page, and the original for a reason.

Nothing of a file is ever sent as it came in, but for the download: as an attachment without a
type, in an answer that may run nothing.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_GET, require_POST

from governance.errors import InvalidInput
from integrations.documents.model import Word
from integrations.encryption import Unreadable
from review import access
from review.console.pages import actor_of, refusal
from review.documents import blobs, operations
from review.documents.queries import layout_of, page_of, picture_of, view_of
from review.revealing.queries import is_private, opened_document

# How long a browser may show a page again without asking whether the person may still see it.
KEPT_SECONDS = 900
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@login_required
@require_GET
def picture(request: HttpRequest, document_id: UUID, number: int, size: str) -> HttpResponse:
    """A page as a picture, for those who may see the item."""
    document = opened_document(actor_of(request), document_id)
    etag = quote_etag(f"{document_id}-{number}-{size}-{request.GET.get('v', '')[:40]}")
    return _kept(
        request,
        etag,
        lambda: HttpResponse(picture_of(document_id, number, size), content_type="image/webp"),
        is_private=is_private(document),
    )


@login_required
@require_GET
def words(request: HttpRequest, document_id: UUID, number: int) -> HttpResponse:
    """A page's text and its words: [start, end, line, left, top, right, bottom] each.

    Without a box a word ends at its line. Boxes are in ten-thousandths of the upright page.
    """
    document = opened_document(actor_of(request), document_id)
    view = view_of(document_id)
    if view is None or not view.is_ready:
        raise Http404
    etag = quote_etag(f"{view.layout[-32:]}-{number}")

    def answer() -> HttpResponse:
        page = page_of(view, number)
        if page is None:
            raise Http404
        return JsonResponse(
            {
                "page": page.number,
                "width": page.width,
                "height": page.height,
                "source": page.source,
                "text": page.text,
                "words": [_word(word) for word in page.words],
            },
            json_dumps_params={"separators": (",", ":"), "ensure_ascii": False},
        )

    return _kept(request, etag, answer, is_private=is_private(document))


def _word(word: Word) -> list[int]:
    return [word.start, word.end, word.line, *(word.box or ())]


@login_required
@require_GET
def text(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """All that a document says, as text: what of a mail or a text file there is to see."""
    opened_document(actor_of(request), document_id)
    view = view_of(document_id)
    if view is None:
        raise Http404
    try:
        pages = layout_of(view).pages
    except (LookupError, blobs.Missing, Unreadable):
        raise Http404 from None
    response = render(request, "components/document_text.html", {"pages": pages})
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def download(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The original, for those with the right, who say why; the ledger keeps that they had it."""
    actor = actor_of(request)
    document = access.document_for(actor, document_id, "download_documents")
    try:
        reason = request.POST.get("reason", "").replace("\0", "")
        content = operations.download(document, actor=actor, reason=reason)
    except InvalidInput as error:
        return refusal(request, error, status=422, back="my-work")
    response = HttpResponse(content, content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=document.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "no-store"
    return _guarded(response)


def _kept(
    request: HttpRequest, etag: str, answer: Callable[[], HttpResponse], *, is_private: bool
) -> HttpResponse:
    """The answer, or 304 where the browser has it already; 404 where it cannot be had.

    What is private the browser shows again only after asking whether it may still be seen.
    """
    response: Any = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = answer()
        except (LookupError, blobs.Missing, Unreadable):
            raise Http404 from None
    response["ETag"] = etag
    kept = "no-cache" if is_private else f"max-age={KEPT_SECONDS}"
    response["Cache-Control"] = f"private, {kept}"
    return _guarded(response)


def _guarded(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
