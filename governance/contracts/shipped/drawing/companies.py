"""Companies and addresses from lists of words; any likeness to a real one is chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

from anyascii import anyascii

from governance.contracts.shipped.drawing import identifiers

COUNTRY_NAMES = {
    "DE": {"de": "Deutschland", "en": "Germany", "fr": "Allemagne", "nl": "Duitsland"},
    "AT": {"de": "Österreich", "en": "Austria"},
    "CH": {"de": "Schweiz", "en": "Switzerland", "fr": "Suisse"},
    "FR": {"fr": "France", "en": "France", "de": "Frankreich"},
    "NL": {"nl": "Nederland", "en": "Netherlands", "de": "Niederlande"},
    "BE": {"nl": "België", "fr": "Belgique", "en": "Belgium"},
    "ES": {"es": "España", "en": "Spain"},
    "IT": {"it": "Italia", "en": "Italy"},
    "GB": {"en": "United Kingdom"},
    "US": {"en": "United States"},
    "SE": {"en": "Sweden"},
    "PL": {"pl": "Polska", "en": "Poland"},
}
_STEMS = [
    "Nordwind",
    "Talbrück",
    "Ostermoor",
    "Velmark",
    "Kestrin",
    "Halvorsund",
    "Brackmeer",
    "Lindquell",
    "Marrowby",
    "Tessaro",
    "Vandermolen",
    "Corvane",
    "Quellbach",
    "Istrano",
    "Belmora",
    "Fjordal",
    "Graustein",
    "Hollerau",
    "Juneval",
    "Kaltenreut",
    "Larkfield",
    "Montaubin",
    "Noordzicht",
    "Orvieta",
    "Pembrig",
    "Rosendael",
    "Silvestra",
    "Thornmere",
    "Ulmenhain",
    "Vautrelle",
    "Westerkamp",
    "Yarrowgate",
    "Zirbental",
    "Altamira",
    "Brisfort",
    "Castelmar",
    "Dunhollow",
    "Eisvogel",
    "Ferrowald",
    "Glimmerau",
    "Havelstett",
    "Inselmark",
    "Jadebusen",
    "Kornblum",
    "Lunaris",
    "Mirabel",
    "Nachtigal",
    "Ostrava",
    "Perlenau",
    "Rivaldo",
]
_TRADES = {
    "de": "Werkzeugbau,Bürobedarf,Getränke Logistik,Elektrotechnik,Druckerei,Gebäudereinigung,"
    "Gartenbau,Medizintechnik,Softwarehaus,Verpackungen,Metallbau,Kaffeerösterei",
    "en": "Office Supplies,Engineering,Logistics,Print Works,Catering,Software,Packaging,"
    "Instruments,Joinery,Cleaning Services,Coffee Roasters,Electrical",
    "fr": "Fournitures,Imprimerie,Logistique,Menuiserie,Traiteur,Informatique,Emballages,"
    "Électricité,Nettoyage,Mécanique",
    "nl": "Kantoorartikelen,Drukkerij,Logistiek,Techniek,Verpakkingen,Schoonmaak,Koffiebranders,"
    "Metaalbewerking,Automatisering",
    "es": "Suministros,Imprenta,Logística,Carpintería,Informática,Envases,Electricidad,Limpiezas,"
    "Mecanizados",
    "it": "Forniture,Tipografia,Logistica,Falegnameria,Informatica,Imballaggi,Impianti,Pulizie,"
    "Meccanica",
    "pl": "Biuro,Drukarnia,Logistyka,Stolarnia,Systemy,Opakowania,Elektro,Serwis",
}
_FORMS = {
    "DE": ("GmbH", "GmbH & Co. KG", "AG", "KG", "UG (haftungsbeschränkt)", "e.K."),
    "AT": ("GmbH", "KG", "OG"),
    "CH": ("AG", "GmbH"),
    "FR": ("SARL", "SAS", "SA", "EURL"),
    "NL": ("B.V.", "V.O.F.", "N.V."),
    "BE": ("BV", "NV"),
    "ES": ("S.L.", "S.A.", "S.L.U."),
    "IT": ("S.r.l.", "S.p.A.", "S.n.c."),
    "GB": ("Ltd", "Limited", "LLP", "plc"),
    "US": ("Inc.", "LLC", "Corp."),
    "SE": ("AB", "AB"),
    "PL": ("Sp. z o.o.", "S.A."),
}
_STREETS = {
    "DE": "Lindenallee,Am Mühlbach,Werftstraße,Industriestraße,Königsweg,Hafenstraße,Amselgrund",
    "AT": "Marktgasse,Donaulände,Rosenhügel,Am Graben",
    "CH": "Seestrasse,Rebhalde,Bahnhofstrasse,Mattenweg",
    "FR": "rue des Tanneurs,avenue du Canal,rue de la Gare,quai des Moulins,allée des Tilleuls",
    "NL": "Molenweg,Havenkade,Lindelaan,Oude Gracht,Industrieweg,Zonnedauw",
    "BE": "Kasteeldreef,Stationsstraat,Nijverheidslaan",
    "ES": "Calle del Molino,Avenida del Puerto,Calle Mayor,Paseo de los Tilos,Polígono Norte",
    "IT": "Via dei Mulini,Corso Garonna,Viale del Porto,Via Vecchia Fornace,Via Lunga",
    "GB": "Mill Lane,Harbour Road,Old Brewery Yard,Canal Street,Beech Avenue,Station Approach",
    "US": "Maple Avenue,Lakeshore Drive,Industrial Parkway,Second Street,Quarry Road",
    "SE": "Kvarngatan,Hamnvägen,Björkallén,Storgatan",
    "PL": "ul. Lipowa,ul. Portowa,ul. Polna,ul. Dworcowa",
}
# Town and the beginning of its postcode; the digits after it are drawn.
_TOWNS = {
    "DE": "Hamburg 20,Kassel 34,Nürnberg 90,Rostock 18,Görlitz 02,Münster 48,Ulm 89,Lübeck 23",
    "AT": "Linz 40,Graz 80,Villach 95",
    "CH": "Winterthur 84,Thun 36,Chur 70",
    "FR": "Nantes 44,Besançon 25,Albi 81,Orléans 45,Nîmes 30,Troyes 10",
    "NL": "Zwolle 80,Breda 48,Groningen 97,Delft 26,Venlo 59",
    "BE": "Gent 90,Hasselt 35",
    "ES": "Girona 17,Cáceres 10,Logroño 26,Málaga 29,Vigo 36",
    "IT": "Modena 41,Ferrara 44,Udine 33,Lecce 73,Novara 28",
    "GB": "Norwich NR,Leeds LS,Exeter EX,Bristol BS,Preston PR",
    "US": "Dayton OH 45,Boulder CO 80,Duluth MN 55,Portland ME 04",
    "SE": "Uppsala 75,Malmö 21,Växjö 35",
    "PL": "Opole 45,Kraków 30,Lublin 20,Wrocław 50",
}
_DIALLING = {
    "DE": "+49 4", "AT": "+43 7", "CH": "+41 5", "FR": "+33 2", "NL": "+31 3", "BE": "+32 9",
    "ES": "+34 9", "IT": "+39 05", "GB": "+44 16", "US": "+1 93", "SE": "+46 1", "PL": "+48 7",
}  # fmt: skip


@dataclass(frozen=True)
class Company:
    """country in two letters; iban and vat_id without blanks, "" where it has none."""

    name: str
    short_name: str
    street: str
    postcode: str
    town: str
    country: str
    vat_id: str
    iban: str
    bic: str
    phone: str
    domain: str

    @property
    def place(self) -> str:
        if self.country in {"GB", "US"}:
            return f"{self.town} {self.postcode}"
        return f"{self.postcode} {self.town}"

    def address(self, language: str = "", *, has_country: bool = False) -> list[str]:
        """Lines below the name."""
        lines = [self.street, self.place]
        if has_country:
            names = COUNTRY_NAMES[self.country]
            lines.append(names.get(language) or names.get("en") or self.country)
        return lines


def company(
    chance: random.Random, country: str, language: str, *, has_account: bool = True
) -> Company:
    """A company that does not exist; the same draw gives the same one."""
    stem = chance.choice(_STEMS)
    words = _TRADES.get(language, _TRADES["en"]).split(",")
    trade = chance.choice(words)
    form = chance.choice(_FORMS[country])
    pattern = chance.random()
    if pattern < 0.6:
        short = f"{stem} {trade}"
    elif pattern < 0.8:
        second = chance.choice(_STEMS)
        short = f"{stem} & {second}" if second != stem else stem
    else:
        short = f"{stem}"
    town, postcode = _town(chance, country)
    domain = anyascii(stem).lower()
    has_vat_id = country != "US"
    return Company(
        name=f"{short} {form}",
        short_name=short,
        street=street(chance, country),
        postcode=postcode,
        town=town,
        country=country,
        vat_id=identifiers.vat_id(chance, country) if has_vat_id else "",
        iban=identifiers.iban(chance, country) if has_vat_id and has_account else "",
        bic=identifiers.bic(chance, country) if has_vat_id and has_account else "",
        phone=_phone(chance, country),
        domain=f"{domain}.example",
    )


def street(chance: random.Random, country: str) -> str:
    """A street with its number, in the country's order."""
    name = chance.choice(_STREETS[country].split(","))
    number = str(chance.randint(1, 188))
    if country in {"GB", "US", "FR"}:
        return f"{number} {name}"
    return f"{name}, {number}" if country in {"ES", "IT"} else f"{name} {number}"


