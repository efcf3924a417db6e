"""Dates. One that can be read in two orders gives two candidates, so that neither is certain."""

from __future__ import annotations

from datetime import date

from integrations.extraction.candidates.base import Candidate, pieces
from integrations.extraction.layout import Sheet
from integrations.extraction.values import dates_in


def find(sheet: Sheet) -> list[Candidate]:
    found: list[tuple[int, int, str, date, bool, str, str, int]] = []
    for piece in pieces(sheet):
        by_place: dict[tuple[int, int], list[tuple[str, date]]] = {}
        for start, end, order, day in dates_in(piece.text):
            by_place.setdefault((start, end), []).append((order, day))
        for (start, end), readings in by_place.items():
            first, last = piece.run(start, end)
            mark = next((one for one in piece.text[start:end] if one in "./-–, "), "")
            tail = piece.text[end : end + 9]
            for order, day in readings:
                found.append((first, last, order, day, len(readings) > 1, mark, tail, end - start))
    certain = {"dmy": 0, "mdy": 0, "ymd": 0}
    for _, _, order, _, ambiguous, *_ in found:
        if not ambiguous and order in certain:
            certain[order] += 1
    days = sorted({day.toordinal() for _, _, _, day, *_ in found})
    rank = {day: at for at, day in enumerate(days)}
    most = max(1, len(days) - 1)
    candidates = []
    for first, last, order, day, ambiguous, mark, tail, length in found:
        ordinal = day.toordinal()
        candidates.append(
            Candidate(
                value=day.isoformat(),
                key=day.isoformat(),
                parts=((first, last),),
                traits=(f"o={order}", f"m={mark}", f"om={order}{mark}{ambiguous}"),
                numbers=(
                    float(ambiguous),
                    float(order == "mdy"),
                    float(order in {"named", "ymd"}),
                    float(certain["dmy"] - certain["mdy"]),
                    rank[ordinal] / most,
                    float(len(days)),
                    float(":" in tail),
                    float(day.year),
                    float(ordinal - days[0]),
                    float(length),
                ),
            )
        )
    return candidates
