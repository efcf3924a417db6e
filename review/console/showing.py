"""An item's input as something to read, by the contract's schema; never as raw JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from governance.privacy.masking import Masked
from review.console import tables, values, words
from review.console.veils import Veil, Veils

LONG_TEXT_CHARACTERS = 100
MAX_ROWS = 200  # of a table in the input; what is beyond is counted, not drawn
# Terms whose numbers are no amounts, and are written without decimals that say nothing.
_NO_AMOUNTS = frozenset({"quantity", "tax_rate"})


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of the input; kind: value, text, group, table, masked. path is dotted, for
    evidence. veil is there where the value is masked, or shown for a while."""

    label: str
    kind: str
    path: str
    text: str = ""
    parts: tuple["Shown", ...] = ()
    table: Table | None = None
    veil: Veil | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """What is read as text, and what is looked up in a list of facts."""

    texts: tuple[Shown, ...]
    facts: tuple[Shown, ...]


def read(
    schema: Mapping[str, Any],
    payload: Mapping[str, Any],
    *,
    title: str | None,
    veils: Veils | None = None,
) -> Input:
    """The payload, masked already, in the schema's order; the title's field is left to the
    headline unless it is masked."""
    if title is not None and isinstance(payload.get(title), Masked):
        title = None
    properties: Mapping[str, Any] = schema.get("properties", {})
    names = [name for name in properties if name in payload and name != title]
    names += [name for name in payload if name not in properties and name != title]
    shown = [value(name, payload[name], properties.get(name, {}), veils=veils) for name in names]
    texts = [one for one in shown if one.kind in ("text", "table")]
    facts = [one for one in shown if one.kind not in ("text", "table")]
    return Input(tuple(texts), tuple(facts))


def value(
    name: str,
    value: Any,
    schema: Mapping[str, Any],
    before: str = "",
    *,
    veils: Veils | None = None,
) -> Shown:
    """One value under its label; a group with what is in it."""
    label = str(schema.get("title") or words.label(name))
    path = before + name
    if isinstance(value, Masked):
        veil = None if veils is None else veils.over(value.kind, f"input.{path}", "input")
        return Shown(label, "masked", path, text=str(value), veil=veil)
    shown = _plain(label, path, value, schema, veils)
    kind = str(schema.get("x-privacy", "none"))
    veil = None if veils is None else veils.maybe(kind, f"input.{path}", "input")
    return shown if veil is None or not veil.is_open else replace(shown, veil=veil)


def _plain(
    label: str, path: str, value: Any, schema: Mapping[str, Any], veils: Veils | None
) -> Shown:
    if isinstance(value, Mapping):
        inner: Mapping[str, Any] = schema.get("properties", {})
        parts = tuple(
            _part(key, one, inner.get(key, {}), f"{path}.", veils) for key, one in value.items()
        )
        return Shown(label, "group", path, parts=parts)
    if isinstance(value, list):
        if value and all(isinstance(one, Mapping) for one in value):
            return Shown(label, "table", path, table=table(value, schema))
        return Shown(label, "value", path, text=", ".join(plain(one) for one in value) or "none")
    text = choice(value) if "enum" in schema else plain(value, schema)
    is_long = isinstance(value, str) and (len(value) > LONG_TEXT_CHARACTERS or "\n" in value)
    is_prose = isinstance(value, str) and schema.get("maxLength", 0) > 1000
    return Shown(label, "text" if is_long or is_prose else "value", path, text=text)


def _part(
    name: str, one: Any, schema: Mapping[str, Any], before: str, veils: Veils | None
) -> Shown:
    return value(name, one, schema, before, veils=veils)


def table(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> Table:
    """Rows of a value by its schema, `{}` where nothing is known of it; columns as on its form."""
    labels: dict[str, str] = {}
    inner: Mapping[str, Any] = {}
    if tables.is_table(schema):
        inner = schema["items"]["properties"]
        labels = {column.name: column.label for column in tables.columns_of(schema["items"])}
    there = dict.fromkeys(name for row in rows[:MAX_ROWS] for name in row)
    names = [name for name in labels if name in there]
    names += [name for name in there if name not in labels]
    body = tuple(
        tuple(plain(row.get(name), inner.get(name)) for name in names) for row in rows[:MAX_ROWS]
    )
    columns = tuple(labels.get(name) or words.label(name) for name in names)
    return Table(columns, body, max(0, len(rows) - MAX_ROWS))


def said(value: Any, schema: Mapping[str, Any]) -> str:
    """A value of an output in words, as the input is read."""
    if isinstance(value, Masked):
        return str(value)
    if "enum" in schema and value:
        return choice(value)
    is_plain = value is None or isinstance(value, int | float | str)
    return plain(value, schema) if is_plain else values.shown(value)


def choice(value: Any) -> str:
    return words.label(value) if isinstance(value, str) else plain(value)


def plain(value: Any, schema: Mapping[str, Any] | None = None) -> str:
    """A single value as text: yes or no, dates written out, numbers grouped and to the last digit.

    What the schema calls a number is an amount and has two decimals at least, however it was
    typed: 25000 and 25000.0 are read alike.
    """
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return _number(value, schema or {})
    if isinstance(value, str):
        return _dated(value, str((schema or {}).get("format", "")))
    if isinstance(value, Mapping):
        return ", ".join(f"{words.label(str(k))}: {plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value)
    return str(value)


def _number(value: float, schema: Mapping[str, Any]) -> str:
    is_amount = isinstance(value, float) or "number" in values.types_of(schema)
    if not is_amount or schema.get("x-term") in _NO_AMOUNTS:
        text = f"{value:,}" if abs(value) >= 10_000 else str(value)
        return text.removesuffix(".0")
    text = f"{value:,}"
    whole, _, rest = text.partition(".")
    return text if "e" in text else f"{whole}.{rest:0<2}"


def _dated(text: str, format_: str) -> str:
    try:
        if format_ == "date":
            moment = date.fromisoformat(text)
            return f"{moment.day} {moment:%B %Y}"
        if format_ == "date-time":
            at = datetime.fromisoformat(text)
            return f"{at.day} {at:%B %Y, %H:%M %Z}".strip()
    except ValueError:
        return text
    return text
