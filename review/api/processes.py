"""Processes: what they agree on, their stage, their numbers."""

from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.contracts.models import Process
from governance.incidents import operations as incidents
from governance.rollout import operations as rollout
from review.api import answers, bodies, callers, presenting
from review.api.answers import answers as responses
from review.bulk import giving_back
from review.bulk import operations as runs
from review.items import counts
from review.models import Queue, Run
from review.queues.queries import lines


@extend_schema(
    operation_id="list_processes",
    summary="The processes in which one may do anything",
    responses=responses({200: answers.ProcessList}),
)
@api_view(["GET"])
def processes(request: Request) -> Response:
    found = (
        Process.objects.filter(pk__in=callers.visible(request))
        .select_related("contract")
        .defer("contract__source", "contract__body")
        .order_by("pk")
    )
    return Response({"results": [presenting.process_summary(one) for one in found]})


@extend_schema(
    operation_id="get_process",
    summary="A process with its input and output schema and its queues",
    responses=responses({200: answers.Process}, 404),
)
@api_view(["GET"])
def process(request: Request, slug: str) -> Response:
    found = callers.visible_process(request, slug)
    return Response(presenting.process(found, _queues(slug)))


@extend_schema(
    operation_id="change_stage",
    summary="Put a process into another stage",
    request={"application/json": bodies.STAGE.schema},
    responses=responses({200: answers.ProcessSummary}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def stage(request: Request, slug: str) -> Response:
    callers.require(request, slug, "change_stage")
    body = bodies.STAGE.read(request)
    row = rollout.change_stage(process=slug, stage=body["stage"], actor=callers.actor_of(request))
    return Response(presenting.process_summary(row))


@extend_schema(
    operation_id="pause_process",
    summary="Ask no model until the process is resumed; people decide what comes in",
    request=None,
    responses=responses({200: answers.ProcessSummary}, 404, 409),
)
@api_view(["POST"])
def pause(request: Request, slug: str) -> Response:
    callers.require(request, slug, "change_stage")
    row = rollout.pause(process=slug, actor=callers.actor_of(request))
    return Response(presenting.process_summary(row))


@extend_schema(
    operation_id="resume_process",
    summary="Ask the model again",
    request=None,
    responses=responses({200: answers.ProcessSummary}, 404, 409),
)
@api_view(["POST"])
def resume(request: Request, slug: str) -> Response:
    callers.require(request, slug, "change_stage")
    row = rollout.resume(process=slug, actor=callers.actor_of(request))
    return Response(presenting.process_summary(row))


@extend_schema(
    operation_id="halt_process",
    summary="Stop automatic decisions and effects of the process, also of queued work",
    request={"application/json": bodies.REASON.schema},
    responses=responses({200: answers.ProcessSummary}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def halt(request: Request, slug: str) -> Response:
    callers.require(request, slug, "halt_automation")
    body = bodies.REASON.read(request)
    incidents.halt(process=slug, actor=callers.actor_of(request), reason=body["reason"])
    return Response(presenting.process_summary(Process.objects.get(pk=slug)))


@extend_schema(
    operation_id="let_process_go_on",
    summary="End the process's halt; what waited is sent",
    request=None,
    responses=responses({200: answers.ProcessSummary}, 404, 409),
)
@api_view(["POST"])
def go_on(request: Request, slug: str) -> Response:
    callers.require(request, slug, "halt_automation")
    incidents.go_on(process=slug, actor=callers.actor_of(request))
    return Response(presenting.process_summary(Process.objects.get(pk=slug)))


@extend_schema(
    operation_id="plan_give_back",
    summary="Count what a halt alone left with people and the model may decide now: a dry run",
    description="Nothing is done before the run is begun. It takes 1,000 items at most.",
    request={"application/json": bodies.REASON.schema},
    responses=responses({200: answers.Run}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def give_back(request: Request, slug: str) -> Response:
    user = callers.require(request, slug, "halt_automation")
    body = bodies.REASON.read(request)
    run, _ = giving_back.plan(process=slug, reason=body["reason"], actor=user)
    return Response(presenting.run(run))


@extend_schema(
    operation_id="do_give_back",
    summary="Begin a planned run; called again, let it go on after its first few",
    request=None,
    responses=responses({200: answers.Run}, 404, 409),
)
@api_view(["POST"])
def do_give_back(request: Request, slug: str, give_back_id: UUID) -> Response:
    user = callers.require(request, slug, "halt_automation")
    found = Run.objects.filter(pk=give_back_id, process_id=slug, verb=Run.Verb.GIVE_BACK).first()
    if found is None:
        raise Http404
    act = runs.begin if found.state == Run.State.PLANNED else runs.go_on
    return Response(presenting.run(act(run_id=give_back_id, actor=user)))


@extend_schema(
    operation_id="get_metrics",
    summary="The numbers of a process; large counts stop at a cap",
    responses=responses({200: answers.Metrics}, 404),
)
@api_view(["GET"])
def metrics(request: Request, slug: str) -> Response:
    callers.require(request, slug, "view_metrics")
    states = counts.by_state(slug)
    return Response(
        {
            "process": slug,
            "at": timezone.now(),
            "items": {state: presenting.count(one) for state, one in states.items()},
            "queues": [presenting.line(one) for one in lines(_queues(slug))],
            "failed_effects": presenting.count(counts.failed_effects(slug)),
            "recent": presenting.recent(counts.recent(slug)),
        }
    )


def _queues(slug: str) -> list[Queue]:
    return list(Queue.objects.filter(process_id=slug).order_by("name"))
