"""The addresses of version 1; anything else below /api/v1/ is a 404 as a problem document."""

from django.urls import path, re_path

from review.api import (
    accesses,
    bulk,
    decisions,
    documents,
    effects,
    gate,
    items,
    moments,
    nowhere,
    processes,
    tasks,
)

app_name = "api"

urlpatterns = [
    path("items/", items.items, name="items"),
    path("items/bulk/", bulk.bulk, name="items-bulk"),
    path("items/<uuid:item_id>/", items.item, name="item"),
    path("items/<uuid:item_id>/lineage/", items.lineage, name="lineage"),
    path("documents/<uuid:document_id>/pages/<int:number>/", documents.page, name="page"),
    path("queues/<slug:process>/<slug:queue>/next/", tasks.next_task, name="next-task"),
    path("tasks/", tasks.held_tasks, name="tasks"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/decide/", tasks.decide, name="task-decide"),
    path("tasks/<uuid:task_id>/release/", tasks.release, name="task-release"),
    path("tasks/<uuid:task_id>/skip/", tasks.skip, name="task-skip"),
    path("tasks/<uuid:task_id>/escalate/", tasks.escalate, name="task-escalate"),
    path("tasks/<uuid:task_id>/heartbeat/", tasks.heartbeat, name="task-heartbeat"),
    path("tasks/<uuid:task_id>/draft/", tasks.draft, name="task-draft"),
    path("tasks/<uuid:task_id>/reassign/", tasks.reassign, name="task-reassign"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>/undo/", decisions.undo, name="decision-undo"),
    path("decisions/<uuid:decision_id>/amend/", decisions.amend, name="decision-amend"),
    path("effects/failed/", effects.failed, name="failed-effects"),
    path("effects/<uuid:effect_id>/retry/", effects.retry, name="effect-retry"),
    path("effects/<uuid:effect_id>/write-off/", effects.write_off, name="effect-write-off"),
    path("gate/", gate.gate, name="gate"),
    path("gate/<uuid:hold_id>/release/", gate.release, name="gate-release"),
    path("gate/<uuid:hold_id>/refuse/", gate.refuse, name="gate-refuse"),
    path("processes/", processes.processes, name="processes"),
    path("processes/<slug:slug>/", processes.process, name="process"),
    path("processes/<slug:slug>/at/", moments.at, name="process-at"),
    path("processes/<slug:slug>/stage/", processes.stage, name="process-stage"),
    path("processes/<slug:slug>/pause/", processes.pause, name="process-pause"),
    path("processes/<slug:slug>/resume/", processes.resume, name="process-resume"),
    path("processes/<slug:slug>/halt/", processes.halt, name="process-halt"),
    path("processes/<slug:slug>/go-on/", processes.go_on, name="process-go-on"),
    path("processes/<slug:slug>/access/", accesses.who_can, name="process-access"),
    path("processes/<slug:slug>/metrics/", processes.metrics, name="process-metrics"),
    re_path(r"", nowhere.nowhere, name="nowhere"),
]
