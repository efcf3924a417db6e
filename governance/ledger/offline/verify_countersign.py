#!/usr/bin/env python3
"""Check a bundle of Countersign's ledger, on any machine, without Countersign.

    python3 verify_countersign.py BUNDLE [--key KEY] [--against NOTE] [--opened FILE]

BUNDLE is the .zip, or the directory that it was unpacked into. Nothing but Python 3.9 and, for
signatures, the package `cryptography` is needed. What is recomputed: the digest of each file, the
hash of each entry, its place, the Merkle root (RFC 9162) at each checkpoint, each signature.

Exit code 0: everything verifies. 1: at least one fault; each is a line. 2: no fault, but the
signatures were not checked, since `cryptography` is not installed.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import math
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    HAS_SIGNATURES = True
except ImportError:
    HAS_SIGNATURES = False

FORMAT = "countersign bundle 1"
FIELDS = ["actor", "at", "data", "id", "item", "kind", "process"]
MANIFEST_FIELDS = {
    *("entries", "files", "format", "made_at", "made_by", "origin", "process", "since", "size"),
    "until",
}
NEEDED = {"README.txt", "checkpoints.jsonl", "entries.jsonl", "keys.txt", "leaves.txt"}
UNLISTED = {"manifest.json", "manifest.sig"}
SHOWN = 1000  # faults listed; beyond, they are counted
LARGEST_INTEGER = 2**53 - 1
_LEAF_BYTES = 67  # a sign, a blank, 64 hex digits, a line feed
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")  # sorts otherwise in UTF-16 than by code point
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
# What reading a damaged file, or archive, may raise.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
_sha256 = hashlib.sha256


# --- RFC 8785: exactly one way to write a JSON value -------------------------------------------


def canonical(value: Any) -> str:
    """The RFC 8785 form of a JSON value; raises ValueError for what has none."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no Unicode
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value) if abs(value) <= LARGEST_INTEGER else _number(float(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(one)}:{canonical(value[one])}" for one in names) + "}"
    raise ValueError(f"{type(value).__name__} is not JSON")


def _number(value: float) -> str:
    """A float as ECMAScript writes it (ECMA-262, Number::toString)."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    parts = Decimal(repr(abs(value))).as_tuple()
    digits = "".join(map(str, parts.digits)).lstrip("0")
    point = len(digits) + int(parts.exponent)  # digits before the decimal point
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


class _NotCanonical(ValueError):
    pass


def _canonical_float(text: str) -> float:
    value = float(text)
    if _number(value) != text:
        raise _NotCanonical
    return value


def _canonical_integer(text: str) -> Any:
    if len(text) < 16:
        return int(text)
    value = int(text)
    if abs(value) <= LARGEST_INTEGER:
        return value
    return _canonical_float(text)


def _no_constant(text: str) -> Any:
    raise _NotCanonical


_loads = json.JSONDecoder(
    parse_float=_canonical_float, parse_int=_canonical_integer, parse_constant=_no_constant
).decode
_dumps = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode


def read_canonical(text: str) -> Any:
    """The value of a text in RFC 8785 form; raises ValueError for any other text.

    The standard library writes most values in that form already, which is quick to compare; it
    differs in large and small numbers and in keys beyond the Basic Multilingual Plane.
    """
    try:
        value = _loads(text)
        is_it = (_dumps(value) == text and not _BEYOND.search(text)) or canonical(value) == text
    except RecursionError:
        is_it = False
    if not is_it:
        raise _NotCanonical("is not canonical JSON")
    return value


# --- notes: what was signed, and by whom -------------------------------------------------------


class Key:
    """A named Ed25519 public key, as `name+8 hex digits+base64` (C2SP signed-note)."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        name, _, rest = self.text.partition("+")
        digits, _, encoded = rest.partition("+")
        material = base64.b64decode(encoded, validate=True)
        self.name, self.public = name, material[1:]
        self.id = _sha256(name.encode() + b"\n\x01" + self.public).digest()[:4]
        if material[:1] != b"\x01" or len(material) != 33 or digits != self.id.hex():
            raise ValueError("not an Ed25519 public key of a ledger")


