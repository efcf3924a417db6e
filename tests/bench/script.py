"""The statements of one real request, recorded with its values made replaceable.

A value is bound anew on each replay: ids of the rows the request is about come from the replay,
ids the request made are made again, instants move with the clock, all else stays as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils
from psycopg.types.json import Json, Jsonb

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Statement:
    """One statement as the driver got it; `params` are encoded, see `Encoder`."""

    sql: str
    params: Any
    is_atomic: bool  # inside a transaction with its neighbours
    is_claim: bool = False  # returns the next task's id in its first column


@dataclass
class Script:
    """`text()` and `from_text()` carry it to other processes as JSON."""

    statements: list[Statement] = field(default_factory=list)

    def __len__(self) -> int:
        """Statements as a database counts them, without BEGIN and COMMIT."""
        return len(self.statements)

    def as_json(self) -> Any:
        return [vars(statement) for statement in self.statements]

    @classmethod
    def from_json(cls, content: Any) -> Script:
        return cls([Statement(**one) for one in content])


def normalised(sql: str) -> str:
    """A statement without what differs between two runs of the same code."""
    sql = re.sub(r'"s\d+_x\d+"', '"savepoint"', sql)
    return re.sub(r"\s+", " ", sql).strip()


class Encoder:
    """Turns values that a request used into values that a replay can bind.

    `known` maps ids to names, for rows that a replay names itself. Ids in UUIDv7's form that are
    younger than `began` were made by the request. Both are also found inside text and JSON.
    `path` keeps apart what two scripts of one replay make.
    """

    def __init__(self, known: Mapping[str, str], began: datetime, path: str) -> None:
        self._path = path
        self._known = known
        self._began = began
        self._fresh: dict[str, str] = {}

    def encode(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {"map": {name: self.encode(one) for name, one in value.items()}}
        if isinstance(value, list | tuple):
            return {"list": [self.encode(one) for one in value]}
        if isinstance(value, UUID):
            name = self._name(str(value))
            return {"uuid": name} if name else {"constant_uuid": str(value)}
        if isinstance(value, Jsonb | Json):
            return {"json": self._parts(json.dumps(value.obj, default=str))}
        if isinstance(value, datetime):
            return {"seconds": (value - self._began).total_seconds()}
        if isinstance(value, bytes | bytearray | memoryview):
            return {"bytes": bytes(value).hex()}
        if isinstance(value, str):
            parts = self._parts(value)
            return value if len(parts) == 1 else {"text": parts}
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value)
        raise TypeError(f"The bench cannot record a {type(value).__name__}.")

    def _parts(self, text: str) -> list[str]:
        """Constant text and names of ids in turn, beginning with text."""
        parts, end = [""], 0
        for match in _UUID.finditer(text):
            name = self._name(match[0])
            if name is None:
                continue
            parts[-1] += text[end : match.start()]
            parts += [name, ""]
            end = match.end()
        parts[-1] += text[end:]
        return parts

    def _name(self, identifier: str) -> str | None:
        if identifier in self._known:
            return self._known[identifier]
        milliseconds = int(identifier[:8] + identifier[9:13], 16)
        if identifier[14] != "7" or milliseconds < int(self._began.timestamp() * 1000):
            return None
        return self._fresh.setdefault(identifier, f"fresh {self._path} {len(self._fresh)}")


class Names(dict[str, str]):
    """Ids by name for one replay; an id that the request made is made on first use."""

    def __missing__(self, name: str) -> str:
        if not name.startswith("fresh "):
            raise KeyError(name)
        value = self[name] = str(uuid_utils.uuid7())
        return value


Bind = Callable[[Names], Any]


def compiled(encoded: Any) -> Bind:
    """A function that gives the value for one replay."""
    if not isinstance(encoded, dict):
        return lambda names: encoded
    ((kind, content),) = encoded.items()
    if kind == "map":
        entries = [(name, compiled(one)) for name, one in content.items()]
        return lambda names: {name: bind(names) for name, bind in entries}
    if kind == "list":
        binds = [compiled(one) for one in content]
        return lambda names: [bind(names) for bind in binds]
    if kind == "uuid":
        return lambda names: UUID(names[content])
    if kind == "constant_uuid":
        constant = UUID(content)
        return lambda names: constant
    if kind == "text":
        return lambda names: _joined(content, names)
    if kind == "json":
        return lambda names: Jsonb(_joined(content, names), dumps=str)
    if kind == "seconds":
        shift = timedelta(seconds=content)
        return lambda names: datetime.now(UTC) + shift
    if kind == "bytes":
        octets = bytes.fromhex(content)
        return lambda names: octets
    raise TypeError(kind)


def _joined(parts: list[str], names: Names) -> str:
    return "".join([names[part] if place % 2 else part for place, part in enumerate(parts)])


@dataclass
class _Block:
    """Neighbouring statements of one transaction, or a single one outside any."""

    is_atomic: bool
    statements: list[tuple[str, Bind | None, bool]]


class Player:
    """Replays a script; one for each client, since it is made once and used often."""

    def __init__(self, script: Script) -> None:
        self._blocks: list[_Block] = []
        for one in script.statements:
            bind = None if one.params is None else compiled(one.params)
            entry = (one.sql, bind, one.is_claim)
            if one.is_atomic and self._blocks and self._blocks[-1].is_atomic:
                self._blocks[-1].statements.append(entry)
            else:
                self._blocks.append(_Block(one.is_atomic, [entry]))

    def play(
        self,
        names: Names,
        cursor: Any,
        atomic: Callable[[], AbstractContextManager[Any]],
        on_claim: Callable[[Any, Names], None] | None = None,
    ) -> None:
        """Send every statement and fetch what it returns; `atomic` opens a transaction."""
        for block in self._blocks:
            if block.is_atomic:
                with atomic():
                    self._send(block, names, cursor, on_claim)
            else:
                self._send(block, names, cursor, on_claim)

    def _send(
        self,
        block: _Block,
        names: Names,
        cursor: Any,
        on_claim: Callable[[Any, Names], None] | None,
    ) -> None:
        for sql, bind, is_claim in block.statements:
            cursor.execute(sql, None if bind is None else bind(names))
            rows = cursor.fetchall() if cursor.description else []
            if is_claim and on_claim is not None:
                on_claim(rows[0][0] if rows else None, names)


class Recorder:
    """For `connection.execute_wrapper`: keeps each statement with its transaction."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, bool]] = []

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,
        context: Mapping[str, Any],
    ) -> Any:
        if many:
            raise TypeError("The bench cannot record executemany().")
        self.seen.append((str(sql), params, context["connection"].in_atomic_block))
        return execute(sql, params, many, context)

    def texts(self) -> Iterator[str]:
        return (normalised(sql) for sql, _, _ in self.seen)

    def script(self, encoder: Encoder, claim_sql: str = "") -> Script:
        return Script(
            [
                Statement(sql, _encoded(encoder, params), is_atomic, sql == claim_sql)
                for sql, params, is_atomic in self.seen
            ]
        )


def _encoded(encoder: Encoder, params: Any) -> Any:
    return None if params is None else encoder.encode(params)
