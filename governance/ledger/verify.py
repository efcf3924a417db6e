"""The whole ledger, recomputed from its columns: every hash, place, node, root and signature.

One pass over the leaves in order and one over what is not yet sequenced, each streamed, all in one
snapshot; memory does not grow with the ledger.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from governance.ledger.canonical import entry_hash, stored_data
from governance.ledger.keys import trusted_keys
from governance.ledger.models import Checkpoint
from governance.ledger.notes import BadNote, Statement, read
from governance.ledger.peaks import Peaks

_CHUNK = 2_000  # rows fetched at a time
_SHOWN = 5  # checkpoints named one by one
_COLUMNS = "e.id, e.at, e.item, e.process, e.actor, e.kind, e.data::text, e.hash"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. entry: its id, index: its place in the tree; None where unknown."""

    what: str
    entry: UUID | None = None
    index: int | None = None

    def __str__(self) -> str:
        place = "" if self.index is None else f"index {self.index}: "
        return f"{place}{'' if self.entry is None else f'entry {self.entry}: '}{self.what}"


@dataclass(slots=True)
class Report:
    """What a verification counted; it found nothing wrong unless `problems` counts something."""

    entries: int = 0
    sequenced: int = 0
    pending: int = 0
    checkpoints: int = 0
    problems: int = 0


def verify(
    found: Callable[[Problem], None],
    *,
    witnessed: Sequence[str] = (),
    progress: Callable[[int], None] = lambda entries: None,
) -> Report:
    """Check everything; `found` is called with each problem as it is met.

    `witnessed` are checkpoint notes kept outside: the ledger must still contain what they state,
    which finds even a rewriting by someone who holds the signing key. `progress` is told how many
    more entries were read. Raises ImproperlyConfigured when there is no key to check with.
    """
    report = Report()

    def problem(what: str, entry: UUID | None = None, index: int | None = None) -> None:
        report.problems += 1
        found(Problem(what, entry, index))

    with _snapshot():
        stated = _statements(problem, witnessed, report)
        _leaves(problem, stated, report, progress)
        _unsequenced(problem, report, progress)
    return report


Complain = Callable[..., None]


