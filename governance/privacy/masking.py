"""What is shown of an item's values: the contract's labels decide, in one function for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

Path = tuple[str, ...]

OPEN = frozenset({"none", "internal"})
# What the person sees who holds a claim on one of the item's tasks: it is the work.
AT_WORK = OPEN | {"personal"}
# A value that the contract gives no label is treated as one about a person.
_UNLABELLED = "personal"


class Masked(dict[str, str]):
    """Stands for a value that is not shown: `{"masked": "personal"}` as JSON, "••• personal" as
    text. It says the kind and nothing of the value, neither its length nor its beginning.

    path is dotted, within the mapping that was masked.
    """

    __slots__ = ("path",)

    def __init__(self, kind: str, path: str = "") -> None:
        super().__init__(masked=kind)
        self.path = path

    @property
    def kind(self) -> str:
        return self["masked"]

    def __str__(self) -> str:
        return f"••• {self.kind}"


def mask(
    values: Mapping[str, Any],
    labels: Mapping[Path, str],
    revealed: Collection[str] = frozenset(),
    *,
    kinds: Collection[str] = OPEN,
) -> dict[str, Any]:
    """The mapping with each value replaced by Masked whose label is not among `kinds`.

    `labels` are those of the schema (contracts.schemas.labels); a label covers all below it.
    `revealed` are dotted paths that are shown all the same.
    """

    def replace(label: str, path: Path, value: Any) -> Any:
        dotted = ".".join(path)
        return value if label in kinds or dotted in revealed else Masked(label, dotted)

    return replaced(values, labels, replace)


def replaced(
    values: Mapping[str, Any], labels: Mapping[Path, str], replace: Callable[[str, Path, Any], Any]
) -> dict[str, Any]:
    """The mapping with each value that has a label, or should have one, as `replace(label, path,
    value)` gives it; mappings that only hold such values are gone through."""
    return {name: _replaced(one, (name,), labels, replace) for name, one in values.items()}


def _replaced(
    value: Any, path: Path, labels: Mapping[Path, str], replace: Callable[[str, Path, Any], Any]
) -> Any:
    label = labels.get(path) or labels.get(())
    if label is None:
        if isinstance(value, Mapping) and any(one[: len(path)] == path for one in labels):
            return {
                name: _replaced(one, (*path, name), labels, replace) for name, one in value.items()
            }
        label = _UNLABELLED
    return replace(label, path, value)


def restored(
    values: Mapping[str, Any], labels: Mapping[Path, str], *bases: Mapping[str, Any]
) -> dict[str, Any]:
    """The mapping with what came back masked put in again: from the first base that has it.

    Who did not see a value hands it back as it was shown. One that no base has is left out.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        label = labels.get((name,))
        if label in OPEN or value != {"masked": label}:
            found[name] = value
            continue
        for base in bases:
            if name in base:
                found[name] = base[name]
                break
    return found


def has_masked(values: Mapping[str, Any]) -> bool:
    """Whether anything on the first level is a mask."""
    return any(isinstance(one, Mapping) and set(one) == {"masked"} for one in values.values())