def home(chance: random.Random, country: str) -> tuple[str, str]:
    """Street and place where somebody lives: two lines of an address."""
    town, postcode = _town(chance, country)
    place = f"{town} {postcode}" if country in {"GB", "US"} else f"{postcode} {town}"
    return street(chance, country), place


def _town(chance: random.Random, country: str) -> tuple[str, str]:
    town, _, start = chance.choice(_TOWNS[country].split(",")).partition(" ")
    if country == "US":
        state, digits = start.split(" ")
        return f"{town}, {state}", f"{digits}{chance.randint(100, 999)}"
    if country == "GB":
        letters = "".join(chance.choices("ABDEFGHJLN", k=2))
        return town, f"{start}{chance.randint(1, 20)} {chance.randint(1, 9)}{letters}"
    if country == "NL":
        letters = "".join(chance.choices("ABCDEFGHJK", k=2))
        return town, f"{start}{chance.randint(10, 99)} {letters}"
    if country == "PL":
        return town, f"{start}-{chance.randint(100, 999)}"
    if country in {"AT", "CH", "BE"}:
        return town, f"{start}{chance.randint(10, 99)}"
    if country == "SE":
        return town, f"{start}{chance.randint(1, 9)} {chance.randint(10, 99)}"
    return town, f"{start}{chance.randint(100, 999)}"


def _phone(chance: random.Random, country: str) -> str:
    digits = [str(chance.randrange(10)) for _ in range(8)]
    return f"{_DIALLING[country]}{''.join(digits[:2])} {''.join(digits[2:5])} {''.join(digits[5:])}"