@contextmanager
def _snapshot() -> Iterator[None]:
    """Everything as of one instant, so that a sequencer at work looks like no fault."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # All rows will be read, so a plan for the first tenth would be the wrong one.
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
        yield


def _statements(
    problem: Complain, witnessed: Sequence[str], report: Report
) -> dict[int, list[tuple[str, bytes]]]:
    """By size: who states it and which root; signatures and columns are checked on the way."""
    keys = trusted_keys()
    stated: dict[int, list[tuple[str, bytes]]] = {}
    for row in Checkpoint.objects.order_by("size"):
        report.checkpoints += 1
        name = f"checkpoint {row.pk} of size {row.size}"
        try:
            statement = read(row.note, keys)
        except BadNote as error:
            problem(f"{name}: {error}")
            continue
        if statement != Statement(row.origin, row.size, bytes(row.root)):
            problem(f"{name}: its columns differ from its signed note")
        stated.setdefault(statement.size, []).append((name, statement.root))
    for note in witnessed:
        statement = read(note, keys)
        name = f"the checkpoint of size {statement.size} that you hold"
        stated.setdefault(statement.size, []).append((name, statement.root))
    return stated


def _leaves(
    problem: Complain,
    stated: dict[int, list[tuple[str, bytes]]],
    report: Report,
    progress: Callable[[int], None],
) -> None:
    """All leaves in order, with their entries, the nodes above, and the roots that were signed."""
    peaks = Peaks()
    unfit: list[str] = []
    # Nodes in the order in which they become full when leaves arrive one by one.
    nodes = _stream(
        "SELECT level, index, hash FROM governance_node ORDER BY ((index + 1) << level), level"
    )
    nodes_read = _Nodes(problem, nodes)
    rows = _stream(
        f"SELECT l.index, l.entry, l.hash, {_COLUMNS} FROM governance_leaf l"  # noqa: S608
        " LEFT JOIN governance_entry e ON e.id = l.entry ORDER BY l.index"
    )
    for row in rows:
        index, entry, leaf = row[0], row[1], row[2]
        if index != peaks.size:
            missing = f"{peaks.size} to {index - 1}" if index - peaks.size > 1 else peaks.size
            problem(f"leaf {missing} is missing", index=peaks.size)
            # Roots beyond a gap cannot be computed: what is there is checked entry by entry.
            peaks.broken = True
        if row[3] is None:
            problem("its leaf is there and the entry itself is gone", entry, index)
        else:
            report.entries += 1
            _check_hash(problem, row[3:], index)
            if sha256(b"\x00" + row[10]).digest() != leaf:
                problem("its leaf holds another hash than the entry", entry, index)
        for level, at, digest in peaks.add(index, leaf):
            nodes_read.expect(level, at, digest)
        for name, stated_root in stated.pop(peaks.size, ()):
            if peaks.broken:
                unfit.append(f"{name}: its root cannot be computed, since leaves are missing")
            elif peaks.root() != stated_root:
                unfit.append(f"{name}: the leaves have another root than was signed")
        report.sequenced += 1
        if report.sequenced % _CHUNK == 0:
            progress(_CHUNK)
    progress(report.sequenced % _CHUNK)
    if not peaks.broken:
        nodes_read.finish()
    # What is left states sizes that no leaf completed: cut off at the end, or inside a gap.
    unfit += [
        f"{name}: the ledger has no leaf {size - 1}"
        for size, statements in sorted(stated.items())
        for name, _ in statements
        if size
    ]
    # One changed leaf spoils every later checkpoint, one a minute: the first few tell enough.
    for what in unfit[:_SHOWN]:
        problem(what)
    if len(unfit) > _SHOWN:
        problem(f"{len(unfit) - _SHOWN} later checkpoints do not fit either")


class _Nodes:
    """The stored nodes, read beside the computed ones in the same order."""

    def __init__(self, problem: Complain, stored: Iterator[tuple[Any, ...]]) -> None:
        self._problem = problem
        self._stored = stored
        self._next = next(stored, None)

    def expect(self, level: int, index: int, digest: bytes) -> None:
        here = ((index + 1) << level, level)
        while self._next is not None and self._place(self._next) < here:
            self._extra()
        if self._next is None or self._place(self._next) != here:
            self._problem(f"node {level}/{index} is missing")
            return
        if self._next[2] != digest:
            self._problem(f"node {level}/{index} differs from the leaves below it")
        self._next = next(self._stored, None)

    def finish(self) -> None:
        while self._next is not None:
            self._extra()

    def _extra(self) -> None:
        assert self._next is not None
        self._problem(f"node {self._next[0]}/{self._next[1]} stands where none belongs")
        self._next = next(self._stored, None)

    @staticmethod
    def _place(node: tuple[Any, ...]) -> tuple[int, int]:
        return (node[1] + 1) << node[0], node[0]


def _unsequenced(problem: Complain, report: Report, progress: Callable[[int], None]) -> None:
    """Entries without a leaf wait in the outbox, once each, and nothing else does."""
    for row in _stream(
        f"SELECT o.id, o.hash, {_COLUMNS} FROM governance_entry e"  # noqa: S608
        " LEFT JOIN governance_leaf l ON l.entry = e.id"
        " LEFT JOIN governance_outbox o ON o.entry = e.id WHERE l.index IS NULL"
    ):
        report.entries += 1
        entry = row[2]
        _check_hash(problem, row[2:], None)
        if row[0] is None:
            problem("neither sequenced nor waiting to be", entry)
            continue
        report.pending += 1
        progress(1)
        if row[1] != row[9]:
            problem("waits in the outbox with another hash than its own", entry)
    for outbox, entry, index, known, waiting in _stream(
        "SELECT min(o.id), o.entry, min(l.index), count(e.id), count(*) FROM governance_outbox o"
        " LEFT JOIN governance_leaf l ON l.entry = o.entry"
        " LEFT JOIN governance_entry e ON e.id = o.entry"
        " GROUP BY o.entry HAVING min(l.index) IS NOT NULL OR count(e.id) = 0 OR count(*) > 1"
    ):
        if not known:
            problem(f"outbox row {outbox} waits for an entry that is gone", entry)
        elif index is not None:
            problem(f"outbox row {outbox} waits for an entry sequenced already", entry, index)
        else:
            problem(f"waits in the outbox {waiting} times", entry)


def _check_hash(problem: Complain, columns: Sequence[Any], index: int | None) -> None:
    identifier: UUID = columns[0]
    at: datetime = columns[1]
    try:
        digest = entry_hash(
            id=identifier,
            at=at,
            item=columns[2],
            process=columns[3],
            actor=columns[4],
            kind=columns[5],
            data=stored_data(columns[6]),
        )
    except ValueError as error:
        problem(f"its content is not what the ledger writes: {error}", identifier, index)
        return
    if digest != columns[7]:
        problem("its content does not have its hash", identifier, index)


def _stream(statement: str) -> Iterator[tuple[Any, ...]]:
    """Rows through a server-side cursor, fetched as they are used."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows
