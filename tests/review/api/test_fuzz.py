"""The whole API against what schemathesis thinks of: no 5xx, and answers as described."""

import json
from collections.abc import Iterable

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from governance.approvals import asking
from governance.approvals import operations as approving
from governance.contracts.agreement import agreement_of
from governance.incidents.operations import halt
from governance.roles.keys import issue_key
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from governance.roles.scopes import OF_PEOPLE
from governance.rollout.operations import pause
from review.models import Effect, GateHold, Run
from tests import factories

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = {"person": 25, "producer": 6, "nobody": 3}  # an operation
SCHEMA = "/described.json"
DIGESTS = []  # of the requests that wait


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    lines = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(line).encode() for line in lines)


def made_real(described, ids, agreement):
    """The description with ids, payloads and outputs that exist, so that calls get somewhere."""
    for operations in described["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["schema"] = {"enum": ids[parameter["name"]]}
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                known = media["schema"]["properties"]
                if kind == "multipart/form-data":
                    known = known["item"]["properties"]
                known |= {"process": {"enum": ["desk"]}} if "process" in known else {}
                known |= {"payload": agreement.input_schema} if "payload" in known else {}
                known |= {"output": agreement.output_schema} if "output" in known else {}
                known |= {"digest": {"enum": DIGESTS}} if "digest" in known else {}
                known |= {"principal": {"enum": [None]}} if "principal" in known else {}
                known |= {"version": {"enum": [None]}} if "what" in known else {}
                known |= {"to": {"enum": ["everything", "nobody"]}} if "to" in known else {}
                if kind == "application/x-ndjson":
                    media["schema"] = {"type": "array", "items": media["schema"], "maxItems": 5}
    return described


def serving(described):
    """The application, and beside it the description."""
    application = get_wsgi_application()

    def app(environ, start_response) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # nobody between here and there unpacks
        if environ["PATH_INFO"] != SCHEMA:
            return application(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(described, default=str).encode()]

    return app


def work(process, person):
    """Items, tasks, decisions and effects in every state, most of them this person's."""
    claimed = [factories.make_claimed_task(process, person) for _ in range(8)]
    decided = [factories.make_decision(process, person) for _ in range(6)]
    failed = factories.make_decision(process, person)
    Effect.objects.filter(decision=failed).update(state=Effect.State.FAILED)
    done = factories.make_decision(process, person)
    Effect.objects.filter(decision=done).update(state=Effect.State.DONE)
    # Who decided does not answer for it, so that it is another's.
    other = factories.make_decision(
        process, factories.make_person("another", process, Role.OPERATOR)
    )
    waiting = [factories.make_task(process) for _ in range(10)]
    now = timezone.now()
    held = GateHold.objects.create(
        process=process,
        item=other.item,
        decision=other,
        state="waiting",
        due_at=now,
        opened_at=now,
        hint_at=now,
    )
    given_back = Run.objects.create(
        process=process, actor=person, verb="give_back", reason="It is over.", hint_at=now
    )
    # Another's, to be signed or refused, and one of this person's own, to be withdrawn.
    owners = approving.request(
        kind="retention",
        process="desk",
        subject="1",
        digest="d" * 64,
        title="Rule 1",
        risk="low",
        reason="Please.",
        actor=factories.make_person("asker"),
    )
    asked = [
        owners,
        asking.for_contract(process.contract, actor=person, reason="Please."),
    ]
    DIGESTS[:] = [one.digest for one in asked]
    nowhere = "00000000-0000-7000-8000-000000000000"
    return {
        "approval_id": [*(str(one.pk) for one in asked), nowhere],
        "give_back_id": [str(given_back.pk), nowhere],
        "item_id": [str(one.item_id) for one in [*claimed, *decided, *waiting[:2]]] + [nowhere],
        "task_id": [str(one.pk) for one in [*claimed, *waiting[:2]]] + [nowhere],
        "decision_id": [str(one.pk) for one in [*decided, failed, done]] + [nowhere],
        "hold_id": [str(held.pk), nowhere],
        "document_id": [str(factories.make_document(waiting[2].item).pk), nowhere],
        "number": [1, 2],
        "effect_id": [str(one.pk) for one in [*failed.effects.all(), *done.effects.all()]],
        "process": ["desk", "missing"],
        "slug": ["desk", "paused", "missing"],
        "queue": ["desk", "senior", "missing"],
    }


@pytest.fixture
def person_key(process):
    """A key of somebody who holds every role."""
    person = factories.make_everybody("everything", process)
    paused = factories.make_process("paused")
    pause(process=paused.slug, actor=factories.ACTOR)
    halt(process=paused.slug, actor=factories.ACTOR, reason="Odd answers.")
    grant_role(user=person, role=Role.PROCESS_OWNER, process=paused, actor=factories.ACTOR)
    return issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=person)


@pytest.fixture
def one_connection():
    """Requests leave the test's connection open, as they do under Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described(process, person_key, one_connection):
    key, _ = person_key
    generated = SchemaGenerator().get_schema(request=None, public=True)
    agreement = agreement_of(process.contract_id)
    app = serving(made_real(generated, work(process, key.user), agreement))
    return schemathesis.openapi.from_wsgi(SCHEMA, app)


@pytest.fixture
def secrets(process, person_key):
    """A person's key, a producer's, and one that is none."""
    return {
        "person": person_key[1],
        "producer": factories.make_key(process)[1],
        "nobody": "csk_00000000_none",
    }


bounded = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def reaches(operation, mode, examples, headers):
    """Whether any of the generated calls of an operation succeeded; each is checked."""
    statuses = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(bounded, max_examples=examples)
    def run(case):
        statuses.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    with transaction.atomic():  # each operation finds the work as it was made
        run()
        transaction.set_rollback(True)
    return min(statuses) < 300


@pytest.mark.parametrize("who", list(EXAMPLES))
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_call_breaks_and_every_answer_is_as_described(described, secrets, who, mode, subtests):
    headers = {"Authorization": f"Bearer {secrets[who]}"}
    succeeded = {}
    for found in described.get_all_operations():
        operation = found.ok()
        with subtests.test(operation=operation.label):
            succeeded[operation.label] = reaches(operation, mode, EXAMPLES[who], headers)
    if (who, mode) == ("person", GenerationMode.POSITIVE):
        # Or the calls never got past the first check.
        missed = {label for label, reached in succeeded.items() if not reached}
        assert missed == {
            "POST /api/v1/gate/{hold_id}/refuse/",  # cites a policy in force
            "POST /api/v1/processes/{slug}/give-back/",  # takes items that a halt left
        }
    if who == "nobody":
        assert not any(succeeded.values())
