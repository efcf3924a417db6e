"""Training data for processes that read documents: samples read once, so that nobody has to wait.

Reading is slow (a scan takes seconds), learning from what was read is not. So the words of the
samples' pages are kept, with their places, and `train_local` starts from them.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol, cast

from governance.contracts import shipped
from governance.contracts.shipped.sample import Sample
from integrations.documents.layout import to_bytes
from integrations.documents.model import DocumentRefused, Page, ReadDocument, Word
from integrations.documents.normalise import normalise

# Places are kept to this many ten-thousandths of a page: finer than a letter, half the bytes.
GRAIN = 5


class Teacher(Protocol):
    """A maker whose samples can be asked for one by one."""

    def teaching_sample(self, seed: int, at: int) -> Sample:
        """Sample `at` of the training set: mostly sound, as most of a day's work is."""
        ...


def examples(
    slug: str, count: int, seed: int, *, done: Callable[[], None] = lambda: None
) -> Iterator[dict[str, Any]]:
    """`{"external_id", "documents": [...], "output": {...}}`, as read_document_examples takes them;
    a sample of whose files none can be read is left out."""
    teacher = cast(Teacher, shipped.maker(slug))
    for at in range(1, count + 1):
        sample = teacher.teaching_sample(seed, at)
        documents = [one for file in sample.documents for one in _read(file.content)]
        done()
        if documents:
            yield {
                "external_id": sample.external_id,
                "documents": [json.loads(to_bytes(_coarse(one))) for one in documents],
                "output": sample.output,
            }


def packed(rows: Iterable[dict[str, Any]]) -> bytes:
    """The rows as JSON lines, gzipped without a time, so that the same rows give the same file."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, mtime=0) as stream:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            stream.write(f"{line}\n".encode())
    return file.getvalue()


def _read(content: bytes) -> Iterator[ReadDocument]:
    """A file and what is attached to it; nothing for a file that is refused."""
    try:
        found = normalise(content)
    except DocumentRefused:
        return
    yield found.document
    for attachment in found.attachments:
        yield from _read(attachment.content)


def _coarse(document: ReadDocument) -> ReadDocument:
    """Without the machine's part, which is read exactly and needs no learning."""
    return replace(document, embedded=(), pages=tuple(map(_coarse_page, document.pages)))


def _coarse_page(page: Page) -> Page:
    return replace(page, words=tuple(map(_coarse_word, page.words)))


def _coarse_word(word: Word) -> Word:
    if word.box is None:
        return word
    left, top, right, bottom = (round(side / GRAIN) * GRAIN for side in word.box)
    return replace(word, box=(left, top, right, bottom))
