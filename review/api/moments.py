"""What would have decided at a moment, as the console's time machine tells it."""

from datetime import datetime

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.approvals.models import Approval
from governance.catalogue.models import ModelVersion
from governance.contracts.models import Process
from governance.errors import InvalidInput
from governance.rollout.history import Moment, at_moment
from review.api import callers
from review.api.answers import Answer, one_of
from review.api.answers import answers as responses
from review.api.presenting import Json
from review.routing.words import sentence


class Obstacle(Answer):
    code = s.CharField()
    sentence = s.CharField()


class ServingVersion(Answer):
    id = s.UUIDField()
    model = s.CharField()
    number = s.IntegerField()
    provider = s.CharField()
    digest = s.CharField()


class ContractThen(Answer):
    number = s.IntegerField()
    digest = s.CharField()


class Threshold(Answer):
    automatic = s.FloatField()
    manual = s.FloatField()


class CheckThen(Answer):
    name = s.CharField()
    message = s.CharField()
    otherwise = s.CharField()


class HaltThen(Answer):
    process = s.SlugField(allow_null=True, help_text="Null where everything was halted.")
    since = s.DateTimeField()


class ApprovalThen(Answer):
    id = s.UUIDField()
    kind = one_of(Approval.Kind.values)
    title = s.CharField()
    digest = s.CharField()
    valid_until = s.DateTimeField()


class QueueThen(Answer):
    name = s.SlugField()
    role = s.CharField()
    people = s.ListField(child=s.UUIDField())


class MomentAnswer(Answer):
    """How a process would have decided; obstacles are empty where the model could act alone."""

    process = s.SlugField()
    at = s.DateTimeField()
    may_act_alone = s.BooleanField()
    obstacles = Obstacle(many=True)
    version = ServingVersion(allow_null=True)
    served_since = s.DateTimeField(allow_null=True)
    shadows = ServingVersion(many=True)
    contract = ContractThen(allow_null=True)
    prompt = s.CharField(allow_null=True, allow_blank=True)
    thresholds = s.DictField(child=Threshold())
    checks = CheckThen(many=True)
    stage = one_of(Process.Stage.values)
    is_paused = s.BooleanField()
    halts = HaltThen(many=True)
    approvals = ApprovalThen(many=True)
    queues = QueueThen(many=True)


@extend_schema(
    operation_id="get_process_at",
    summary="How a process would have decided at a moment: version, contract, stage, people",
    parameters=[
        OpenApiParameter(
            "at", datetime, description="An instant with its time zone; now where not given."
        ),
    ],
    responses=responses({200: MomentAnswer}, 404, 422),
)
@api_view(["GET"])
def at(request: Request, slug: str) -> Response:
    callers.require(request, slug, "view_governance")
    process = Process.objects.filter(pk=slug).first()
    if process is None:
        raise Http404
    return Response(_moment(at_moment(process, _instant(request))))


def _instant(request: Request) -> datetime:
    text = request.query_params.get("at")
    if text is None:
        return timezone.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        wanted = "must be an instant with its time zone, such as 2026-03-01T14:03:00Z"
        raise InvalidInput("A parameter is wrong.", {"at": wanted})
    return found


def _moment(moment: Moment) -> Json:
    agreement = moment.agreement
    return {
        "process": moment.process.pk,
        "at": moment.at,
        "may_act_alone": moment.may_act_alone,
        "obstacles": [
            {"code": one, "sentence": sentence({"code": one})} for one in moment.obstacles
        ],
        "version": _version(moment.version) if moment.version else None,
        "served_since": moment.served_since,
        "shadows": [_version(one) for one in moment.shadows],
        "contract": {"number": moment.contract.number, "digest": moment.contract.digest}
        if moment.contract
        else None,
        "prompt": agreement.candidate.prompt if agreement else None,
        "thresholds": {
            name: {"automatic": band.automatic, "manual": band.manual}
            for name, band in (agreement.bands.items() if agreement else ())
        },
        "checks": [
            {"name": one.name, "message": one.message, "otherwise": one.otherwise}
            for one in (agreement.checks if agreement else ())
        ],
        "stage": moment.stage,
        "is_paused": moment.is_paused,
        "halts": [{"process": one.process_id, "since": one.since} for one in moment.halts],
        "approvals": [
            {
                "id": one.pk,
                "kind": one.kind,
                "title": one.title,
                "digest": one.digest,
                "valid_until": one.valid_until,
            }
            for one in moment.approvals
        ],
        "queues": [
            {"name": line.queue, "role": line.role, "people": [one.pk for one in line.people]}
            for line in moment.lines
        ],
    }


def _version(version: ModelVersion) -> Json:
    return {
        "id": version.pk,
        "model": version.model.name,
        "number": version.number,
        "provider": version.provider,
        "digest": version.digest,
    }
