"""A trained extractor: what it answers for an item's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from integrations.documents.model import ReadDocument
from integrations.extraction.calibration import by_key
from integrations.extraction.candidates import Candidate
from integrations.extraction.choosing import Sum, together
from integrations.extraction.judging import answer
from integrations.extraction.memory import Memory, is_familiar
from integrations.extraction.prepared import Prepared, prepare
from integrations.extraction.reader import Reader, best_of, matrices, source_of, written
from integrations.extraction.shortlist import Shortlist, View

Array = npt.NDArray[Any]

# Other values kept for the record beside the chosen one.
_BEST = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One field. value None: there is none, and confidence is how sure that is.

    best has the likeliest values with their chances; candidate is where the value stands.
    """

    field: str
    value: Any
    confidence: float
    candidate: Candidate | None
    best: tuple[tuple[Any, float], ...]


@dataclass(frozen=True)
class Model:
    """Reads every field of one process. report is what training measured, as JSON."""

    readers: tuple[Reader, ...]
    vocabularies: Mapping[str, Array]
    memory: Memory
    sums: tuple[Sum, ...]
    bonus: float
    report: Mapping[str, Any]

    def state(self) -> dict[str, Any]:
        """The model as named arrays: see files."""
        from integrations.extraction.files import state_of

        return state_of(self)

    def answer(self, documents: Sequence[ReadDocument]) -> tuple[Prepared, list[Answer]]:
        prepared = prepare(documents)
        return prepared, self.answers(prepared)

    def answers(self, prepared: Prepared) -> list[Answer]:
        neighbours = self.memory.neighbours(prepared.marks)
        view = View(self.memory, neighbours)
        knows = is_familiar(neighbours)
        tables = matrices(prepared, self.vocabularies)
        listed: dict[str, tuple[Shortlist, Array]] = {}
        chances = {}
        for reader in self.readers:
            name = reader.target.name
            source = source_of(reader.target)
            short = reader.shortlist(prepared, tables[source], view)
            log_odds = reader.trees.log_odds(short.rows)
            listed[name] = short, log_odds
            chances[name] = reader.calibration.odds.chances(by_key(short.candidates, log_odds))
        chances = together(chances, self.sums, self.bonus)
        found = []
        for reader in self.readers:
            name = reader.target.name
            short, log_odds = listed[name]
            key, raw = answer(chances[name], reader.target)
            confidence = reader.calibration.confidence(raw, knows)
            order = sorted(chances[name][0].items(), key=lambda one: -one[1])[:_BEST]
            best = tuple(
                (written(best_of(short, log_odds, one), reader.target, reader.style), chance)
                for one, chance in order
            )
            if key is None:
                found.append(Answer(name, None, confidence, None, best))
                continue
            candidate = best_of(short, log_odds, key)
            value = written(candidate, reader.target, reader.style)
            found.append(Answer(name, value, confidence, candidate, best))
        return found
