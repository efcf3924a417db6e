"""What is not there, said as a problem document rather than a page or a redirect."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from review.api.problems import MEDIA_TYPE, document, drain


@csrf_exempt
def nowhere(request: HttpRequest) -> JsonResponse:
    """404. A POST without the last slash would lose its body in a redirect, so it gets none."""
    drain(request)
    detail = "There is nothing at this address."
    if not request.path.endswith("/"):
        detail += " Addresses end with a slash."
    return JsonResponse(document(404, "not_found", detail), status=404, content_type=MEDIA_TYPE)
