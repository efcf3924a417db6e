"""What a report is: sections of tables, and what each is evidence of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from governance.errors import InvalidInput

MOST_DAYS = 400  # a year and what overlaps with the report before
# Rows of a table: what is recorded one by one. Beyond it the table says that it was cut.
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Scope:
    """The processes and the days, both ends included, in UTC."""

    processes: tuple[str, ...]
    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time.min, UTC)

    @property
    def until(self) -> datetime:
        return self.since + timedelta(days=(self.last - self.first).days + 1)

    def ids(self) -> tuple[UUID, UUID]:
        """The UUIDv7 range of rows made in the period: a range of an index on their keys."""
        return _first_id(self.since), _first_id(self.until)


@dataclass(frozen=True, slots=True)
class Table:
    """A section: columns, and rows of texts as wide. `note` says what is counted and how."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    is_cut: bool = False

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """The rows with each text beside its column, as they are read without a head."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Reference:
    """Something a framework asks for, for which the report is evidence."""

    framework: str
    place: str
    asks: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One report: what it is called, what it shows, and what it is evidence of."""

    name: str  # as in its address
    title: str
    intro: str
    make: Callable[[Scope], list[Table]]
    references: tuple[Reference, ...] = field(default=())


def scope_of(processes: Sequence[str], first: date, last: date) -> Scope:
    """A checked scope. Raises InvalidInput for days that are no period or too long a one."""
    if last < first:
        raise InvalidInput("The period ends before it begins.", {"last": "Not before the first."})
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput("The period is too long.", {"last": f"At most {MOST_DAYS} days."})
    return Scope(tuple(sorted(processes)), first, last)


def _first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of an instant (RFC 9562: 48 bits of milliseconds)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
