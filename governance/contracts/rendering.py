"""Bodies of effects: a template of plain data in which `$input.x` stands for a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.contracts.conditions import value_at


def render_body(
    template: Mapping[str, Any],
    *,
    item: Mapping[str, Any],
    input: Mapping[str, Any],
    output: Mapping[str, Any],
) -> dict[str, Any]:
    """The template with every reference replaced by what it points to.

    A reference is a whole string, `"$output.category"`, and keeps the value's type; what is not
    there becomes null. `"$$5"` is the text "$5". Text inside a longer string is left as it is.
    """
    context = {"item": item, "input": input, "output": output}
    return {name: _rendered(value, context) for name, value in template.items()}


def _rendered(value: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _rendered(child, context) for name, child in value.items()}
    if isinstance(value, list):
        return [_rendered(child, context) for child in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value.startswith("$$"):
        return value[1:]
    return value_at(context, value[1:].split("."))


def references(template: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """(place in the template, text after the `$`) of every reference."""
    if isinstance(template, Mapping):
        for name, child in template.items():
            yield from references(child, (*at, name))
    elif isinstance(template, list):
        for number, child in enumerate(template):
            yield from references(child, (*at, number))
    elif isinstance(template, str) and template.startswith("$") and not template.startswith("$$"):
        yield at, template[1:]
