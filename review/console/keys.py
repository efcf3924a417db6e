"""Which key does what: the actions, their usual keys, and a person's own choice of them.

Templates name an action by its usual key (`data-keys="a"`); the browser translates what is pressed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from governance.errors import InvalidInput
from governance.models import User

# Left to what they do everywhere: moving, choosing 1 to 9, leaving, pressing what has the focus.
RESERVED = frozenset("123456789")
_KEY = re.compile(r"[^\s\d]|0|backspace|delete")
_SHOWN = {"backspace": "⌫", "delete": "Del"}


@dataclass(frozen=True, slots=True)
class Action:
    """What a key does. keys are the usual ones; the first is the one that is shown."""

    name: str
    label: str
    keys: tuple[str, ...]


ACTIONS = (
    Action("accept", "Accept the model's output; release what is held", ("a",)),
    Action("reject", "Reject, with a reason; refuse what is held", ("r",)),
    Action("escalate", "Escalate, with a reason", ("e",)),
    Action("skip", "Skip, with a reason", ("s",)),
    Action("release", "Hand the task back to its queue", ("b",)),
    Action("hold", "Hold the task for later", ("h",)),
    Action("hand_over", "Hand the task over, with a note", ("o",)),
    Action("undo", "Undo the last decision", ("u", "z")),
    Action("recent", "Your last decisions, to undo one of them", ("l",)),
    Action("next", "Next flagged field", ("n",)),
    Action("previous", "Previous flagged field", ("p",)),
    Action("flagged", "Show flagged fields only, and all again", ("v",)),
    Action("provenance", "Where it comes from: model, contract, every condition", ("i",)),
    Action("find_words", "Find in the document, and take over", ("f",)),
    Action("walk_words", "Walk through the document's words", ("w",)),
    Action("page_back", "Previous page", ("[",)),
    Action("page_on", "Next page", ("]",)),
    Action("larger", "Larger", ("+", "=")),
    Action("smaller", "Smaller", ("-",)),
    Action("fit", "Fit to the width, then to the whole page", ("0",)),
    Action("turn", "Turn the page", ("t",)),
    Action("start", "Start, on My work and in a queue", ("g",)),
    Action("find", "Find items", ("/",)),
    Action("help", "This list", ("?",)),
)
_BY_NAME = {action.name: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class Binding:
    """An action as one person has it: key is "" where they switched it off."""

    action: Action
    key: str
    is_own: bool
    error: str = ""

    @property
    def shown(self) -> str:
        return shown(self.key)

    @property
    def usual(self) -> str:
        return shown(self.action.keys[0])

    @property
    def usual_keys(self) -> list[str]:
        return [shown(key) for key in self.action.keys]


def shown(key: str) -> str:
    """A key as it is written on keyboards."""
    return _SHOWN.get(key, key.upper())


def keymap(chosen: Mapping[str, str]) -> dict[str, str]:
    """Usual key -> the person's key for it, "" for none; only what differs from the usual."""
    found: dict[str, str] = {}
    for action in ACTIONS:
        if action.name in chosen:
            first, *others = action.keys
            found[first] = chosen[action.name]
            found.update(dict.fromkeys(others, ""))
    return found


def bindings(
    chosen: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Iterator[Binding]:
    """Every action with the key that this choice gives it."""
    for action in ACTIONS:
        key = chosen.get(action.name, action.keys[0])
        error = (errors or {}).get(action.name, "")
        yield Binding(action, key, is_own=action.name in chosen, error=error)


def checked(wanted: Mapping[str, str]) -> dict[str, str]:
    """A choice of keys (action name -> key, "" for none) without what is usual anyway.

    Raises InvalidInput with a reason an action: keys that do not exist or are needed elsewhere,
    and any key that two actions would share.
    """
    errors: dict[str, str] = {}
    chosen: dict[str, str] = {}
    for name, raw in wanted.items():
        action = _BY_NAME.get(name)
        if action is None:
            continue
        key = raw.strip().lower()
        if key in RESERVED:
            errors[name] = "1 to 9 choose a value in a field."
        elif key and not _KEY.fullmatch(key):
            errors[name] = "One letter or sign, Backspace or Delete; empty for no key."
        elif key != action.keys[0]:
            chosen[name] = key
    owners: dict[str, list[str]] = {}
    for action in ACTIONS:
        # Where the first key is the usual one, so are the others.
        keys = (chosen[action.name],) if action.name in chosen else action.keys
        for key in keys:
            owners.setdefault(key, []).append(action.name)
    for key, names in owners.items():
        if key and len(names) > 1:
            labels = " and ".join(f"“{_BY_NAME[name].label}”" for name in names)
            for name in names:
                errors.setdefault(name, f"{shown(key)} would do two things: {labels}.")
    if errors:
        raise InvalidInput("These keys cannot be used together.", errors)
    return chosen


def keys_of(person: User) -> list[Binding]:
    return list(bindings(person.keys))
