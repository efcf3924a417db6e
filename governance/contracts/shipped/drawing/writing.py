"""How numbers and days are written in different places."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal

NO_BREAK = "\N{NO-BREAK SPACE}"

MONTHS = {
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "it": [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
}
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "CHF", "SEK": "kr", "PLN": "zł"}

# Forms of a day by language; {month} is its name. The first are the usual ones.
_DAYS = {
    "de": ("%d.%m.%Y", "%d.%m.%Y", "%d.%m.%y", "{day}. {month} %Y"),
    "en": ("%d/%m/%Y", "{day} {month} %Y", "%d-{mon}-%Y", "%Y-%m-%d"),
    "us": ("%m/%d/%Y", "{month} {day}, %Y", "{mon} {day}, %Y"),
    "fr": ("%d/%m/%Y", "%d/%m/%Y", "{day} {month} %Y", "%d.%m.%Y"),
    "nl": ("%d-%m-%Y", "%d-%m-%Y", "{day} {month} %Y"),
    "es": ("%d/%m/%Y", "%d/%m/%Y", "{day} de {month} de %Y", "%d-%m-%Y"),
    "it": ("%d/%m/%Y", "%d/%m/%Y", "{day} {month} %Y", "%d.%m.%Y"),
    "pl": ("%d.%m.%Y", "%Y-%m-%d"),
    "se": ("%Y-%m-%d", "%Y-%m-%d", "%d %b %Y"),
}


@dataclass(frozen=True)
class Writing:
    """One document's habits, kept throughout. currency_place: before, after, code or none."""

    language: str
    thousands: str
    decimal: str
    day: str
    currency: str
    currency_place: str

    def number(self, value: Decimal, places: int = 2) -> str:
        """`1.234,50`, `-1,234.50`: with this document's signs."""
        text = f"{abs(value):,.{places}f}"
        text = text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        return f"-{text}" if value < 0 else text

    def money(self, value: Decimal) -> str:
        number = self.number(value)
        sign = SYMBOLS[self.currency]
        if self.currency_place == "before":
            blank = " " if len(sign) > 1 or self.language == "nl" else ""
            return f"{sign}{blank}{number}"
        if self.currency_place == "after":
            return f"{number} {sign}"
        return f"{number} {self.currency}" if self.currency_place == "code" else number

    def quantity(self, value: Decimal) -> str:
        return self.number(value, 0 if value == value.to_integral_value() else 2)

    def percent(self, rate: Decimal) -> str:
        places = 0 if rate == rate.to_integral_value() else 1
        blank = " " if self.language in {"de", "fr"} else ""
        return f"{self.number(rate, places)}{blank}%"

    def date(self, day: datetime.date) -> str:
        month = MONTHS.get(self.language, MONTHS["en"])[day.month - 1]
        form = self.day.replace("{day}", str(day.day)).replace("{month}", month)
        return day.strftime(form.replace("{mon}", MONTHS["en"][day.month - 1][:3]))


def habits(chance: random.Random, language: str, country: str, currency: str) -> Writing:
    """A way of writing that is usual for a document in this language from this country."""
    thousands, decimal = ".", ","
    if language == "en":
        thousands, decimal = ",", "."
    elif country == "CH":
        thousands, decimal = "'", "."
    elif language in {"fr", "pl"}:
        thousands = chance.choice((NO_BREAK, " "))
    if country == "SE":
        thousands, decimal = chance.choice(((" ", ","), (",", ".")))
    if chance.random() < 0.12:
        thousands = ""
    days = _DAYS.get({"US": "us", "SE": "se"}.get(country, language), _DAYS["en"])
    before = language in {"en", "nl"} or currency == "CHF"
    places = ("before" if before else "after", "code", "none", "before" if before else "after")
    if country == "CH" and currency == "CHF":
        places = ("before", "none", "before", "before")
    return Writing(
        language, thousands, decimal, chance.choice(days), currency, chance.choice(places)
    )
