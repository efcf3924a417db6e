"""Two hundred damaged files: every one is read or refused, and the next file is read as ever."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused, Normalised
from integrations.documents.normalise import normalise
from integrations.documents.refusals import REASONS
from tests.integrations.documents import making


def samples() -> dict[str, tuple[bytes, int]]:
    """A file of each kind, and how many mutations of it are tried (recognition is dear)."""
    scrap = Image.new("L", (64, 48), 255)
    scrap.paste(0, (10, 10, 40, 30))
    message = making.mail("Please find our invoice.")
    message.add_attachment(making.pdf("x"), maintype="application", subtype="pdf", filename="a.pdf")
    table = [["Item", "Price"], ["Chair", "119,00"]]
    return {
        "pdf": (making.pdf("Invoice number 4711", "Total 119.00 EUR"), 70),
        "png": (making.saved(scrap), 24),
        "jpeg": (making.saved(scrap, "JPEG"), 12),
        "tiff": (making.saved(scrap, "TIFF"), 12),
        "docx": (making.letter("Invoice 4711", table=table), 40),
        "email": (message.as_bytes(), 20),
        "xml": (making.INVOICE_XML, 12),
        "text": ("Grüße aus Köln\n".encode() * 20, 10),
    }


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One of the ways in which files break or are broken."""
    body = bytearray(content)
    way = chance.choice(["bits", "bytes", "cut", "repeat", "remove", "numbers", "swap"])
    at = chance.randrange(len(body))
    length = chance.randrange(1, 200)
    if way == "bits":
        for _ in range(chance.randrange(1, 30)):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    elif way == "bytes":
        body[at : at + length] = chance.randbytes(length)
    elif way == "cut":
        del body[at:]
    elif way == "repeat":
        body[at:at] = body[at : at + length] * chance.randrange(2, 50)
    elif way == "remove":
        del body[at : at + length]
    elif way == "numbers":
        for place in [place for place, byte in enumerate(body) if chr(byte).isdigit()]:
            if chance.random() < 0.05:
                body[place] = chance.choice(b"0123456789")
    else:
        other = chance.randrange(len(body))
        body[at : at + length], body[other : other + length] = (
            body[other : other + length],
            body[at : at + length],
        )
    return bytes(body)


def outcome(content: bytes) -> str:
    try:
        result = normalise(content, limits=Limits(cpu_seconds=20, wall_seconds=60))
    except DocumentRefused as refusal:
        return refusal.code
    assert isinstance(result, Normalised)
    return "read"


@pytest.mark.parametrize("kind", ["pdf", "png", "jpeg", "tiff", "docx", "email", "xml", "text"])
def test_every_mutation_is_read_or_refused_with_a_reason(kind):
    content, count = samples()[kind]
    chance = random.Random(f"{kind} 2026")
    broken: set[bytes] = set()
    while len(broken) < count:
        broken |= {mutated(content, chance)} - {content}
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, sorted(broken)))
    assert set(outcomes) <= {"read", *REASONS}
    assert outcome(content) == "read"


def test_there_are_two_hundred_of_them():
    assert sum(count for _, count in samples().values()) == 200
