"""Words of names that say nothing, or the same as others: legal forms, titles, numbers."""

from __future__ import annotations

import re

# What a legal form is written as -> how it is written here; several words first.
_FORMS = """
LIMITED LIABILITY COMPANY=LLC|OBSHCHESTVO S OGRANICHENNOI OTVETSTVENNOSTIU=LLC
SOCIETATEA CU RASPUNDERE LIMITATA=SRL|SOCIETE A RESPONSABILITE LIMITEE=SARL
OPEN JOINT STOCK COMPANY=JSC|PUBLIC JOINT STOCK COMPANY=JSC|CLOSED JOINT STOCK COMPANY=JSC
PUBLIC LIMITED COMPANY=PLC|JOINT STOCK COMPANY=JSC|JOYNT STOCK COMPANY=JSC|JOINT STOCK COMPAN=JSC
AKTSIONERNOE OBSHCHESTVO=JSC|SOCIETE ANONYME=SA|SOCIEDAD ANONIMA=SA|PRIVATE LIMITED=LTD
GESELLSCHAFT MIT BESCHRANKTER HAFTUNG=GMBH|AKTIENGESELLSCHAFT=AG|AKTIENGESELSCHAFT=AG
S A R L=SARL|S R L=SRL|S P A=SPA|S A S=SAS|S A=SA|B V=BV|N V=NV|L L C=LLC|L L P=LLP|P L C=PLC
L P=LP|G M B H=GMBH|O O O=OOO|A S=AS|A G=AG|A B=AB|S E=SE|S L=SL|N A=NA|P T E=PTE|B V B A=BVBA
INCORPORATED=INC|CORPORATION=CORP|COMPANY=CO|LIMITED=LTD
"""
_DROPPED_TEXT = """
LLC SRL SARL JSC OJSC PJSC CJSC ZAO OAO PAO AO OOO PLC SA GMBH AG AKG KG KGAA OHG UG EK EG SE
SPA SAS BV NV BVBA LLP LP AS AB OY OYJ APS SL INC CORP CO LTD PTE PTY NA DR MR MRS MS MISS SIR
PROF MONSIEUR MADAME HERR FRAU THE OF AND ET UND FOR MV
"""
_DROPPED = frozenset(_DROPPED_TEXT.split())
_SAME = {
    "INTL": "INTERNATIONAL", "INT L": "INTERNATIONAL", "ORGANISATION": "ORGANIZATION",
    "BROS": "BROTHERS", "MFG": "MANUFACTURING", "ST": "SAINT",
    "FIRST": "1", "1ST": "1", "SECOND": "2", "2ND": "2", "THIRD": "3", "3RD": "3",
    "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6", "SEVEN": "7",
    "EIGHT": "8", "NINE": "9", "TEN": "10", "II": "2", "III": "3", "IV": "4",
}  # fmt: skip
# Short words of names of persons that spellings leave out or run together.
PARTICLES = frozenset({"AL", "EL", "UL", "UR", "BIN", "BEN", "IBN", "BINT", "ABD"})

_REPLACED: list[tuple[str, str]] = [
    (pair.partition("=")[0], pair.partition("=")[2])
    for line in _FORMS.split("\n")
    for pair in line.split("|")
    if pair
]
_PATTERN = re.compile(
    r"\b(?:"
    + "|".join(re.escape(old) for old, _ in sorted(_REPLACED, key=lambda p: -len(p[0])))
    + r")\b"
)
_NEW: dict[str, str] = dict(_REPLACED)


def telling(words: str) -> list[str]:
    """The words of a name in capitals that tell it from others; all of them if none do."""
    plain = _PATTERN.sub(lambda found: _NEW[found.group()], words)
    tokens = [_SAME.get(one, one) for one in plain.split()]
    return [one for one in tokens if one not in _DROPPED] or tokens
