"""Documents of items: what a page says, word by word."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.encryption import Unreadable
from review.api import answers, callers, presenting
from review.api.answers import answers as responses
from review.documents import blobs
from review.documents.queries import page_of, view_of
from review.revealing.queries import opened_document


@extend_schema(
    operation_id="get_page",
    summary="A page of a document: its text, its words and where they stand",
    description="Boxes are left, top, right, bottom in ten-thousandths of the upright page.",
    responses=responses({200: answers.Page}, 404),
)
@api_view(["GET"])
def page(request: Request, document_id: UUID, number: int) -> Response:
    """404 for a page that is not there, and for a document that is not read."""
    opened_document(callers.person(request), document_id)
    view = view_of(document_id)
    if view is None:
        raise Http404
    try:
        found = page_of(view, number)
    except (LookupError, blobs.Missing, Unreadable):
        found = None
    if found is None:
        raise Http404
    return Response(presenting.page(view, found), headers={"Cache-Control": "no-store"})
