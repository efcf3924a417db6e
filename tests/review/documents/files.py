"""Files and a reader for tests: the file's first line says what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from governance.contracts.agreement import DocumentsSpec
from integrations.documents.model import (
    Attachment,
    DocumentRefused,
    Normalised,
    Page,
    ReadDocument,
    Rendition,
    Word,
)
from review.documents import reading
from review.documents.incoming import IncomingFile
from review.items.intake import Incoming, receive
from review.models import Document, Item
from tests import factories

CONTRACT = factories.CONTRACT.replace(
    "output:\n",
    "  documents: {{at_least: 1, at_most: 3, types: [text, pdf, email], max_mebibytes: 1,"
    " max_pages: 5, x-privacy: internal}}\noutput:\n",
    1,
)
assert CONTRACT != factories.CONTRACT
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00"


def page_of(number: int, text: str) -> Page:
    """A page whose words stand one below the other."""
    words, at = [], 0
    for line, part in enumerate(text.split("\n")):
        for word in part.split():
            start = text.index(word, at)
            at = start + len(word)
            box = (100 * line, 100, 100 * line + 50, 200)
            words.append(Word(word, start, at, line, box))
    return Page(number, 800, 1000, "text", text, tuple(words))


def read_as(*texts: str, media_type: str = "text/plain") -> Normalised:
    """A document with these pages, each with pictures."""
    pages = tuple(page_of(number, text) for number, text in enumerate(texts, 1))
    pictures = tuple(
        Rendition(WEBP + b"s%d" % page.number, WEBP + b"z%d" % page.number) for page in pages
    )
    return Normalised(ReadDocument(media_type, pages, notes=("A note.",)), pictures)


@dataclass
class Reader:
    """`refuse:<code>`, `break`, `attach:<content>` a line, else the text is one page."""

    calls: list[bytes] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def __call__(self, content: bytes, spec: DocumentsSpec | None, depth: int) -> Normalised:
        self.calls.append(content)
        if self.meanwhile is not None:
            self.meanwhile()
        first = content.decode().split("\n", 1)[0]
        if first.startswith("refuse:"):
            raise DocumentRefused(first.removeprefix("refuse:"), "It cannot be read.")
        if first == "break":
            raise RuntimeError("broken")
        result = read_as(content.decode())
        if first.startswith("attach:"):
            inner = [part.encode() for part in first.removeprefix("attach:").split("|")]
            attachments = tuple(
                Attachment(f"inner-{number}.txt", part.replace(b";", b"|"))
                for number, part in enumerate(inner)
            )
            return Normalised(result.document, result.renditions, attachments)
        return result


def hand_in(process, *contents: bytes | str, external_id: str | None = None) -> Item:
    """An item with these files, none of them read yet."""
    some = tuple(
        IncomingFile(f"file-{number}.txt", one.encode() if isinstance(one, str) else one)
        for number, one in enumerate(contents)
    )
    incoming = Incoming({"text": "Hello"}, external_id=external_id, documents=some)
    received = receive(process, incoming, actor=factories.ACTOR)
    return Item.objects.get(pk=received.item_id)


def read_all(item: Item) -> Item:
    """Read the item's documents until none is left to be read."""
    while waiting := list(Document.objects.filter(item=item, state="received")):
        for document in waiting:
            before = document.attempts
            reading.read(document.pk)
            document.refresh_from_db()
            assert document.state != "received" or document.attempts > before
    return Item.objects.get(pk=item.pk)
