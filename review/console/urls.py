"""The console's addresses."""

from django.urls import path

from review.console.views import (
    account,
    deciding,
    documents,
    effects,
    history,
    items,
    processes,
    team,
    work,
)

urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("account/keys/", account.keys, name="keys"),
    path("", work.my_work, name="my-work"),
    path("review/<slug:process>/<slug:queue>/", work.review, name="review"),
    path("tasks/<uuid:task_id>/", work.task, name="task"),
    path("tasks/<uuid:task_id>/decide/", deciding.decide, name="task-decide"),
    path("tasks/<uuid:task_id>/skip/", deciding.skip, name="task-skip"),
    path("tasks/<uuid:task_id>/escalate/", deciding.escalate, name="task-escalate"),
    path("tasks/<uuid:task_id>/release/", deciding.release, name="task-release"),
    path("tasks/<uuid:task_id>/heartbeat/", deciding.heartbeat, name="task-heartbeat"),
    path("tasks/<uuid:task_id>/draft/", deciding.draft, name="task-draft"),
    path("tasks/<uuid:task_id>/reassign/", team.reassign, name="task-reassign"),
    path("history/", history.history, name="history"),
    path("history/recent/", history.recent, name="recent"),
    path("decisions/<uuid:decision_id>/", history.decision, name="decision"),
    path("decisions/<uuid:decision_id>/undo/", history.undo, name="decision-undo"),
    path("decisions/<uuid:decision_id>/amend/", history.amend, name="decision-amend"),
    path("items/", items.items, name="items"),
    path("items/<uuid:item_id>/", items.item, name="item"),
    path(
        "documents/<uuid:document_id>/pages/<int:number>/<slug:size>",
        documents.picture,
        name="document-page",
    ),
    path("documents/<uuid:document_id>/words/<int:number>", documents.words, name="document-words"),
    path("documents/<uuid:document_id>/download", documents.download, name="document-download"),
    path("effects/failed/", effects.failed, name="failed-effects"),
    path("effects/<uuid:effect_id>/retry/", effects.retry, name="effect-retry"),
    path("effects/<uuid:effect_id>/write-off/", effects.write_off, name="effect-write-off"),
    path("team/", team.team, name="team"),
    path("queues/<int:queue_id>/pause/", team.pause_queue, name="queue-pause"),
    path("processes/", processes.processes, name="processes"),
    path("processes/<slug:process>/stage/", processes.stage, name="process-stage"),
    path("processes/<slug:process>/pause/", processes.pause, name="process-pause"),
]
