"""Views that send the recorded statements and nothing else."""

import json
import os
import time
from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from tests.bench.bulk import copy_items
from tests.bench.playing import names_of_task, remember_next
from tests.bench.script import Names, Player, Script


@cache
def player(name: str) -> Player:
    content = json.loads(Path(os.environ["BENCH_SCRIPTS"]).read_text())
    return Player(Script.from_json(content[name]))


def ready(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok")


def decide(request: HttpRequest, actor: str, task: str) -> JsonResponse:
    json.loads(request.body)
    names = names_of_task(actor, task)
    with connection.cursor() as cursor:
        player("decide").play(names, cursor, transaction.atomic, remember_next)
    return JsonResponse({"next": {"id": names.get("next task")}})


def receive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"id": _received(request)}, status=202)


def receive_and_route(request: HttpRequest) -> JsonResponse:
    from tests.bench.bare.worker import route

    began = time.time()
    item = _received(request)
    route.delay(item, began)
    return JsonResponse({"id": item}, status=202)


def _received(request: HttpRequest) -> str:
    json.loads(request.body)
    names = Names()
    with connection.cursor() as cursor:
        player("receive").play(names, cursor, transaction.atomic)
    return names["fresh item"]


def receive_bulk(request: HttpRequest) -> JsonResponse:
    rows = [json.loads(line) for line in request.body.splitlines()]
    template = json.loads(Path(os.environ["BENCH_SCRIPTS"]).read_text())["bulk"]
    with transaction.atomic(), connection.cursor() as cursor:
        copy_items(cursor, template, [row["payload"] for row in rows])
    return JsonResponse({"count": len(rows)}, status=202)
