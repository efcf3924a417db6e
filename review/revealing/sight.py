"""How far one person sees into one item: which kinds of values, and which fields besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from governance.contracts.agreement import Agreement
from governance.privacy.masking import AT_WORK, OPEN, mask


@dataclass(frozen=True, slots=True)
class Sight:
    """kinds are labels whose values are shown; until says to when each revealed field is.

    Fields are named "input.<path>", "output.<path>" and "documents".
    """

    kinds: Collection[str] = OPEN
    until: Mapping[str, datetime] = field(default_factory=dict)
    may_ask: bool = False  # whether the page offers to reveal

    def payload(self, agreement: Agreement, payload: Mapping[str, Any]) -> dict[str, Any]:
        return mask(payload, agreement.input_labels, self._shown("input"), kinds=self.kinds)

    def output(self, agreement: Agreement, output: Mapping[str, Any] | None) -> dict[str, Any]:
        return mask(output or {}, agreement.output_labels, self._shown("output"), kinds=self.kinds)

    def hidden_outputs(self, agreement: Agreement) -> dict[str, str]:
        """Output field -> label, of those whose values this person does not see."""
        shown = self._shown("output")
        return {
            path[0]: label
            for path, label in agreement.output_labels.items()
            if path and label not in self.kinds and ".".join(path) not in shown
        }

    def sees_documents(self, agreement: Agreement) -> bool:
        return (
            not agreement.has_private_documents
            or "documents" in self.until
            or self.kinds == WHOLE.kinds
        )

    def seconds_left(self, name: str) -> int:
        """How long a revealed field is still shown; 0 for one that was not revealed."""
        until = self.until.get(name)
        return 0 if until is None else max(0, int((until - timezone.now()).total_seconds()))

    def _shown(self, side: str) -> frozenset[str]:
        before = f"{side}."
        return frozenset(one.removeprefix(before) for one in self.until if one.startswith(before))


# What lists, searches, notices and answers show to anybody.
MASKED = Sight()
# What its API key shows to the producer of an item, where it has the scope.
WHOLE = Sight(kinds=AT_WORK | {"sensitive"})
