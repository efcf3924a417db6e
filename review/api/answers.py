"""The form of every answer, for the API's description; `presenting` makes the answers.

The tests hold the two together: schemathesis checks each answer against these.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers as s

from governance.contracts.models import Process as ProcessRow
from review.api.problems import MEDIA_TYPE
from review.gate.models import GateHold
from review.models import Decision as DecisionRow
from review.models import Document as DocumentRow
from review.models import Effect as EffectRow
from review.models import Item as ItemRow
from review.models import Route as RouteRow
from review.models import Run as RunRow
from review.models import Task as TaskRow


class Answer(s.Serializer[Any]):
    """A JSON object whose fields are always all there."""


def one_of(values: Sequence[str], **options: Any) -> s.CharField:
    """A text with a fixed set of values, written out where it stands."""
    schema: dict[str, Any] = {"type": "string", "enum": [str(value) for value in values]}
    if options.get("allow_null"):
        schema = {"type": ["string", "null"], "enum": [*schema["enum"], None]}

    @extend_schema_field(schema)
    class Choice(s.CharField):
        pass

    return Choice(**options)


class ProblemError(Answer):
    pointer = s.CharField(
        allow_blank=True, help_text="JSON Pointer into the body, or to a parameter by name."
    )
    detail = s.CharField()


class Problem(Answer):
    """RFC 9457. `code` is stable and for machines, `detail` for people."""

    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    code = s.CharField()
    detail = s.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]
    scopes = s.ListField(
        child=s.CharField(),
        required=False,
        help_text="With `missing_scope`: any one of these would do.",
    )


class Received(Answer):
    id = s.UUIDField()
    state = one_of(ItemRow.State.values)
    url = s.URLField()
    repeated = s.BooleanField(help_text="The item was here already; nothing was stored.")


class LineResult(Answer):
    """What became of one line of a bulk call."""

    line = s.IntegerField(min_value=1)
    status = one_of(["created", "repeated", "refused", "failed"])
    id = s.UUIDField(required=False)
    state = one_of(ItemRow.State.values, required=False)
    url = s.URLField(required=False)
    code = s.CharField(required=False)
    detail = s.CharField(required=False)
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


class ItemSummary(Answer):
    id = s.UUIDField()
    process = s.SlugField()
    external_id = s.CharField(allow_null=True)
    state = one_of(ItemRow.State.values)
    segment = s.CharField()
    priority = s.IntegerField()
    due_at = s.DateTimeField()
    received_at = s.DateTimeField()
    ended_at = s.DateTimeField(allow_null=True)
    url = s.URLField()


class Candidate(Answer):
    id = s.UUIDField()
    output = s.DictField()
    confidence = s.DictField(child=s.FloatField(allow_null=True))
    sources = s.DictField(child=s.CharField())


class Reason(Answer):
    code = s.CharField()
    sentence = s.CharField()
    numbers = s.DictField()


class Route(Answer):
    outcome = one_of(RouteRow.Outcome.values)
    stage = one_of(ProcessRow.Stage.values)
    reasons = Reason(many=True)


class Outcome(Answer):
    verdict = one_of(DecisionRow.Verdict.values)
    output = s.DictField(allow_null=True)
    decided_at = s.DateTimeField()


class Decision(Answer):
    """Its verdict is null while others are still to judge the item for themselves."""

    id = s.UUIDField()
    task = s.UUIDField(allow_null=True)
    actor = s.UUIDField(allow_null=True, help_text="Null for an automatic acceptance.")
    verdict = one_of(DecisionRow.Verdict.values, allow_null=True)
    output = s.DictField(allow_null=True)
    reason = s.CharField(allow_blank=True)
    state = one_of(DecisionRow.State.values)
    settles = s.BooleanField(help_text="The item's outcome rests on it.")
    created_at = s.DateTimeField()
    undo_until = s.DateTimeField()


class OwnDecision(Decision):
    item = s.UUIDField()
    item_url = s.URLField()


class Effect(Answer):
    id = s.UUIDField()
    item = s.UUIDField()
    decision = s.UUIDField()
    name = s.CharField()
    connector = s.CharField()
    state = one_of(EffectRow.State.values)
    is_held = s.BooleanField(help_text="Not sent before compliance lets its decision go.")
    compensates = s.UUIDField(allow_null=True)
    irreversible = s.CharField(allow_blank=True)
    attempts = s.IntegerField()
    error = s.CharField(allow_blank=True)
    due_at = s.DateTimeField()
    finished_at = s.DateTimeField(allow_null=True)


class Refusal(Answer):
    code = s.CharField()
    detail = s.CharField()


class Document(Answer):
    id = s.UUIDField()
    parent = s.UUIDField(  # type: ignore[assignment]
        allow_null=True, help_text="The document that it was attached to."
    )
    position = s.IntegerField()
    name = s.JSONField(help_text='Text; `{"masked": "personal"}` where documents are masked.')
    size_bytes = s.IntegerField()
    sha256 = s.CharField()
    media_type = s.CharField(allow_null=True, help_text="By content; null until it is read.")
    state = one_of(DocumentRow.State.values)
    refusal = Refusal(allow_null=True, help_text="Why people have to deal with it unread.")
    notes = s.ListField(child=s.CharField())
    pages = s.IntegerField(help_text="Number of pages; 0 until it is read.")


class Word(Answer):
    text = s.CharField()
    start = s.IntegerField(help_text="Characters of the page's text.")
    end = s.IntegerField()
    line = s.IntegerField()
    box = s.ListField(child=s.IntegerField(), min_length=4, max_length=4, allow_null=True)
    confidence = s.IntegerField(allow_null=True, help_text="The recogniser's, 0 to 100.")


class Page(Answer):
    """Width and height are 0 for a page without a picture."""

    document = s.UUIDField()
    number = s.IntegerField()
    width = s.IntegerField()
    height = s.IntegerField()
    source = one_of(["text", "ocr"])  # type: ignore[assignment]
    text = s.CharField(allow_blank=True)
    words = Word(many=True)


class Item(ItemSummary):
    """Parts that the caller may not see, now or ever, are null or empty."""

    contract = s.IntegerField(help_text="Number of the contract it came in under.")
    outcome = Outcome(allow_null=True)
    candidate = Candidate(allow_null=True)
    is_candidate_hidden = s.BooleanField()
    route = Route(allow_null=True)
    decisions = Decision(many=True)
    effects = Effect(many=True)
    documents = Document(many=True)


class Entry(Answer):
    id = s.UUIDField()
    index = s.IntegerField(allow_null=True, help_text="Place in the ledger; null until it has one.")
    at = s.DateTimeField()
    kind = s.CharField()
    actor = s.CharField()
    data = s.DictField(allow_null=True)  # type: ignore[assignment]
    hash = s.CharField(help_text="SHA-256 in hex over the entry's canonical JSON.")
    state = one_of(
        ["sealed", "sequenced", "pending"], help_text="Sealed: a signed checkpoint covers it."
    )
    is_valid = s.BooleanField()  # type: ignore[assignment]


class Lineage(Answer):
    item = s.UUIDField()
    verifies = s.BooleanField(help_text="Every entry is valid.")
    entries = Entry(many=True)


class Draft(Answer):
    output = s.DictField()
    reason = s.CharField(allow_blank=True)
    updated_at = s.DateTimeField()


class HandedBack(Answer):
    kind = one_of(["skipped", "escalated", "handed_over"])
    reason = s.CharField()


class Opinion(Answer):
    verdict = one_of(DecisionRow.Verdict.values)
    output = s.DictField(allow_null=True)
    reason = s.CharField(allow_blank=True)


class HeldTask(Answer):
    id = s.UUIDField()
    item = s.UUIDField()
    process = s.SlugField()
    queue = s.SlugField()
    kind = one_of(TaskRow.Kind.values)
    state = one_of(TaskRow.State.values)
    due_at = s.DateTimeField()
    lease_until = s.DateTimeField(allow_null=True)


class Task(HeldTask):
    """Everything needed to judge the item; `candidate` is null on a blind task."""

    is_blind = s.BooleanField()
    is_escalated = s.BooleanField()
    priority = s.IntegerField()
    external_id = s.CharField(allow_null=True)
    headline = s.CharField(allow_blank=True)
    segment = s.CharField()
    received_at = s.DateTimeField()
    payload = s.DictField()
    candidate = Candidate(allow_null=True)
    route = one_of(RouteRow.Outcome.values, allow_null=True)
    reasons = Reason(many=True)
    draft = Draft(allow_null=True)
    handed_back = HandedBack(many=True)
    opinions = Opinion(many=True)


class DecisionReceipt(Answer):
    id = s.UUIDField()
    verdict = one_of(DecisionRow.Verdict.values)
    state = one_of(DecisionRow.State.values)
    undo_until = s.DateTimeField()


class Decided(Answer):
    decision = DecisionReceipt()
    next = Task(allow_null=True, help_text="Null where none was asked for or none is left.")


class Withdrawal(Answer):
    id = s.UUIDField()
    name = s.CharField()
    what = one_of(["cancelled", "compensating", "compensating_after_send", "irreversible"])
    note = s.CharField(allow_blank=True)


class HeldOutput(Answer):
    """A decided output; nothing of it is sent while its state is checking or waiting."""

    id = s.UUIDField()
    process = s.SlugField()
    item = s.UUIDField()
    decision = s.UUIDField()
    state = one_of(GateHold.State.values)
    reasons = Reason(many=True)
    verdict = one_of(DecisionRow.Verdict.values)
    output = s.DictField()
    decided_by = s.UUIDField(allow_null=True, help_text="Null for an automatic acceptance.")
    due_at = s.DateTimeField()
    held_at = s.DateTimeField()
    answered_by = s.UUIDField(allow_null=True)
    answered_at = s.DateTimeField(allow_null=True)


class Undone(Answer):
    decision = DecisionReceipt()
    effects = Withdrawal(many=True)
    task = s.UUIDField(allow_null=True, help_text="The task that stands open again.")


class Lease(Answer):
    lease_until = s.DateTimeField()


class ProcessSummary(Answer):
    slug = s.SlugField()
    title = s.CharField()
    stage = one_of(ProcessRow.Stage.values)
    is_paused = s.BooleanField()
    contract = s.IntegerField(allow_null=True)


class Run(Answer):
    """A bulk run: what it would do, does and did."""

    id = s.UUIDField()
    process = s.SlugField()
    verb = one_of(RunRow.Verb.values)
    state = one_of(RunRow.State.values)
    items = s.IntegerField(min_value=0, help_text="That were chosen.")
    waiting = s.IntegerField(min_value=0, help_text="Not done yet.")
    done = s.IntegerField(min_value=0)
    refused = s.IntegerField(min_value=0, help_text="Could not be done.")
    left_out = s.DictField(
        child=s.IntegerField(min_value=0), help_text="How many were not chosen, by why."
    )


class Queue(Answer):
    name = s.SlugField()
    role = s.CharField()
    kinds = s.ListField(child=s.CharField())
    lease_seconds = s.IntegerField()
    is_paused = s.BooleanField()


class Process(ProcessSummary):
    description = s.CharField(allow_blank=True)
    risk = s.CharField(allow_null=True)
    segments = s.ListField(child=s.CharField())
    input_schema = s.DictField(allow_null=True)
    output_schema = s.DictField(allow_null=True)
    undo_window_seconds = s.IntegerField(allow_null=True)
    queues = Queue(many=True)


class Count(Answer):
    """`value` is exact unless `is_capped`: then there are more."""

    value = s.IntegerField()
    is_capped = s.BooleanField()


class Line(Answer):
    queue = s.SlugField()
    open = s.IntegerField()
    is_capped = s.BooleanField()
    next_due_at = s.DateTimeField(allow_null=True)


class Recent(Answer):
    since = s.DateTimeField()
    items = Count()
    routes = s.DictField(child=s.IntegerField())
    verdicts = s.DictField(child=s.IntegerField())
    straight_through_rate = s.FloatField(allow_null=True)
    override_rate = s.FloatField(allow_null=True)


class Metrics(Answer):
    process = s.SlugField()
    at = s.DateTimeField()
    items = s.DictField(child=Count())
    queues = Line(many=True)
    failed_effects = Count()
    recent = Recent()


def page_of(row: type[Answer]) -> type[Answer]:
    """A page of rows: `results` and the address of the next page."""
    fields = {"results": row(many=True), "next": s.URLField(allow_null=True)}
    return type(f"{row.__name__}Page", (Answer,), fields)


ItemPage = page_of(ItemSummary)
DecisionPage = page_of(OwnDecision)
EffectPage = page_of(Effect)
HeldOutputPage = page_of(HeldOutput)


class TaskList(Answer):
    results = HeldTask(many=True)


class ProcessList(Answer):
    results = ProcessSummary(many=True)


_WORDS = {
    400: "The body is not readable JSON.",
    401: "No key or session, or one that does not hold.",
    403: "The caller may not do this.",
    404: "There is nothing here that the caller may see.",
    409: "Somebody else was first, or the state has moved on.",
    411: "The body's length is not announced.",
    413: "The body is too large.",
    415: "Another content type, or a compressed body.",
    422: "Readable, but not what is asked for; `errors` says where.",
    429: "Too many items; `Retry-After` says when to go on.",
}
_READING = (401, 403)
_WRITING = (400, 401, 403, 411, 413, 415)


def answers(good: Mapping[Any, Any], *problems: int, is_write: bool = False) -> dict[Any, Any]:
    """Responses of an operation: the good ones, and a problem document for each other status."""
    statuses = sorted({*problems, *(_WRITING if is_write else _READING)})
    return {
        **good,
        **{(status, MEDIA_TYPE): _described(status) for status in statuses},
    }


def _described(status: int) -> Any:
    return OpenApiResponse(Problem, description=_WORDS[status])
