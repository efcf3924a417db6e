"""Checkpoints as signed notes.

Source: C2SP signed-note and tlog-checkpoint. A note is

    countersign.example/ledger
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — countersign.example/ledger Az3grlgtzPICa5OS8npVmf1Myq/5I…

that is origin, size, root; an empty line; and for each signer a name, and in base64 four bytes of
key id and the Ed25519 signature over everything before the empty line.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"  # the algorithm's byte in key ids and encoded keys


class BadNote(ValueError):
    """The text is no checkpoint, or its signature is not by a key that is trusted."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key; as text `name+8 hex digits+base64`, the form C2SP calls a vkey."""

    name: str
    public: bytes

    @classmethod
    def of(cls, name: str, key: Ed25519PublicKey) -> "Verifier":
        return cls(name, key.public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Raises ValueError when the text is malformed or its key id does not fit the key."""
        name, _, rest = text.strip().partition("+")
        digits, _, encoded = rest.partition("+")
        try:
            material = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            material = b""
        key = cls(name, material[1:])
        if material[:1] != _ED25519 or len(material) != 33 or digits != key.id.hex():
            raise ValueError(f"not an Ed25519 public key of a ledger: {text[:120]!r}")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys apart in a note."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint says: of the ledger `origin`, the first `size` leaves have `root`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(statement: Statement, key: Ed25519PrivateKey) -> str:
    """The note, signed under the origin's name. Raises ValueError for an unusable origin."""
    return sign_text(statement.text(), statement.origin, key)


def sign_text(text: str, origin: str, key: Ed25519PrivateKey) -> str:
    """A note over any lines, signed under the origin's name.

    The first line says what it is, so that it can never pass for a checkpoint. Raises ValueError
    for an unusable origin.
    """
    if not origin or any(c.isspace() or c == "+" for c in origin):
        raise ValueError("The ledger's origin is empty, or holds blanks or a plus sign.")
    verifier = Verifier.of(origin, key.public_key())
    signature = base64.b64encode(verifier.id + key.sign(text.encode())).decode()
    return f"{text}\n— {verifier.name} {signature}\n"


def read(note: str, trusted: list[Verifier]) -> Statement:
    """The statement of a note signed by one of the trusted keys; raises BadNote otherwise."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not (lines[1].isascii() and lines[1].isdigit()):
        raise BadNote("This is not a checkpoint.")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        raise BadNote("The checkpoint's root is not base64.") from None
    signed = f"{text}\n".encode()
    if not any(_is_signed(signed, line, key) for line in signatures.split("\n") for key in trusted):
        raise BadNote("No trusted key has signed this checkpoint.")
    return Statement(lines[0], int(lines[1]), root)


def _is_signed(signed: bytes, line: str, key: Verifier) -> bool:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    if dash != "—" or name != key.name:
        return False
    try:
        material = base64.b64decode(encoded, validate=True)
        if material[:4] != key.id:
            return False
        Ed25519PublicKey.from_public_bytes(key.public).verify(material[4:], signed)
    except (binascii.Error, InvalidSignature):
        return False
    return True
