"""Public sets of documents with known fields, as examples for train_local and evaluate_extraction.

    python -m tests.bench.document_examples receipts receipts.jsonl out.jsonl
    python -m tests.bench.document_examples invoices invoices.jsonl out.jsonl

The sets stay where they are: nothing of them belongs into this repository. `receipts` takes lines
{"page_width", "page_height", "lines": [{"text", "box"}], "fields"}, as the SROIE receipts come;
`invoices` takes lines {"file", "fields", "visible_fields"} beside PDF files and keeps the fields
that the pages show.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integrations.documents.layout import to_bytes
from integrations.documents.model import SCALE, Page, ReadDocument, Word
from integrations.documents.normalise import normalise
from integrations.extraction.values import amount_of, dates_in, plain

RECEIPTS_SCHEMA = {
    "type": "object",
    "properties": {
        "company": {"type": "string", "x-term": "company"},
        "date": {"type": "string", "format": "date", "x-term": "date"},
        "address": {"type": "string", "x-term": "address"},
        "total": {"type": "number", "x-term": "total"},
    },
}
_AMOUNTS = frozenset({"net_total", "tax_total", "gross_total", "amount_due"})


def receipt(raw: Mapping[str, Any]) -> dict[str, Any]:
    fields = raw["fields"]
    output: dict[str, Any] = {name: fields[name] for name in ("company", "address") if fields[name]}
    days = dates_in(plain(fields["date"])) if fields["date"] else []
    # The country writes the day first.
    days = [one for one in days if one[2] != "mdy"] or days
    if days:
        output["date"] = days[0][3].isoformat()
    total = amount_of(re.sub(r"[^0-9.,]", "", fields["total"])) if fields["total"] else None
    if total is not None:
        output["total"] = float(total)
    return {"documents": [_as_json(_page_of(raw))], "output": output}


def _page_of(raw: Mapping[str, Any]) -> ReadDocument:
    """Lines with boxes as words with boxes: a word gets its share of the line's width."""
    width, height = raw["page_width"], raw["page_height"]
    words: list[Word] = []
    text = ""
    line = 0
    for one in raw["lines"]:
        said = one["text"].strip()
        if not said:
            continue
        text += "\n" if text else ""
        left, top, right, bottom = one["box"]
        for match in re.finditer(r"\S+", said):
            begin = left + (right - left) * match.start() / len(said)
            end = left + (right - left) * match.end() / len(said)
            box = (
                _scaled(begin, width), _scaled(top, height),
                _scaled(end, width), _scaled(bottom, height),
            )  # fmt: skip
            start = len(text) + match.start()
            words.append(Word(match.group(), start, len(text) + match.end(), line, box))
        text += said
        line += 1
    return ReadDocument("image/jpeg", (Page(1, width, height, "ocr", text, tuple(words)),))


def _scaled(value: float, size: float) -> int:
    return max(0, min(SCALE, round(value / size * SCALE)))


def invoice(raw: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    document = normalise((directory / raw["file"]).read_bytes()).document
    told = {name: raw["fields"][name] for name in raw["visible_fields"]}
    output = {
        name: float(value) if name in _AMOUNTS else value
        for name, value in told.items()
        if value is not None
    }
    return {"documents": [_as_json(document)], "output": output}


def _as_json(document: ReadDocument) -> Any:
    return json.loads(to_bytes(document))


def main(kind: str, source: Path, target: Path) -> None:
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            raw = json.loads(line)
            made = receipt(raw) if kind == "receipts" else invoice(raw, source.parent)
            out.write(json.dumps(made, ensure_ascii=False) + "\n")
    if kind == "receipts":
        target.with_suffix(".schema.json").write_text(json.dumps(RECEIPTS_SCHEMA))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
