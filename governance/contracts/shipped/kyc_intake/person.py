"""People who do not exist, with the documents that they would carry."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass

from governance.contracts.shipped.drawing import companies

# Nationality: surnames and given names (female first), and the country of the home address.
_NAMES: dict[str, tuple[str, str, str, str]] = {
    "SWE": ("Sjöberg,Åkesson,Lindqvist,Björk", "Åsa,Zoë,Linnéa", "Björn,Göran,Håkan", "SE"),
    "D": ("Großmann,Müller-Thal,Weiß,Köhnen", "Änne,Jördis,Käthe", "Jürgen,Sören,Götz", "DE"),
    "AUT": ("Mühlgruber,Österreicher,Haslwanter", "Rosalia,Zita", "Korbinian,Veit", "AT"),
    "FRA": ("Lefèvre,Château-Renard,Béranger", "Renée,Hélène", "François,Anaïs-Noël", "FR"),
    "NLD": ("van den Berg,de Wít,Ijsselstein", "Maaike,Zoé", "Daniël,Loïs", "NL"),
    "ESP": ("García Peña,Núñez,Ibáñez Rey", "Begoña,María José", "Íñigo,José Ángel", "ES"),
    "ITA": ("D'Amico,Dell'Orto,Nicolò", "Noemi,Mariangela", "Niccolò,Gian Carlo", "IT"),
    "IRL": ("O'Hara,Ní Bhriain,MacGiolla", "Aoife,Síle", "Seán,Tadhg", "GB"),
    "TUR": ("Yılmaz,Şahin,Öztürk", "Ayşe,Çağla", "Işık,Gökhan", "DE"),
    "HRV": ("Kovačić,Đurić,Žunić", "Željka,Đurđa", "Šimun,Krešimir", "AT"),
    "DNK": ("Ødegård,Sørensen,Kjær", "Maj-Britt,Bodil", "Søren,Jørgen", "SE"),
    "POL": ("Łaskowski,Malinowski,Wójcik", "Łucja,Małgorzata", "Paweł,Radosław", "PL"),
    "UTO": ("Eriksson-Vale,Marlowe,Quill", "Anna Maria,Thea", "Orin,Casper", "GB"),
    "IRN": ("Rahmani Fard,Daryaei", "Parisa,Golnar", "Kaveh,Siavash", "DE"),
    "MMR": ("Thiri Aung,Myat Noe", "Khin Lay,Su Wai", "Zaw Lin,Ko Naing", "GB"),
}
_USUAL = tuple(name for name in _NAMES if name not in {"IRN", "MMR"})
# Names that do not fit into a machine-readable zone.
_LONG = (
    ("Papathanassopoulou Vandenbroucke", "Maximiliane Alexandra Theodora"),
    ("von Schwarzenfels zu Hohenlindenau", "Karl-Theodor Maximilian"),
    ("Fernández de la Encarnación y Ruiz", "Mariana Guadalupe Inmaculada"),
)
_PLACES = ("Uppsala", "Graz", "Albi", "Breda", "Vigo", "Udine", "Opole", "Galway", "Bursa", "Ulm")


@dataclass(frozen=True)
class Person:
    """nationality as in a machine-readable zone; sex F, M or X; address as printed, by lines."""

    surname: str
    given_names: str
    sex: str
    birth_date: datetime.date
    birth_place: str
    nationality: str
    country: str  # of the address, two letters
    address: tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """A document: what is printed on it, and the lines of its machine-readable zone.

    kind is card or passport.
    """

    kind: str
    person: Person
    number: str
    issuing_state: str
    issue_date: datetime.date
    expiry_date: datetime.date
    lines: tuple[str, ...]


def person(
    chance: random.Random,
    *,
    is_minor: bool = False,
    has_long_name: bool = False,
    is_high_risk: bool = False,
) -> Person:
    nationality = chance.choice(("IRN", "MMR") if is_high_risk else _USUAL)
    surnames, women, men, country = _NAMES[nationality]
    sex = chance.choice("FMFMFMX")
    given = chance.choice((women if sex == "F" else men).split(","))
    surname = chance.choice(surnames.split(","))
    if chance.random() < 0.3:
        given = f"{given} {chance.choice((women if sex == 'F' else men).split(','))}"
    if has_long_name:
        surname, given = chance.choice(_LONG)
    first = datetime.date(2012, 1, 5) if is_minor else datetime.date(1944, 2, 1)
    days = 1_700 if is_minor else 22_000
    street, place = companies.home(chance, country)
    return Person(
        surname=surname,
        given_names=" ".join(dict.fromkeys(given.split(" "))),
        sex=sex,
        birth_date=first + datetime.timedelta(days=chance.randrange(days)),
        birth_place=chance.choice(_PLACES),
        nationality=nationality,
        country=country,
        address=(street, place),
    )


def document_number(chance: random.Random) -> str:
    """Nine letters and digits without vowels, as many states draw them."""
    signs = "CFGHJKLMNPRTVWXYZ0123456789"
    return chance.choice("CFGHJKLMNPRTVWXYZ") + "".join(chance.choices(signs, k=8))
