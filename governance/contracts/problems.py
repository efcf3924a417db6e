"""What is wrong with a contract file: where, which field, why."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from governance.errors import InvalidInput

Place = tuple[str | int, ...]
MAX_PROBLEMS = 100  # shown; a file with more is not a contract with slips


@dataclass(frozen=True, order=True)
class Problem:
    """line counts from 1; field is dotted, such as `effects[0].body.ticket`, "" for the file."""

    line: int
    field: str
    message: str


class ContractError(InvalidInput):
    """The file is not a contract. str() is one `file:line: field: message` a line."""

    code = "invalid_contract"

    def __init__(self, filename: str, problems: Iterable[Problem]) -> None:
        self.filename = filename
        found = sorted(set(problems))
        self.problems = tuple(found[:MAX_PROBLEMS])
        super().__init__("\n".join(self.lines()), {one.field: one.message for one in self.problems})

    def lines(self) -> list[str]:
        return [
            f"{self.filename}:{one.line}: {one.field + ': ' if one.field else ''}{one.message}"
            for one in self.problems
        ]


class Problems:
    """Collects problems by place; a place not in the file has the line of what should hold it."""

    def __init__(self, lines: Mapping[Place, int]) -> None:
        self._lines = lines
        self.found: list[Problem] = []

    def add(self, place: Place, message: str) -> None:
        self.found.append(Problem(self.line(place), dotted(place), message))

    def line(self, place: Place) -> int:
        for length in range(len(place), -1, -1):
            line = self._lines.get(place[:length])
            if line is not None:
                return line
        return 1


def dotted(place: Place) -> str:
    """`("effects", 0, "body")` as `effects[0].body`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part[:80]}" if text else part[:80]
    return text


def did_you_mean(word: str, known: Iterable[Any]) -> str:
    """` (did you mean "role"?)`, or "" when nothing known is near."""
    near = difflib.get_close_matches(word[:80], [str(one) for one in known], n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def listed(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values)
