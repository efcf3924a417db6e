"""Lists of items by any mixture of filters, at the cost of a page at any size of the tables.

Whatever an index of its own answers (process, state, due, decided) is read from that index in the
order of the list. For everything else a stretch of the list is read in its order first (WALK): what
is common is found there. What is not is a rare mixture of facets and words, which one GIN index
answers soon, but without order: its hits are taken up to HITS and sorted. Where there are more,
though the head of the list holds hardly any, the newest of those taken are shown and said to be.
What may have changed since a row of the index was made is looked at once more in the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from review.finding import terms
from review.finding.filters import ItemFilter
from review.routing.words import TELLING

HITS = 10_000
WALK = 10_000
PAGE_ROWS = 50
_SOON = {"over": timedelta(0), "hours": timedelta(hours=2), "day": timedelta(days=1)}

_IN_TERMS = (
    *("q", "queue", "route", "why", "check", "segment"),
    *("verdict", "person", "version", "documents"),
)

# Somebody is still to judge the item for themselves.
SEALED_SQL = """EXISTS (SELECT FROM review_task t WHERE t.item_id = i.id
    AND t.state IN ('open', 'claimed') AND (t.is_blind OR t.slots > 1) OFFSET 0)"""


@dataclass(frozen=True, slots=True)
class After:
    """The place behind which a page begins: the last row's key in the order, and its id."""

    id: UUID
    at: datetime | None = None

    def text(self) -> str:
        return f"{self.at.isoformat() if self.at else ''}~{self.id}"

    @classmethod
    def read(cls, text: str) -> "After | None":
        at, _, identifier = text.rpartition("~")
        try:
            return cls(UUID(identifier), datetime.fromisoformat(at) if at else None)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids in their order. Where `is_partial`, too many fit to sort them all."""

    ids: Sequence[UUID]
    after: After | None  # the next page's, where there is one
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """How a list runs: the columns of its key, over item i and, for some, findable f."""

    key: str  # "" where the id alone orders
    direction: str
    of_findable: bool = False
    must: str = ""


_ORDERS = {
    "received": _Order("", "DESC"),
    "oldest": _Order("", "ASC"),
    "due": _Order("i.due_at", "ASC", must="i.state IN ('received', 'waiting')"),
    "decided": _Order("f.decided_at", "DESC", True, must="f.decided_at IS NOT NULL"),
}


def find(
    processes: Sequence[str],
    wanted: ItemFilter,
    *,
    after: After | None = None,
    limit: int = PAGE_ROWS,
) -> Found:
    """Ids of the items of these processes that fit, a page of `limit` of them."""
    chosen = [slug for slug in processes if wanted.process in ("", slug)]
    if not chosen:
        return Found((), None)
    search = _Search(chosen, wanted, after, limit + 1)
    rows, is_partial = search.run()
    page = rows[:limit]
    more = len(rows) > limit
    last = After(page[-1][0], page[-1][1] if search.order.key else None) if more else None
    return Found([row[0] for row in page], last, is_partial)


class _Search:
    """One question, put together as SQL."""

    def __init__(
        self, processes: Sequence[str], wanted: ItemFilter, after: After | None, limit: int
    ) -> None:
        self.processes, self.wanted, self.after, self.limit = processes, wanted, after, limit
        self.order = _ORDERS[_sort_of(wanted)]
        self.values: dict[str, Any] = {"processes": list(processes), "limit": limit}
        self.conditions = self._conditions()

    def run(self) -> tuple[list[tuple[UUID, datetime | None]], bool]:
        exact = _exact_id(self.wanted.q)
        if exact is not None:
            self.values["exact"] = exact
            return self._ask(self._one_sql()), False
        if not self._needs_terms():
            return self._ask(self._heads_sql(self.conditions, "limit")), False
        self._name_terms()
        walked = self._ask(self._walk_sql())
        if len(walked) >= self.limit:
            return walked, False
        hits = self._ask(self._hits_sql())
        found = [row[:2] for row in hits if row[0] is not None]
        return found, hits[0][2] > HITS

    def _ask(self, sql: str) -> list[Any]:
        with transaction.atomic(), connection.cursor() as cursor:
            # Its cost is bounded by what it reads, not by what the planner expects of it.
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(sql, self.values)
            return cursor.fetchall()

    # What the order asks for

    def _ordering(self) -> str:
        columns = ([self.order.key] if self.order.key else []) + ["i.id"]
        return ", ".join(f"{one} {self.order.direction}" for one in columns)

    def _behind(self) -> list[str]:
        if self.after is None:
            return []
        sign = "<" if self.order.direction == "DESC" else ">"
        self.values["after_id"] = self.after.id
        if not self.order.key:
            return [f"i.id {sign} %(after_id)s"]
        if self.after.at is None:
            return []
        self.values["after_at"] = self.after.at
        return [f"({self.order.key}, i.id) {sign} (%(after_at)s, %(after_id)s)"]

    # What the filter asks of the truth

    def _conditions(self) -> list[str]:
        wanted, values = self.wanted, self.values
        found = [self.order.must] if self.order.must else []
        for column in ("state", "segment"):
            if getattr(wanted, column):
                values[column] = getattr(wanted, column)
                found.append(f"i.{column} = %({column})s")
        found += self._external() + self._days() + self._due()
        if wanted.queue:
            values["queue"] = int(wanted.queue)
            found.append(
                "EXISTS (SELECT FROM review_task t WHERE t.item_id = i.id"
                " AND t.queue_id = %(queue)s AND t.state IN ('open', 'claimed') OFFSET 0)"
            )
        if wanted.verdict:
            values["verdict"] = wanted.verdict
            found.append(_decided("d.settles AND d.verdict = %(verdict)s"))
        if wanted.person == "automatic":
            found.append(_decided("d.settles AND d.actor_id IS NULL"))
        elif wanted.person:
            values["person"] = UUID(wanted.person)
            found.append(_decided("d.actor_id = %(person)s"))
        if self._tells():
            found.append(f"NOT {SEALED_SQL}")
        return [*found, *self._behind()]

    def _tells(self) -> bool:
        """Whether finding an item by this would say what somebody is to judge unaided."""
        wanted = self.wanted
        return bool(wanted.verdict or wanted.person or wanted.check or wanted.why in TELLING)

    def _external(self) -> list[str]:
        text = self.wanted.external_id
        if not text:
            return []
        if text.endswith("*"):
            self.values["external"] = _like(text[:-1]) + "%"
            return ["i.external_id LIKE %(external)s"]
        self.values["external"] = text
        return ["i.external_id = %(external)s"]

    def _days(self) -> list[str]:
        found = []
        since, until = self.wanted.day("received_from"), self.wanted.day("received_to")
        if since:
            self.values["first_id"] = first_id(_midnight(since))
            found.append("i.id >= %(first_id)s")
        if until:
            self.values["last_id"] = first_id(_midnight(until + timedelta(days=1)))
            found.append("i.id < %(last_id)s")
        since, until = self.wanted.day("decided_from"), self.wanted.day("decided_to")
        if since:
            self.values["decided_from"] = _midnight(since)
            found.append("f.decided_at >= %(decided_from)s")
        if until:
            self.values["decided_to"] = _midnight(until + timedelta(days=1))
            found.append("f.decided_at < %(decided_to)s")
        return found

    def _due(self) -> list[str]:
        if not self.wanted.due:
            return []
        self.values["due"] = timezone.now() + _SOON[self.wanted.due]
        return ["i.due_at < %(due)s", "i.state IN ('received', 'waiting')"]

    # The ways to the rows

    def _needs_terms(self) -> bool:
        """Whether no index that runs in the list's order answers it at the cost of a page."""
        wanted = self.wanted
        if any(getattr(wanted, name) for name in _IN_TERMS):
            return True
        if wanted.external_id.endswith("*"):
            return True
        if not self.order.key:
            return False
        ranges = wanted.received_from or wanted.received_to
        return bool(wanted.state or ranges or (wanted.due and self.order.of_findable))

    def _tsquery(self, weights: str) -> str:
        wanted = self.wanted
        facets = [
            terms.facet(kind, value)
            for kind, value in (
                ("state", wanted.state),
                ("queue", wanted.queue),
                ("route", wanted.route),
                ("why", wanted.why),
                ("check", wanted.check),
                ("segment", wanted.segment),
                ("verdict", wanted.verdict),
                ("person", wanted.person and _id_text(wanted.person)),
                ("version", wanted.version and _id_text(wanted.version)),
                ("has", wanted.documents and "documents"),
            )
            if value
        ]
        parts = [terms.any_of(terms.facet("in", slug) for slug in self.processes)]
        parts += terms.all_of(facets)
        parts += terms.question(wanted.q, weights)
        if wanted.external_id.endswith("*"):
            parts += terms.question(wanted.external_id[:-1].replace(" ", "-"), "A")
        return terms.as_query(parts)

    def _name_terms(self) -> None:
        self.values["terms"] = self._tsquery("ABC")
        self.values["open_terms"] = self._tsquery("AB")
        self.values["hits"] = HITS + 1
        self.values["walk"] = WALK

    def _hits_sql(self) -> str:
        """The hits that fit, and how many hits there were; one row without an id where none fit."""
        ids = [one.replace("i.id", "f.item_id") for one in self.conditions if _is_id_range(one)]
        return f"""
            WITH hits AS MATERIALIZED (
                SELECT f.item_id, f.decided_at, f.terms @@ %(open_terms)s::tsquery AS is_open
                FROM review_findable f
                WHERE f.terms @@ %(terms)s::tsquery {_and(ids)} LIMIT %(hits)s
            )
            SELECT kept.id, kept.key, counted.hits
            FROM (SELECT count(*) AS hits FROM hits) counted
            LEFT JOIN LATERAL (
                SELECT i.id, {self._key()} AS key
                FROM hits f
                -- Each by its key: what the planner expects of the hits is often far off.
                CROSS JOIN LATERAL (SELECT * FROM review_item o WHERE o.id = f.item_id OFFSET 0) i
                WHERE (f.is_open OR NOT {SEALED_SQL}) {_and(self.conditions)}
                ORDER BY {self._ordering()} LIMIT %(limit)s
            ) kept ON true
        """  # noqa: S608

    def _walk_sql(self) -> str:
        """In the order of the list through a stretch of it: what is common comes soon."""
        bounds = [self.order.must] if self.order.must else []
        bounds += [one for one in self.conditions if _is_id_range(one) or one in self._behind()]
        # By the stretch's own columns, in whose order its rows come: left when a page is full.
        columns = (["walked.key"] if self.order.key else []) + ["walked.id"]
        order = ", ".join(f"{one} {self.order.direction}" for one in columns)
        return f"""
            SELECT i.id, {self._key()}
            FROM ({self._heads_sql(bounds, "walk")}) walked
            CROSS JOIN LATERAL (
                SELECT o.decided_at, o.terms @@ %(open_terms)s::tsquery AS is_open
                FROM review_findable o
                WHERE o.item_id = walked.id AND o.terms @@ %(terms)s::tsquery OFFSET 0
            ) f
            CROSS JOIN LATERAL (SELECT * FROM review_item o WHERE o.id = walked.id OFFSET 0) i
            WHERE (f.is_open OR NOT {SEALED_SQL})
                {_and(self.conditions)}
            ORDER BY {order} LIMIT %(limit)s
        """  # noqa: S608

    def _heads_sql(self, conditions: Sequence[str], limit: str) -> str:
        """The head of the list in each process, from the index that runs in its order."""
        heads = []
        for place, slug in enumerate(self.processes):
            self.values[f"process{place}"] = slug
            heads.append(self._head(f"process{place}", conditions, limit))
        if len(heads) == 1:
            return heads[0]
        ordering = f"key {self.order.direction}, id {self.order.direction}"
        together = " UNION ALL ".join(f"({head})" for head in heads)
        return f"SELECT * FROM ({together}) h ORDER BY {ordering} LIMIT %({limit})s"  # noqa: S608

    def _head(self, process: str, conditions: Sequence[str], limit: str) -> str:
        source, mine, order = "review_item i", "i.process_id", self._ordering()
        if self.order.of_findable:
            source = "review_findable f JOIN review_item i ON i.id = f.item_id"
            mine, order = "f.process_id", order.replace("i.id", "f.item_id")
        return f"""
            SELECT i.id, {self._key()} AS key FROM {source}
            WHERE {mine} = %({process})s {_and(conditions)} ORDER BY {order} LIMIT %({limit})s
        """  # noqa: S608

    def _key(self) -> str:
        return self.order.key or "NULL::timestamptz"

    def _one_sql(self) -> str:
        return f"""
            SELECT i.id, {self._key()} FROM review_item i
            LEFT JOIN review_findable f ON f.item_id = i.id
            WHERE i.id = %(exact)s AND i.process_id = ANY(%(processes)s) {_and(self.conditions)}
        """  # noqa: S608


def _sort_of(wanted: ItemFilter) -> str:
    """The order of a list; a range of due or decided times is read in its own."""
    if wanted.decided_from or wanted.decided_to:
        return "decided"
    if wanted.sort == "due" and wanted.verdict:
        return "decided"  # nothing that is decided is due
    return "due" if wanted.due else wanted.sort or "received"


def _decided(condition: str) -> str:
    return (
        "EXISTS (SELECT FROM review_decision d WHERE d.item_id = i.id"
        # OFFSET 0: asked of each row of a page, never joined with all decisions of a person.
        f" AND d.state = 'active' AND {condition} OFFSET 0)"
    )


def _is_id_range(condition: str) -> bool:
    return condition.startswith("i.id ")


def _and(conditions: Sequence[str]) -> str:
    return "".join(f" AND {one}" for one in conditions)


def _like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _id_text(text: str) -> str:
    return text if text == "automatic" else str(UUID(text))


def _exact_id(text: str) -> UUID | None:
    try:
        return UUID(text.strip()) if len(text.strip()) in (32, 36) else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of an instant: 48 bits of milliseconds, then zeros (RFC 9562)."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)
