"""Hostile files handed in among honest ones: no worker is lost, every item ends with a person.

HOSTILE_MUTATIONS sets how many mutated files are handed in beside the made ones (30; 200 for a
thorough run, which takes some minutes).
"""

import io
import os
import random
import struct
import zipfile
import zlib
from email.message import EmailMessage

import pytest

from review.documents.incoming import IncomingFile
from review.items.intake import Incoming, receive
from review.models import Document, Item, Route, Task
from tests.durability import work
from tests.durability.harness import wait_until
from tests.durability.test_documents import assert_told_once, wait_for_person
from tests.integrations.documents import making

pytestmark = pytest.mark.kill

MUTATIONS = int(os.environ.get("HOSTILE_MUTATIONS", "30"))
SECONDS_A_FILE = 15
SECONDS_IN_ALL = 60


def nested_mail(levels: int) -> bytes:
    inner = making.mail("The innermost.")
    for _ in range(levels):
        outer = EmailMessage()
        outer["From"], outer["To"], outer["Subject"] = "a@example.org", "b@example.org", "See"
        outer.set_content("See attached.")
        outer.add_attachment(inner)
        inner = outer
    return inner.as_bytes()


def many_attachments(count: int) -> bytes:
    message = making.mail("Many.")
    for number in range(count):
        message.add_attachment(
            b"x" * 10, maintype="text", subtype="plain", filename=f"{number}.txt"
        )
    return message.as_bytes()


def huge_png(side: int) -> bytes:
    """A picture whose header says side times side pixels and whose content is a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    content = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", content)
        + chunk(b"IEND", b"")
    )


def zip_bomb() -> bytes:
    out = io.BytesIO(making.letter("Hello"))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/bomb.bin", b"\0" * 300_000_000)
    return out.getvalue()


def many_pages(count: int) -> bytes:
    """One page object named a hundred thousand times: small to store, long to read."""
    kids = b" ".join([b"3 0 R"] * count)
    return making.raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
    )


def recursive() -> bytes:
    return making.raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [2 0 R 3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R"
        b" /Resources << /XObject << /A 4 0 R >> >> >>",
        making.stream(
            b"/A Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"
            b" /Resources << /XObject << /A 4 0 R >> >>",
        ),
    )


HONEST = {
    "pdf": making.pdf("Invoice 4711", "Total 12.50"),
    "text": b"Dear all, please find our letter.",
    "mail": making.mail("Please find our invoice.").as_bytes(),
    "letter": making.letter("An office letter.", "Its second line."),
}
# Each with whether it must be refused; the others may be read or refused.
HOSTILE = {
    "zip bomb": (zip_bomb(), True),
    "100,000 pages": (many_pages(100_000), True),
    "recursion": (recursive(), False),
    "encrypted": (making.pdf("Secret", encrypt="password"), True),
    "truncated": (HONEST["pdf"][: len(HONEST["pdf"]) // 2], False),
    "50,000 by 50,000": (huge_png(50_000), True),
    "script": (
        making.raw_pdf(
            b"<< /Type /Catalog /Pages 2 0 R"
            b" /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        ),
        False,
    ),
    "pdf and zip": (HONEST["pdf"] + HONEST["letter"], True),
    "html": (b"<!doctype html><html><script>alert(1)</script></html>", True),
    "a hundred mails deep": (nested_mail(100), True),
    "300 attachments": (many_attachments(300), True),
    "zeros": (b"\0" * 5_000_000, True),
    "noise": (random.Random(1).randbytes(200_000), True),
    "a program": (b"\x7fELF" + b"\1" * 5000, True),
}


def mutated(count: int) -> list[bytes]:
    """Honest files with bytes changed, cut out, doubled; the same ones each time."""
    chance = random.Random(20_26)
    kinds = list(HONEST.values())
    made = []
    for number in range(count):
        content = bytearray(kinds[number % len(kinds)])
        for _ in range(chance.choice((1, 4, 32))):
            at = chance.randrange(len(content))
            what = chance.random()
            if what < 0.6:
                content[at] = chance.randrange(256)
            elif what < 0.8:
                del content[at : at + chance.randrange(1, 200)]
            else:
                content[at:at] = content[at : at + chance.randrange(1, 200)]
            content = content or bytearray(b"x")
        made.append(bytes(content))
    return made


def test_hostile_files_are_refused_and_hold_up_nobody(system, papers):
    worker = system.processes["worker-documents"]
    hostile = {name: hand_in_file(papers, name, content) for name, (content, _) in HOSTILE.items()}
    fuzzed = [
        hand_in_file(papers, f"mutation-{number}", content)
        for number, content in enumerate(mutated(MUTATIONS))
    ]
    honest = {
        f"{kind}-{number}": hand_in_file(papers, f"{kind}-{number}", content)
        for number in range(2)
        for kind, content in HONEST.items()
    }
    everything = [*hostile.values(), *fuzzed, *honest.values()]
    wait_until(
        "every item is with a person",
        lambda: not Item.objects.filter(state="received").exists(),
        SECONDS_IN_ALL + SECONDS_A_FILE * len(everything) / 2,
    )
    assert worker.poll() is None, "the worker lives"
    for name, (_, must_be_refused) in HOSTILE.items():
        documents = list(Document.objects.filter(item=hostile[name], parent=None))
        assert {one.state for one in documents} <= {"ready", "refused"}, name
        if must_be_refused:
            assert {one.state for one in documents} == {"refused"}, name
            assert documents[0].refusal_message, name
    for item in everything:
        wait_for_person(item)
        assert Task.objects.filter(item=item, state="open").exists()
        assert Route.objects.get(item=item).reasons
        assert_told_once(item)
    refused = Document.objects.filter(item__in=everything, state="refused")
    assert not refused.filter(refusal__in=["worker_lost", "internal", "lost"]).exists()
    for name, item in honest.items():
        (document,) = Document.objects.filter(item=item)
        assert (document.state, document.attempts) == ("ready", 1), name
    work.assert_ledger_verifies()


def hand_in_file(process, name: str, content: bytes) -> Item:
    files = (IncomingFile(f"{name}.pdf", content),)  # the name is no help
    incoming = Incoming({"text": name}, external_id=f"hostile-{name}", documents=files)
    received = receive(process, incoming, actor=work.ACTOR)
    return Item.objects.get(pk=received.item_id)
