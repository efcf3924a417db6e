"""One mapping of a contract, read field by field; what is wrong is noted and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from governance.contracts.problems import Place, Problems, did_you_mean, listed

NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
NAME_RULE = "must be lower-case letters, digits, - and _, at most 60, starting with a letter"
_MISSING = object()


class Section:
    """Reads fields of `value`, remembering which were asked for; finish() refuses the others.

    Every reader returns a value of the promised type, a stand-in where a problem was noted, so
    that one problem does not hide the next. Without a default a field is required.
    """

    def __init__(self, value: Any, place: Place, problems: Problems) -> None:
        self.place = place
        self.problems = problems
        self._known: list[str] = []
        self.values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.problems.add(place, f"must be a mapping, not {kind_of(value)}")
        self.is_mapping = isinstance(value, Mapping)

    def finish(self) -> None:
        for name in self.values:
            if name not in self._known:
                hint = did_you_mean(name, self._known) or f"; known are {listed(self._known)}"
                self.problems.add((*self.place, name), f"is not a known field{hint}")

    def problem(self, name: str, message: str) -> None:
        self.problems.add((*self.place, name), message)

    def raw(self, name: str, default: Any = _MISSING) -> Any:
        """The value as it is; None, with a problem noted, where it is required and missing."""
        self._known.append(name)
        if name in self.values:
            return self.values[name]
        if default is not _MISSING:
            return default
        if self.is_mapping:
            self.problem(name, "is required")
        return None

    def _given(self, name: str, default: Any) -> bool:
        """Whether the file has the field; otherwise it is noted as missing or has a default."""
        self.raw(name, default)
        return name in self.values

    def text(self, name: str, default: Any = _MISSING, *, limit: int = 200) -> str:
        if not self._given(name, default):
            return "" if default is _MISSING else default
        value = self.values[name]
        if not isinstance(value, str):
            self.problem(name, f"must be a text, not {kind_of(value)}")
        elif not value.strip() and default is _MISSING:
            self.problem(name, "must not be empty")
        elif len(value) > limit:
            self.problem(name, f"must have at most {limit:,} characters")
        else:
            return value
        return ""

    def name(self, name: str = "name", *, allow_underscore: bool = True) -> str:
        value = self.text(name)
        if not value:
            return ""
        if not NAME.fullmatch(value) or ("_" in value and not allow_underscore):
            rule = NAME_RULE if allow_underscore else NAME_RULE.replace("- and _", "and -")
            self.problem(name, rule)
            return ""
        return value

    def choice(self, name: str, known: Collection[str], default: Any = _MISSING) -> str:
        if not self._given(name, default):
            return "" if default is _MISSING else default
        return self._known_one(self.values[name], known, (*self.place, name))

    def choices(self, name: str, known: Collection[str], default: Any = _MISSING) -> list[str]:
        """A list of known words without repeats, sorted as given."""
        found: list[str] = []
        for place, value in self.entries(name, default):
            word = self._known_one(value, known, place)
            if word in found:
                self.problems.add(place, f'"{word}" is given twice')
            elif word:
                found.append(word)
        return found

    def _known_one(self, value: Any, known: Collection[str], place: Place) -> str:
        if not isinstance(value, str):
            self.problems.add(place, f"must be one of {listed(known)}, not {kind_of(value)}")
        elif value not in known:
            hint = did_you_mean(value, known)
            self.problems.add(
                place, f'"{value[:80]}" is not known{hint}; it must be one of {listed(known)}'
            )
        else:
            return value
        return ""

    def integer(self, name: str, low: int, high: int, default: Any = _MISSING) -> int:
        if not self._given(name, default):
            return low if default is _MISSING else default
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(name, f"must be a whole number, not {kind_of(value)}")
        elif not low <= value <= high:
            self.problem(name, f"must be from {low} to {high}, not {value}")
        else:
            return value
        return low

    def fraction(self, name: str, default: Any = _MISSING) -> float:
        """A number from 0 to 1."""
        if not self._given(name, default):
            return 0.0 if default is _MISSING else default
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(name, f"must be a number from 0 to 1, not {kind_of(value)}")
        elif not 0 <= value <= 1:
            self.problem(name, f"must be from 0 to 1, not {value}")
        else:
            return float(value)
        return 0.0

    def entries(self, name: str, default: Any = _MISSING) -> Iterator[tuple[Place, Any]]:
        """(place, value) of each entry of a list."""
        if not self._given(name, default):
            return
        value = self.values[name]
        if not isinstance(value, list):
            self.problem(name, f"must be a list, not {kind_of(value)}")
            return
        for at, one in enumerate(value):
            yield (*self.place, name, at), one

    def sections(self, name: str, default: Any = _MISSING) -> Iterator[Section]:
        for place, value in self.entries(name, default):
            yield Section(value, place, self.problems)

    def section(self, name: str, default: Any = _MISSING) -> Section:
        """A nested mapping; an empty one, with the problem noted, where it is missing."""
        value = self.raw(name, default)
        if value is None and name not in self.values:
            # Its own fields are not missed one by one: they go to a list that nobody reads.
            return Section({}, (*self.place, name), Problems({}))
        return Section(value, (*self.place, name), self.problems)


def kind_of(value: Any) -> str:
    """A JSON value's kind, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "a mapping"
