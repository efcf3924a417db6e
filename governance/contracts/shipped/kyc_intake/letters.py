"""Proofs of address: bills and letters that name somebody and where they live."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from governance.contracts.shipped.drawing import logos
from governance.contracts.shipped.drawing.companies import Company, company
from governance.contracts.shipped.drawing.sheet import GREY, Sheet
from governance.contracts.shipped.drawing.writing import habits
from governance.contracts.shipped.kyc_intake.person import Person

LANGUAGES = {"SE": "en", "DE": "de", "AT": "de", "FR": "fr", "NL": "nl", "ES": "es", "IT": "it",
             "GB": "en", "PL": "en"}  # fmt: skip
# Kind of issuer: name's ending, subject, sentences; by language.
_TEXTS: dict[str, dict[str, tuple[str, str, str]]] = {
    "de": {
        "power": ("Stadtwerke", "Ihre Stromrechnung", "Für die Lieferstelle an Ihrer Anschrift "
                  "berechnen wir den folgenden Verbrauch. Der Betrag wird abgebucht."),
        "bank": ("Sparverein", "Kontoauszug und Bestätigung", "wir bestätigen, dass Sie bei uns "
                 "unter der oben genannten Anschrift als Kundin oder Kunde geführt werden."),
        "town": ("Einwohneramt", "Meldebestätigung", "Die oben genannte Person ist unter der "
                 "angegebenen Anschrift mit alleiniger Wohnung gemeldet."),
    },
    "en": {
        "power": ("Energy", "Your electricity bill", "This bill is for the supply to the address "
                  "above. The amount will be collected by direct debit."),
        "bank": ("Mutual Bank", "Statement of account", "We confirm that you are a customer of "
                 "this bank and that the address above is the one we hold for you."),
        "town": ("Borough Council", "Council tax notice", "You are registered as the resident of "
                 "the address above. Your bill for the year is set out below."),
    },
    "fr": {
        "power": ("Énergie", "Votre facture d'électricité", "La présente facture concerne le point "
                  "de livraison situé à l'adresse ci-dessus."),
        "bank": ("Banque Mutuelle", "Relevé de compte", "Nous attestons que vous êtes titulaire "
                 "d'un compte et domicilié à l'adresse ci-dessus."),
        "town": ("Mairie", "Attestation de domicile", "La personne nommée ci-dessus réside à "
                 "l'adresse indiquée."),
    },
    "nl": {
        "power": ("Energie", "Uw energienota", "Deze nota betreft de levering op bovenstaand "
                  "adres. Het bedrag wordt automatisch afgeschreven."),
        "bank": ("Spaarbank", "Rekeningafschrift", "Wij bevestigen dat u bij ons bekend bent op "
                 "het bovenstaande adres."),
        "town": ("Gemeente", "Uittreksel basisregistratie", "De hierboven genoemde persoon staat "
                 "ingeschreven op het vermelde adres."),
    },
    "es": {
        "power": ("Energía", "Su factura de electricidad", "Esta factura corresponde al suministro "
                  "en la dirección indicada arriba."),
        "bank": ("Caja de Ahorros", "Extracto de cuenta", "Certificamos que usted es titular de "
                 "una cuenta con domicilio en la dirección indicada."),
        "town": ("Ayuntamiento", "Certificado de empadronamiento", "La persona arriba citada "
                 "figura inscrita en el domicilio indicado."),
    },
    "it": {
        "power": ("Energia", "La Sua bolletta della luce", "La presente bolletta riguarda la "
                  "fornitura all'indirizzo sopra indicato."),
        "bank": ("Banca Mutua", "Estratto conto", "Si attesta che Lei risulta nostro cliente "
                 "all'indirizzo sopra indicato."),
        "town": ("Comune", "Certificato di residenza", "La persona sopra indicata risulta "
                 "residente all'indirizzo riportato."),
    },
}  # fmt: skip
_LABELS = {
    "de": ("Datum", "Kundennummer", "Zeitraum", "Verbrauch", "Betrag"),
    "en": ("Date", "Customer no.", "Period", "Usage", "Amount"),
    "fr": ("Date", "N° client", "Période", "Consommation", "Montant"),
    "nl": ("Datum", "Klantnummer", "Periode", "Verbruik", "Bedrag"),
    "es": ("Fecha", "N.º cliente", "Periodo", "Consumo", "Importe"),
    "it": ("Data", "Codice cliente", "Periodo", "Consumo", "Importo"),
}


@dataclass(frozen=True)
class Letter:
    """A proof of address: to whom, from whom, of which day. kind is power, bank or town."""

    person: Person
    kind: str
    language: str
    sender: Company
    sent_on: datetime.date


def letter(chance: random.Random, person: Person, sent_on: datetime.date) -> Letter:
    language = LANGUAGES[person.country]
    return Letter(
        person=person,
        kind=chance.choice(("power", "bank", "town")),
        language=language,
        sender=company(chance, person.country, language, has_account=False),
        sent_on=sent_on,
    )


def draw(letter: Letter, chance: random.Random) -> bytes:
    """The letter as a PDF, in one of three layouts."""
    needs_vera = any(ord(one) > 255 for one in letter.person.surname + letter.person.given_names)
    family = "vera" if needs_vera else chance.choice(("helvetica", "times", "vera"))
    sheet = Sheet(family=family, title=_TEXTS[letter.language][letter.kind][1])
    chance.choice(_LAYOUTS)(letter, chance, sheet)
    return sheet.finish()


def _addressee(letter: Letter) -> list[str]:
    person = letter.person
    return [f"{person.given_names} {person.surname}", *person.address]


def _sender(letter: Letter) -> str:
    ending = _TEXTS[letter.language][letter.kind][0]
    stem = letter.sender.name.split(" ")[0]
    return f"{ending} {stem}" if letter.kind == "town" else f"{stem} {ending}"


def _date(letter: Letter, chance: random.Random) -> str:
    writing = habits(chance, letter.language, letter.person.country, "EUR")
    return writing.date(letter.sent_on)


def _window(letter: Letter, chance: random.Random, sheet: Sheet) -> None:
    """A business letter: window at the left, facts at the right."""
    dark, light = chance.choice(logos.PALETTES)
    logos.draw(sheet, chance, 495, 40, 42, dark, light)
    sheet.text(486, 62, _sender(letter), size=14, bold=True, colour=dark, align="right")
    small = f"{_sender(letter)} · {letter.sender.street} · {letter.sender.place}"
    sheet.text(57, 128, small, size=6.5, colour=GREY)
    sheet.block(57, 148, _addressee(letter), size=10.5)
    labels = _LABELS[letter.language]
    sheet.text(360, 148, f"{labels[1]}:", size=9)
    sheet.text(450, 148, str(chance.randint(100_000, 999_999)), size=9)
    sheet.text(360, 162, f"{labels[0]}:", size=9)
    sheet.text(450, 162, _date(letter, chance), size=9)
    _body(letter, chance, sheet, 57, 262)


def _right(letter: Letter, chance: random.Random, sheet: Sheet) -> None:
    """Sender at the left, addressee at the right, place and date in a line."""
    dark, light = chance.choice(logos.PALETTES)
    logos.draw(sheet, chance, 57, 44, 34, dark, light)
    sheet.text(100, 60, _sender(letter), size=13, bold=True)
    place = f"{letter.sender.street}, {letter.sender.place}"
    sheet.text(100, 74, place, size=8, colour=GREY)
    sheet.block(330, 150, _addressee(letter), size=10.5)
    town = letter.sender.town.split(",")[0]
    sheet.text(330, 222, f"{town}, {_date(letter, chance)}", size=9.5)
    _body(letter, chance, sheet, 57, 270)


def _banner(letter: Letter, chance: random.Random, sheet: Sheet) -> None:
    dark, _ = chance.choice(logos.PALETTES)
    sheet.box(0, 0, sheet.width, 70, fill=dark)
    sheet.text(57, 44, _sender(letter), size=18, bold=True, colour="#ffffff")
    labels = _LABELS[letter.language]
    y = 100.0
    for label, value in (
        (labels[0], _date(letter, chance)),
        (labels[1], f"{chance.randint(10, 99)}-{chance.randint(10_000, 99_999)}"),
    ):
        sheet.text(400, y, label, size=7.5, colour=GREY)
        y = sheet.block(400, y + 12, [value], size=10) + 6
    sheet.block(57, 110, _addressee(letter), size=10.5, first_bold=True)
    _body(letter, chance, sheet, 57, 220)


def _body(letter: Letter, chance: random.Random, sheet: Sheet, x: float, y: float) -> None:
    _, subject, text = _TEXTS[letter.language][letter.kind]
    labels = _LABELS[letter.language]
    width = sheet.width - 2 * x
    sheet.text(x, y, subject, size=12.5, bold=True)
    y = sheet.paragraph(x, y + 24, text, width, size=10) + 10
    if letter.kind == "town":
        sheet.text(x, y + 40, letter.sender.town, size=9, colour=GREY)
        sheet.ring(x + 380, y + 60, 38, stroke="#5b6fa8", width=1.6)
        sheet.text(x + 380, y + 63, "SIGILLUM", size=8, align="centre", colour="#5b6fa8")
        return
    writing = habits(chance, letter.language, letter.person.country, "EUR")
    sheet.rule(x, x + width, y, width=0.8)
    for number in range(chance.randint(2, 5)):
        amount = Decimal(chance.randint(900, 21_000)) / 100
        month = 1 + (letter.sent_on.month + 11 - number) % 12
        usage = "" if letter.kind == "bank" else f"{chance.randint(80, 420)} kWh"
        cells = (f"{labels[2]} {month:02}", usage, writing.money(amount))
        y += 18
        sheet.text(x, y, cells[0], size=9.5)
        sheet.text(x + width * 0.6, y, cells[1], size=9.5, align="right")
        sheet.text(x + width, y, cells[2], size=9.5, align="right")
        sheet.rule(x, x + width, y + 6, width=0.25, colour="#c5cad3")
    seller = letter.sender
    foot = f"{_sender(letter)} · {seller.street} · {seller.place} · {seller.phone}"
    sheet.text(sheet.width / 2, 806, foot, size=7, colour=GREY, align="centre")


Draw = Callable[[Letter, random.Random, Sheet], None]
_LAYOUTS: tuple[Draw, ...] = (_window, _right, _banner)
