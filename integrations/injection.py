"""Texts that openly give orders to the model that reads them.

This is no safeguard and must not become one: written from known examples, such a list misses many
of the next ones. What protects is that the route takes nothing from a document's words but through
the contract's checks. What is found here is shown to a person, who would want to know, and
so only what is beyond doubt counts: an order to a machine together with the outcome that it is to
bring about. Customers who write "ignore my previous message" or "please approve my refund" are not
held back.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from integrations.providers.base import Finding, GivenDocument

MAX_CHARACTERS = 200_000
_NEAR = 160  # characters between the order and its outcome

# Somebody tells a reader's own instructions away ...
_OVERRIDES = re.compile(
    r"\b(?:ignor\w*|disregard|forget|override|bypass|vergiss|missachte|negeer|oublie\w*|olvida|"
    r"dimentica|omitt?e)\b[^.!?\n]{0,40}?"
    r"\b(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|directives?|anweisung\w*|"
    r"vorgaben|regeln|instrucciones|istruzioni|instructies|regels|consignes|instru[cç][oõ]es)\b",
    re.IGNORECASE,
)
# ... or speaks to a machine by name ...
_ADDRESSES = re.compile(
    r"(?:^|[\n>\"'(#/*\[-]|\b(?:note|message|attention) (?:to|for) (?:the )?)\s*"
    r"(?:(?:reviewer|accounts payable|adjuster|claims|the|dear)[ -])*"
    r"(?:a\.?i\.?|ai (?:agents?|assistants?|models?|reviewers?)|assistant|language model|llm|"
    r"chatbot|[\w-]{0,20}bot|system)(?: (?:reviewer|agents?|model|assistant))?\s*[:>,]",
    re.IGNORECASE | re.MULTILINE,
)
_TURNS = re.compile(
    r"<\|?/?(?:im_start|im_end|assistant|system)\|?>|\[/?INST\]|^#{2,}\s*(?:output|response)\b",
    re.IGNORECASE | re.MULTILINE,
)
# ... and says what it is to decide.
_OUTCOMES = re.compile(
    r"\bapprov\w*|\baccept(?:ed)?\b|\bmark\b[^.\n]{0,30}\b(?:verified|valid|paid|safe)|"
    r"\b(?:skip|no|without|bypass)\b[^.\n]{0,20}\b(?:human|review|checks?|approval|control)\b|"
    r"\bneeds_review\b|\bconfidence\b[^.\n]{0,12}\d|\bfreigeben\b|\bgib\b[^.\n]{0,40}\bfrei\b|"
    r"\bgenehmig\w*|\bvalide[rz]?\b|\bapprouve\w*|\bapprueba\b|\baprueba\b|\bapprova\b|"
    r"\b(?:covered|fast-track|no redline|needs no)\b|\bskip all\b|"
    r"\bkeur\b[^.\n]{0,40}\bgoed\b|\bpay again\b|\breplace the iban\b",
    re.IGNORECASE,
)
# What no customer says, whatever else stands there: an action or a tool to be run, the reader's own
# prompt, its confidence, its threshold or its sampling to be changed, another self to be put on.
_BEYOND_DOUBT = re.compile(
    r"\b(?:call|use|invoke|run|execute)\s+(?:the\s+)?(?:tool|action|function)\b\s*[`'\"]?\w+|"
    r"\b(?:system|initial|hidden|original) prompt\b|"
    r"\breport\b[^.\n]{0,40}\bconfidence\b|\bconfidence\b[^.\n]{0,60}\b(?:100 ?%|1\.0\b)|"
    r"\b(?:review|confidence)? ?threshold\b[^.\n]{0,20}\b(?:is|to|=|:)\s*0\b|"
    r"\b(?:exclude|omit|exempt|remove)\b[^.\n]{0,40}\b(?:sampling|sample)\b|"
    r"\byou are (?:now|no longer) (?:an? )?(?:\w*bot\b|a\.?i\.?\b)|"
    r"\bforget your (?:categories|labels|classes|training|task)\b|"
    r"\bremember this for (?:future|later|the next)\b|"
    r"\b(?:must|should) be treated as (?:valid|verified|correct|passed)\b|"
    r"[\"']\s*(?:decision|verdict|needs?_review|review)\s*[\"']\s*:\s*(?:[\"']\s*(?:approve|accept)|false)",
    re.IGNORECASE,
)
# A machine that is spoken of as the one who decides.
_SPOKEN_OF = re.compile(
    r"\b(?:the|this|any|our|your)?\s*(?:\w+ )?(?:ai|a\.i\.|llm|bot|language model|classifier)\s+"
    r"(?:should|must|shall|will|has to|is to|approves?|accepts?)\b|"
    r"\bunless the ai\b",
    re.IGNORECASE,
)
# Words that only a machine reads: comments of HTML and Markdown.
_HIDDEN = re.compile(r"<!--(.{1,400}?)-->|\[//\]:\s*#\s*[(\"'](.{1,400}?)[)\"']", re.DOTALL)
_SKIPS = re.compile(
    r"\b(?:skip|bypass|omit)\b[^.\n]{0,20}\b(?:all|any|every|human|further)\b[^.\n]{0,12}"
    r"\b(?:checks?|reviews?|controls?|validations?)\b|"
    r"\bwithout (?:a |any )?(?:human|person|reviewer)\b",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_DIGIT_LETTERS = str.maketrans("013457@$", "oieastas")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPELT_OUT = re.compile(r"(?:\b\w\s{1,3}){8,}\w\b")


def findings(payload: Mapping[str, Any], documents: Sequence[GivenDocument]) -> list[Finding]:
    """One finding where a text of the item or a page of its documents gives such orders."""
    texts = (*_texts(payload), *(page.text for one in documents for page in one.read.pages))
    return [Finding("injection_suspected")] if any(map(is_suspected, texts)) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def is_suspected(text: str) -> bool:
    """Whether a text openly orders a machine to decide in some way."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]))
    plain = _SPELT_OUT.sub(_joined, plain)
    return any(map(_orders_a_machine, (plain, *_disguised(plain))))


def _orders_a_machine(text: str) -> bool:
    if _BEYOND_DOUBT.search(text) or any(_has_outcome(text, one) for one in _orders(text)):
        return True
    return any(_OUTCOMES.search(one.group()) for one in _HIDDEN.finditer(text))


def _disguised(text: str) -> Iterator[str]:
    """What the text says once digits that stand for letters and Base64 are read."""
    mixed = (word for word in text.split() if any(map(str.isdigit, word)) and not word.isdigit())
    if any(map(str.isalpha, "".join(mixed))):
        yield text.translate(_DIGIT_LETTERS)
    for found in _ENCODED.finditer(text):
        try:
            yield base64.b64decode(found.group() + "=" * (-len(found.group()) % 4)).decode()
        except ValueError:
            continue


def _orders(text: str) -> Iterable[re.Match[str]]:
    for pattern in (_OVERRIDES, _ADDRESSES, _TURNS, _SPOKEN_OF, _SKIPS):
        yield from pattern.finditer(text)


def _has_outcome(text: str, order: re.Match[str]) -> bool:
    near = text[max(0, order.start() - 40) : order.end() + _NEAR]
    return _OUTCOMES.search(near) is not None


def _joined(found: re.Match[str]) -> str:
    """`I g n o r e   a l l` as words: single blanks part letters, wider ones words."""
    return re.sub(r"(?<=\w)\s(?=\w\b)", "", found.group())
