"""Values labelled personal, covered for pages that show them to nobody."""

from collections.abc import Collection, Mapping
from typing import Any

HIDDEN = "•••"


def masked(values: Mapping[str, Any], personal: Collection[str]) -> dict[str, Any]:
    """The mapping with every value at one of these dotted paths covered.

    A list that holds anything personal is covered as a whole.
    """
    return {name: _masked(value, name, personal) for name, value in values.items()}


def _masked(value: Any, path: str, personal: Collection[str]) -> Any:
    if path in personal:
        return HIDDEN
    if not any(one.startswith(f"{path}.") for one in personal):
        return value
    if isinstance(value, Mapping):
        return {name: _masked(one, f"{path}.{name}", personal) for name, one in value.items()}
    return HIDDEN