def signed_lines(note: str, keys: Sequence[Key]) -> list[str]:
    """The lines of a note that one of the keys has signed; raises ValueError otherwise.

    A note has exactly one form: text, empty line, one signature, line feed.
    """
    text, separator, rest = note.partition("\n\n")
    dash, _, rest = rest.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    if not separator or dash != "\u2014" or not encoded.endswith("\n"):
        raise ValueError("is no signed note")
    try:
        material = base64.b64decode(encoded[:-1], validate=True)
    except binascii.Error:
        raise ValueError("has a signature that is not base64") from None
    if base64.b64encode(material).decode() != encoded[:-1]:
        raise ValueError("has a signature in an unusual form")
    if HAS_SIGNATURES:
        for key in keys:
            if key.name == name and key.id == material[:4]:
                try:
                    public = Ed25519PublicKey.from_public_bytes(key.public)
                    public.verify(material[4:], f"{text}\n".encode())
                except InvalidSignature:
                    continue
                break
        else:
            raise ValueError("is signed by none of the keys")
    return text.split("\n")


def statement(note: str, keys: Sequence[Key]) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint; raises ValueError for anything else."""
    lines = signed_lines(note, keys)
    if len(lines) != 3 or not re.match(r"(0|[1-9][0-9]*)\Z", lines[1]):
        raise ValueError("is no checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        raise ValueError("has a root that is not base64") from None
    if len(root) != 32 or base64.b64encode(root).decode() != lines[2]:
        raise ValueError("has a root that is no SHA-256")
    return lines[0], int(lines[1]), root


# --- the tree ----------------------------------------------------------------------------------


class Tree:
    """The roots of the full subtrees of the leaves so far, from left to right."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, digest: bytes) -> None:
        at, peaks = self.size, self._peaks
        while at & 1:
            digest = _sha256(b"\x01" + peaks.pop() + digest).digest()
            at >>= 1
        peaks.append(digest)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return _sha256(b"").digest()
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = _sha256(b"\x01" + peak + found).digest()
        return found


# --- where a bundle lies -----------------------------------------------------------------------


class Directory:
    """A bundle that was unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        return [
            str(one.relative_to(self._path)) for one in self._path.rglob("*") if not one.is_dir()
        ]

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb", buffering=1 << 20)


class Archive:
    """A bundle as a ZIP file; the archive's own fields, such as times, are not looked at."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return self._zip.namelist()

    def open(self, name: str) -> Any:
        packed: Any = self._zip.open(name)
        return io.BufferedReader(packed, 1 << 20)


# --- the check ---------------------------------------------------------------------------------


