"""Making the rows that items are found by, from what the ledger says has changed.

Deciding pays nothing for it: a job reads on in the ledger every few seconds and makes the rows of
the items it names anew, whole. A row made twice is the same row; one made from what has changed
meanwhile is made again, because that change has an entry of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from governance.contracts.agreement import agreement_of
from governance.contracts.schemas import labels
from integrations.encryption import EncryptionError
from review.documents import blobs
from review.documents.queries import DocumentView, documents_of_many, layout_of
from review.finding.terms import Terms
from review.following import operations as following
from review.models import Candidate, Decision, Item, Route, Task

READER = "finding"
ITEMS_A_STEP = 200
SNIPPET_CHARACTERS = 4_000
_OPEN_LABELS = frozenset({"none", "internal"})
_log = structlog.get_logger(__name__)

_STORE_SQL = """
    INSERT INTO review_findable (item_id, process_id, terms, given, made, decided_at)
    SELECT s.item, s.process, s.terms::tsvector, s.given, s.made, s.decided_at
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS s(item, process, terms, given, made, decided_at)
    WHERE EXISTS (SELECT FROM review_item i WHERE i.id = s.item)
    ON CONFLICT (item_id) DO UPDATE SET terms = EXCLUDED.terms, given = EXCLUDED.given,
        made = EXCLUDED.made, decided_at = EXCLUDED.decided_at
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One item as it is found."""

    item: UUID
    process: str
    terms: str
    given: str
    made: str
    decided_at: datetime | None


def follow(limit: int = following.BATCH) -> int:
    """Index what changed since the last time; how many entries were read, 0 when none is left or
    another reads on."""
    stretch = following.ahead(READER, limit)
    if not stretch.entries:
        return 0
    changed = list(dict.fromkeys(one.item for one in stretch.entries if one.item is not None))
    for start in range(0, len(changed), ITEMS_A_STEP):
        _rebuild_what_can_be(changed[start : start + ITEMS_A_STEP])
    with transaction.atomic():
        has_moved = following.move_on(stretch)
    # Who was overtaken stops: jobs of several ticks would do all the same work side by side.
    return len(stretch.entries) if has_moved else 0


def _rebuild_what_can_be(item_ids: Sequence[UUID]) -> None:
    """Rebuild together, else one by one: an item that cannot be indexed stops no other."""
    try:
        rebuild(item_ids)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing is to be passed by
    except Exception as error:
        if len(item_ids) == 1:
            _log.exception("item_not_indexed", item=str(item_ids[0]), error=type(error).__name__)
            return
        for item_id in item_ids:
            _rebuild_what_can_be([item_id])


def rebuild(item_ids: Sequence[UUID]) -> None:
    """Make the rows of these items anew; documents are read outside any transaction."""
    rows = list(rows_of(item_ids))
    # In the order of the ids, so that two who rebuild the same items never wait in a circle.
    rows.sort(key=lambda row: row.item)
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE_SQL,
            [
                [row.item for row in rows],
                [row.process for row in rows],
                [row.terms for row in rows],
                [row.given for row in rows],
                [row.made for row in rows],
                [row.decided_at for row in rows],
            ],
        )


@dataclass
class Around:
    """What belongs to an item."""

    route: Route | None = None
    candidate: Candidate | None = None
    decisions: list[Decision] = field(default_factory=list)
    queues: set[int] = field(default_factory=set)


def rows_of(item_ids: Sequence[UUID]) -> Iterator[Row]:
    """The rows of items as they stand now, in a fixed number of statements."""
    items = Item.objects.in_bulk(item_ids)
    around: dict[UUID, Around] = defaultdict(Around)
    for route in Route.objects.filter(item__in=item_ids):
        around[route.item_id].route = route
    candidates = Candidate.objects.filter(item__in=item_ids).select_related("call")
    for candidate in candidates.defer("raw", "evidence").order_by("pk"):
        candidate.item = items[candidate.item_id]
        around[candidate.item_id].candidate = candidate
    active = Decision.objects.filter(item__in=item_ids, state=Decision.State.ACTIVE)
    for decision in active.order_by("pk"):
        decision.item = items[decision.item_id]
        around[decision.item_id].decisions.append(decision)
    undecided = Task.objects.filter(
        item__in=item_ids, state__in=[Task.State.OPEN, Task.State.CLAIMED]
    )
    for item_id, queue_id in undecided.values_list("item_id", "queue_id"):
        around[item_id].queues.add(queue_id)
    documents = documents_of_many(item_ids)
    for item in items.values():
        yield _row(item, around[item.pk], documents.get(item.pk, []))


def _row(item: Item, around: Around, documents: Sequence[DocumentView]) -> Row:
    agreement = agreement_of(item.contract_id)
    terms = Terms()
    terms.text(f"{item.pk.hex} {item.pk.hex[-6:]}", "A")
    if item.external_id:
        terms.text(item.external_id, "A")
    settling = next((one for one in around.decisions if one.settles), None)
    for name, value in _facets(item, around, settling, bool(documents)):
        terms.facet(name, value)
    output: Mapping[str, Any] = {}
    if settling is not None and settling.output is not None:
        output = settling.output
    elif around.candidate is not None:
        output = around.candidate.output
    # The short before the long, for a row holds MAX_WORDS words.
    made = _put(terms, agreement.output_schema, output, "C")
    given = _put(terms, agreement.input_schema, item.payload, "B")
    if agreement.documents is not None and agreement.documents.privacy in _OPEN_LABELS:
        for text in _texts(documents):
            terms.text(text, "B")
            given.append(" ".join(text[:SNIPPET_CHARACTERS].split()))
    return Row(
        item=item.pk,
        process=item.process_id,
        terms=terms.as_tsvector(),
        given=" · ".join(given)[:SNIPPET_CHARACTERS],
        made=" · ".join(made)[:SNIPPET_CHARACTERS],
        decided_at=None if settling is None else settling.created_at,
    )


def _facets(
    item: Item, around: Around, settling: Decision | None, has_documents: bool
) -> Iterator[tuple[str, object]]:
    yield "in", item.process_id
    yield "state", item.state
    yield "segment", item.segment
    if has_documents:
        yield "has", "documents"
    for queue in around.queues:
        yield "queue", queue
    if around.route is not None:
        yield "route", around.route.outcome
        for reason in around.route.reasons:
            yield "why", reason.get("code", "")
            if reason.get("code") == "check_failed":
                yield "check", reason.get("check", "")
    if around.candidate is not None and around.candidate.call.version_id:
        yield "version", around.candidate.call.version_id
    if settling is not None:
        yield "verdict", settling.verdict
        if settling.actor_id is None:
            yield "person", "automatic"
    for decision in around.decisions:
        if decision.actor_id is not None:
            yield "person", decision.actor_id


def _put(
    terms: Terms, schema: Mapping[str, Any], values: Mapping[str, Any], weight: str
) -> list[str]:
    """Add the values that the schema labels none or internal; texts to take snippets from."""
    shown = []
    for path, label in labels(schema).items():
        if label not in _OPEN_LABELS:
            continue
        value: Any = values
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        for text in _leaves(value):
            if isinstance(text, str):
                terms.text(text, weight)
            else:
                terms.number(text, weight)
            shown.append(str(text))
    return shown


def _leaves(value: Any) -> Iterator[str | int | float]:
    """Texts and numbers within a value; yes and no are words of no use."""
    if (isinstance(value, str) and value) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    ):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def _texts(documents: Iterable[DocumentView]) -> Iterator[str]:
    """The text of each page; documents whose key was destroyed have none."""
    for document in documents:
        if not document.is_ready or not document.layout:
            continue
        try:
            read = layout_of(document)
        except (LookupError, ValueError, OSError, EncryptionError, blobs.Missing) as error:
            _log.warning(
                "document_not_indexed", document=str(document.id), error=type(error).__name__
            )
            continue
        for page in read.pages:
            yield page.text
