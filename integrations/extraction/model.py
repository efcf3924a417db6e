"""A trained extractor: what it answers for an item's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from integrations.documents.model import ReadDocument
from integrations.extraction import tables
from integrations.extraction.calibration import by_key
from integrations.extraction.candidates import Candidate
from integrations.extraction.choosing import Sum, together
from integrations.extraction.judging import answer
from integrations.extraction.memory import Memory, is_familiar
from integrations.extraction.prepared import Prepared, prepare
from integrations.extraction.reader import Reader, best_of, matrices, source_of, written
from integrations.extraction.shortlist import Shortlist, View
from integrations.extraction.tables import TableReader

Array = npt.NDArray[Any]

# The held-back items that calibration rests on say nothing about items unlike all of them.
NOVEL_CEILING = 0.5
# The source of words that tables' columns are read from.
_NUMBERS = "amount"
# Other values kept for the record beside the chosen one.
_BEST = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One field. value None: there is none, and confidence is how sure that is.

    best has the likeliest values with their chances; candidate is where the value stands, for a
    table rows has that for each cell.
    """

    field: str
    value: Any
    confidence: float
    candidate: Candidate | None
    best: tuple[tuple[Any, float], ...]
    rows: tuple[Mapping[str, Candidate], ...] = ()


@dataclass(frozen=True)
class Model:
    """Reads every field of one process. report is what training measured, as JSON.

    bonus is how much a sum that holds speaks for its parts. An item less alike anything learnt than
    novel is read, too, but with a confidence that lets nothing pass.
    """

    readers: tuple[Reader, ...]
    tables: tuple[TableReader, ...]
    vocabularies: Mapping[str, Array]
    memory: Memory
    sums: tuple[Sum, ...]
    bonus: float
    novel: float
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
        is_novel = not neighbours and self.memory.nearest(prepared.marks) < self.novel
        ceiling = NOVEL_CEILING if is_novel else 1.0
        matrices_ = matrices(prepared, self.vocabularies)
        listed: dict[str, tuple[Shortlist, Array]] = {}
        chances = {}
        for reader in self.readers:
            name = reader.target.name
            source = source_of(reader.target)
            short = reader.shortlist(prepared, matrices_[source], view)
            log_odds = reader.trees.log_odds(short.rows)
            listed[name] = short, log_odds
            chances[name] = reader.calibration.odds.chances(by_key(short.candidates, log_odds))
        chances = together(chances, self.sums, self.bonus)
        found = []
        for reader in self.readers:
            name = reader.target.name
            short, log_odds = listed[name]
            key, raw = answer(chances[name], reader.target)
            confidence = min(reader.calibration.confidence(raw, knows), ceiling)
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
        for reader_of_rows in self.tables:
            read = tables.read(reader_of_rows, prepared, matrices_[_NUMBERS])
            sure = min(tables.confidence(reader_of_rows, read), ceiling)
            name = reader_of_rows.table.name
            found.append(Answer(name, read.rows or None, sure, None, (), tuple(read.places)))
        return found