class Check:
    """One pass over a bundle; `found` is called with each fault.

    keys: public keys that came another way; without them those of the bundle are used. against:
    checkpoint notes kept elsewhere. opened: entries, a line each, that the ledger's keeper showed
    when asked for leaves of which the bundle has only the hash.
    """

    def __init__(
        self,
        bundle: Any,
        found: Callable[[str], None],
        *,
        keys: Sequence[str] = (),
        against: Sequence[str] = (),
        opened: Sequence[bytes] = (),
    ) -> None:
        self.bundle = bundle
        self._found = found
        self._against = against
        self._opened = {_sha256(b"\x00" + _sha256(one).digest()).digest(): one for one in opened}
        self.faults = 0
        self.manifest: dict[str, Any] = {}
        self.keys = [Key(one) for one in keys]
        self.has_own_keys = bool(keys)
        self.entries = self.leaves = self.checkpoints = self.others = 0
        self._span: list[int] = []  # first and last index of an entry that is here
        self._times: list[str] = []  # and their instants

    def fault(self, what: str) -> None:
        self.faults += 1
        self._found(what)

    def run(self) -> bool:
        """Whether nothing is wrong."""
        names = self.bundle.names()
        for name in sorted({one for one in names if names.count(one) > 1}):
            self.fault(f"{name}: is in the bundle more than once")
        missing = sorted((NEEDED | UNLISTED) - set(names))
        for name in missing:
            self.fault(f"{name}: is missing")
        if missing or not self._manifest():
            return False
        self._files(set(names))
        try:
            stated = self._checkpoints()
            self._tree(stated)
        except _UNREADABLE as error:
            self.fault(f"the bundle cannot be read: {error}")
        return not self.faults

    # The manifest and the digests in it.

    def _manifest(self) -> bool:
        try:
            raw = self._read("manifest.json")
            text = raw.decode()
            self.manifest = read_canonical(text[:-1])
            if not text.endswith("\n") or set(self.manifest) != MANIFEST_FIELDS:
                raise ValueError
            if self.manifest["format"] != FORMAT or not isinstance(self.manifest["files"], dict):
                raise ValueError
            if any(type(self.manifest[one]) is not int for one in ("size", "entries")):
                raise ValueError
        except (TypeError, AttributeError, *_UNREADABLE):
            self.fault("manifest.json: is not a manifest that this program can read")
            return False
        if not self.has_own_keys:
            try:
                lines = self._read("keys.txt").decode().splitlines()
                self.keys = [Key(one) for one in lines]
            except _UNREADABLE:
                self.fault("keys.txt: holds something else than public keys")
        origin = self.manifest["origin"]
        wanted = [f"{origin}/bundle", f"sha256 {_sha256(raw).hexdigest()}"]
        try:
            if signed_lines(self._read("manifest.sig").decode(), self.keys) != wanted:
                self.fault("manifest.sig: is the signature of another manifest")
        except _UNREADABLE as error:
            self.fault(f"manifest.sig: {error}")
        return True

    def _files(self, names: set[str]) -> None:
        listed = self.manifest["files"]
        for name in sorted(names - set(listed) - UNLISTED):
            self.fault(f"{name}: is not in the manifest")
        for name in sorted(NEEDED - set(listed)):
            self.fault(f"{name}: the manifest does not list it")
        for name, stated in sorted(listed.items()):
            if name not in names:
                self.fault(f"{name}: is missing")
                continue
            try:
                is_it = self._digest(name) == (stated["bytes"], stated["sha256"])
            except (TypeError, *_UNREADABLE) as error:
                self.fault(f"{name}: cannot be read: {error}")
                continue
            if not is_it:
                self.fault(f"{name}: is not the file that the manifest states")

    def _digest(self, name: str) -> tuple[int, str]:
        total, digest = 0, _sha256()
        with self.bundle.open(name) as file:
            while block := file.read(1 << 20):
                total += len(block)
                digest.update(block)
        return total, digest.hexdigest()

    def _read(self, name: str) -> bytes:
        with self.bundle.open(name) as file:
            content: bytes = file.read()
        return content

    # Checkpoints: what was signed when.

    def _checkpoints(self) -> dict[int, list[tuple[str, bytes]]]:
        """By size: who states it, and which root."""
        stated: dict[int, list[tuple[str, bytes]]] = {}
        last = 0
        with self.bundle.open("checkpoints.jsonl") as file:
            for number, line in enumerate(file, 1):
                name = f"checkpoints.jsonl line {number}"
                self.checkpoints += 1
                try:
                    note = read_canonical(line.decode()[:-1])
                    origin, size, root = statement(note["note"], self.keys)
                except (ValueError, TypeError, KeyError) as error:
                    self.fault(f"{name}: {error or 'is not canonical JSON'}")
                    continue
                if origin != self.manifest["origin"]:
                    self.fault(f"{name}: is a checkpoint of another ledger, {origin}")
                if size <= last:
                    self.fault(f"{name}: stands in the wrong order")
                last = size
                stated.setdefault(size, []).append((f"the checkpoint of size {size}", root))
        if last != self.manifest["size"]:
            self.fault(
                f"checkpoints.jsonl: ends at size {last}; the manifest says {self.manifest['size']}"
            )
        for note in self._against:
            try:
                origin, size, root = statement(note, self.keys)
            except ValueError as error:
                self.fault(f"the note that you hold {error}")
                continue
            if origin != self.manifest["origin"]:
                self.fault(f"the note that you hold is of another ledger, {origin}")
            name = f"the note of size {size} that you hold"
            stated.setdefault(size, []).append((name, root))
        return stated

    # Leaves and entries, side by side.

    def _tree(self, stated: dict[int, list[tuple[str, bytes]]]) -> None:
        tree = Tree()
        self._roots(stated, tree)
        with self.bundle.open("leaves.txt") as leaves, self.bundle.open("entries.jsonl") as entries:
            lines: Iterator[bytes] = iter(entries)
            while line := leaves.read(_LEAF_BYTES):
                index, sign, text = tree.size, line[:2], line[2:66]
                if len(line) != _LEAF_BYTES or line[66:] != b"\n" or sign not in (b"+ ", b"- "):
                    self.fault(f"leaves.txt: line {index + 1} is not a leaf")
                    break
                try:
                    leaf = bytes.fromhex(text.decode())
                except ValueError:
                    leaf = b""
                if leaf.hex().encode() != text:
                    self.fault(f"leaves.txt: line {index + 1} holds no hash")
                    break
                if sign == b"+ ":
                    self._entry(index, leaf, next(lines, b""))
                else:
                    self.others += 1
                    if self._opened and leaf in self._opened:
                        self._open(index, self._opened.pop(leaf))
                tree.add(leaf)
                if tree.size in stated:
                    self._roots(stated, tree)
            for _ in lines:
                self.fault("entries.jsonl: goes on after the last leaf")
                break
        self.leaves = tree.size
        self._ends(tree, stated)

    def _roots(self, stated: dict[int, list[tuple[str, bytes]]], tree: Tree) -> None:
        for name, root in stated.pop(tree.size, ()):
            if tree.root() != root:
                self.fault(f"{name}: the leaves have another root than was signed")

    def _entry(self, index: int, leaf: bytes, line: bytes) -> None:
        self.entries += 1
        place = f"entries.jsonl line {self.entries}, index {index}"
        if not line.endswith(b"\n"):
            self.fault(f"{place}: the entry is missing or cut off")
            return
        body = line[:-1]
        if _sha256(b"\x00" + _sha256(body).digest()).digest() != leaf:
            self.fault(f"{place}: the entry does not have the hash in its leaf")
        try:
            entry = read_canonical(body.decode())
        except ValueError:
            self.fault(f"{place}: is not canonical JSON")
            return
        if not is_entry(entry):
            self.fault(f"{place}: is not an entry")
            return
        at = entry["at"]
        if not self._span:
            self._span, self._times = [index, index], [at, at]
        self._span[1], self._times[1] = index, at
        process = self.manifest["process"]
        if process is not None and not self._in_scope(entry):
            self.fault(f"{place}: entry {entry['id']} is not of this process and period")

    def _in_scope(self, entry: dict[str, Any]) -> bool:
        since, until = self.manifest["since"], self.manifest["until"]
        is_early = since is not None and entry["at"] < since
        if is_early or (until is not None and entry["at"] >= until):
            return False
        return self.manifest["process"] in (None, entry["process"])

    def _open(self, index: int, line: bytes) -> None:
        try:
            entry = read_canonical(line.decode())
        except ValueError:
            entry = None
        if not is_entry(entry):
            self.fault(f"index {index}: what was opened is not an entry")
        elif self._in_scope(entry):
            self.fault(f"index {index}: entry {entry['id']} belongs here and was left out")

    def _ends(self, tree: Tree, stated: dict[int, list[tuple[str, bytes]]]) -> None:
        """Nothing is missing at the end, nor, of a bundle of all processes, within."""
        if tree.size != self.manifest["size"]:
            size = self.manifest["size"]
            self.fault(f"leaves.txt: has {tree.size} leaves; the manifest says {size}")
        if self.entries != self.manifest["entries"]:
            count = self.manifest["entries"]
            self.fault(f"entries.jsonl: has {self.entries} entries; the manifest says {count}")
        for _, statements in sorted(stated.items()):
            for name, _ in statements:
                self.fault(f"{name}: the bundle has only {tree.size} leaves")
        for line in self._opened.values():
            self.fault(f"what was opened is no leaf of this bundle: {line[:80]!r}")
        if self.manifest["process"] is not None or not tree.size:
            return
        since, until = self.manifest["since"], self.manifest["until"]
        if since is None and until is None:
            if self.others:
                self.fault(f"{self.others} entries of the whole ledger were left out")
            return
        first, last = self._span or (0, -1)
        if last - first + 1 != self.entries or not self.entries:
            self.fault("entries within the period were left out")
        elif first > 0 and (since is None or self._times[0] >= since):
            self.fault("entries at the beginning of the period may have been left out")
        elif last < tree.size - 1 and (until is None or self._times[1] < until):
            self.fault("entries at the end of the period may have been left out")


def is_entry(entry: Any) -> bool:
    """Whether a value has an entry's fields, each of its kind."""
    if not isinstance(entry, dict) or sorted(entry) != FIELDS:
        return False
    texts = all(isinstance(entry[name], str) for name in ("id", "at", "kind", "actor"))
    item, process = entry["item"], entry["process"]
    return bool(
        texts
        and _UUID.match(entry["id"])
        and _INSTANT.match(entry["at"])
        and (item is None or (isinstance(item, str) and _UUID.match(item)))
        and (process is None or isinstance(process, str))
        and isinstance(entry["data"], dict)
    )


def scope(manifest: dict[str, Any]) -> str:
    """What a bundle is of, in words."""
    process = manifest["process"]
    since, until = manifest["since"], manifest["until"]
    what = "all processes" if process is None else f"process {process}"
    return f"{what}, {since or 'from the beginning'} to {until or 'the newest checkpoint'}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("bundle", type=Path, help="the .zip, or the directory it was unpacked into")
    parser.add_argument("--key", action="append", default=[], help="a public key you were given")
    parser.add_argument(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="NOTE",
        help="a checkpoint that you kept; the bundle must still agree with it",
    )
    parser.add_argument(
        "--opened",
        type=Path,
        metavar="FILE",
        help="entries that were shown for leaves given as hashes only",
    )
    options = parser.parse_args(arguments)
    out = sys.stdout
    listed = 0

    def found(fault: str) -> None:
        nonlocal listed
        listed += 1
        if listed <= SHOWN:
            out.write(f"FAULT {fault}\n")

    try:
        bundle = Directory(options.bundle) if options.bundle.is_dir() else Archive(options.bundle)
        check = Check(
            bundle,
            found,
            keys=options.key,
            against=[path.read_text(encoding="utf-8") for path in options.against],
            opened=options.opened.read_bytes().splitlines() if options.opened else (),
        )
    except _UNREADABLE as error:
        out.write(f"FAULT cannot be read: {error}\n")
        return 1
    is_good = check.run()
    if check.manifest:
        out.write(f"{check.manifest['origin']}: {scope(check.manifest)}\n")
    out.write(
        f"{check.entries} entries, {check.others} leaves of other entries, "
        f"{check.checkpoints} checkpoints\n"
    )
    if listed > SHOWN:
        out.write(f"{listed - SHOWN} more faults\n")
    return _verdict(check, is_good, out)


def _verdict(check: Check, is_good: bool, out: Any) -> int:
    if not is_good:
        out.write(f"The bundle does NOT verify; faults: {check.faults}.\n")
        return 1
    if not HAS_SIGNATURES:
        out.write("No fault, but signatures were NOT checked: install the package cryptography.\n")
        return 2
    if not check.has_own_keys:
        for key in check.keys:
            out.write(f"Signed by the bundle's own key {key.text}\n")
        out.write(
            "Compare it with the key that you were given another way, or pass that as --key.\n"
        )
    if check.manifest["process"] is not None and check.others:
        out.write(
            "Of other processes and times only hashes are here: that none of those leaves belongs "
            "to this process is the exporter's word. Ask for some of them to be opened (--opened), "
            "or for a bundle of all processes, which proves it.\n"
        )
    out.write("The bundle verifies.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
