"""What is sold on made-up invoices: description, unit, usual price and whether taxed less."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goods:
    """price is a middle one in euros, is_reduced marks what the lower VAT rate is for."""

    description: str
    unit: str
    price: float
    is_reduced: bool = False


_LISTS: dict[str, str] = {
    "de": """Kopierpapier A4 80 g, weiß;Pkt.;4.20
Ordner 80 mm, blau;Stk.;2.35
Drucker-Toner schwarz XL;Stk.;79.90
Schreibtischlampe LED „Lumo“;Stk.;48.50
Mineralwasser still 12 x 0,7 l;Kiste;6.90
Kaffee Espressobohnen 1 kg;Stk.;17.80;*
Wartung Aufzugsanlage, Quartalspauschale;psch.;420
Fachbuch „Arbeitssicherheit kompakt“;Stk.;34.50;*
Montage vor Ort, Facharbeiter;Std.;64
Edelstahlrohr 42,4 x 2 mm;m;11.75
Softwarepflege Modul Lager;Monat;185
Unterhaltsreinigung Büro;Std.;29.80
Faltschachtel 300 x 200 x 150 mm;Stk.;0.89
Anfahrt Servicetechniker;psch.;45
Obstkorb Büro, wöchentlich;Stk.;38;*
Schraube M8x40 verzinkt, 100er-Pack;Pkt.;12.40
Netzwerkkabel Cat 6, 5 m;Stk.;7.95
Prüfung ortsveränderlicher Geräte;Stk.;5.60""",
    "en": """Copier paper A4, 80 gsm;ream;4.60
Lever arch file, blue;pcs;2.10
Toner cartridge, black, high yield;pcs;84.50
LED desk lamp "Lumo";pcs;46.00
Still water 12 x 750 ml;case;7.20
Espresso beans 1 kg;bag;18.40
Lift maintenance, quarterly fee;fee;395
Consulting: warehouse layout;hr;110
On-site assembly, skilled labour;hr;58
Stainless tube 42.4 x 2 mm;m;12.20
Software support, stock module;month;170
Office cleaning, evening shift;hr;22.50
Corrugated box 300 x 200 x 150 mm;pcs;0.95
Call-out charge;fee;60
Fruit basket, weekly;pcs;35;*
Hex bolt M8x40 zinc, pack of 100;pack;13.10
Network cable Cat 6, 5 m;pcs;8.25
Portable appliance test;pcs;4.80
Safety handbook, 4th edition;pcs;32.00;*""",
    "fr": """Papier copieur A4 80 g;ramette;4.50
Classeur à levier 80 mm, bleu;pce;2.60
Cartouche de toner noir XL;pce;82.00
Lampe de bureau LED « Lumo »;pce;49.90
Eau minérale plate 12 x 75 cl;caisse;7.10;*
Café en grains 1 kg;pce;18.20;*
Maintenance ascenseur, forfait trimestriel;forfait;410
Conseil en organisation d'entrepôt;h;95
Montage sur site, main-d'œuvre;h;56
Tube inox 42,4 x 2 mm;m;12.40
Assistance logiciel, module stock;mois;175
Nettoyage de bureaux;h;27.50
Caisse carton 300 x 200 x 150 mm;pce;0.92
Forfait déplacement;forfait;55
Panier de fruits hebdomadaire;pce;36;*
Vis M8x40 zinguée, lot de 100;lot;12.90
Câble réseau Cat 6, 5 m;pce;8.10""",
    "nl": """Kopieerpapier A4 80 g;pak;4.40
Ordner 80 mm, blauw;st;2.25
Toner zwart, hoge capaciteit;st;81.50
Bureaulamp led 'Lumo';st;47.50
Mineraalwater 12 x 0,75 l;krat;6.80;*
Espressobonen 1 kg;st;17.95;*
Onderhoud lift, per kwartaal;post;405
Advies magazijninrichting;uur;98
Montage op locatie;uur;59
Rvs buis 42,4 x 2 mm;m;11.90
Softwareonderhoud voorraadmodule;maand;180
Schoonmaak kantoor;uur;28.40
Kartonnen doos 300 x 200 x 150 mm;st;0.88
Voorrijkosten;post;52
Fruitmand, wekelijks;st;37;*
Bout M8x40 verzinkt, 100 stuks;pak;12.60
Netwerkkabel Cat 6, 5 m;st;7.85""",
    "es": """Papel de copia A4 80 g;paquete;4.30
Archivador de palanca, azul;ud;2.45
Tóner negro de alta capacidad;ud;80.00
Lámpara de escritorio LED «Lumo»;ud;45.90
Agua mineral 12 x 0,75 l;caja;6.40;*
Café en grano 1 kg;ud;16.90;*
Mantenimiento de ascensor, cuota trimestral;cuota;380
Consultoría de almacén;h;85
Montaje en obra;h;42
Tubo inoxidable 42,4 x 2 mm;m;11.30
Soporte de software, módulo de almacén;mes;165
Limpieza de oficinas;h;19.80
Caja de cartón 300 x 200 x 150 mm;ud;0.85
Desplazamiento;ud;40
Cesta de fruta semanal;ud;33;*
Tornillo M8x40 cincado, 100 uds.;paquete;11.90
Cable de red Cat 6, 5 m;ud;7.60""",
    "it": """Carta per copie A4 80 g;risma;4.35
Raccoglitore a leva, blu;pz;2.50
Toner nero alta capacità;pz;79.00
Lampada da tavolo LED "Lumo";pz;47.00
Acqua minerale 12 x 0,75 l;cassa;6.20
Caffè in grani 1 kg;pz;16.50;*
Manutenzione ascensore, canone trimestrale;canone;390
Consulenza logistica di magazzino;ora;88
Montaggio in loco;ora;45
Tubo inox 42,4 x 2 mm;m;11.60
Assistenza software, modulo magazzino;mese;168
Pulizia uffici;ora;21.50
Scatola di cartone 300 x 200 x 150 mm;pz;0.87
Diritto di chiamata;pz;48
Cesto di frutta settimanale;pz;34;*
Vite M8x40 zincata, conf. da 100;conf.;12.10
Cavo di rete Cat 6, 5 m;pz;7.70""",
    "pl": """Papier ksero A4 80 g;op.;3.90
Segregator 80 mm, niebieski;szt.;1.95
Toner czarny XL;szt.;69.00
Lampka biurkowa LED Lumo;szt.;39.00
Woda mineralna 12 x 0,75 l;op.;5.10
Kawa ziarnista 1 kg;szt.;14.80
Serwis windy, opłata kwartalna;usł.;310
Doradztwo magazynowe;godz.;62
Rura nierdzewna 42,4 x 2 mm;m;9.80
Opieka nad programem, moduł magazyn;mies.;140
Karton 300 x 200 x 150 mm;szt.;0.70
Dojazd serwisu;usł.;35
Kosz owoców;szt.;28;*
Kabel sieciowy Cat 6, 5 m;szt.;5.90""",
}


def goods(language: str) -> tuple[Goods, ...]:
    return tuple(map(_goods, _LISTS[language].splitlines()))


def _goods(row: str) -> Goods:
    description, unit, price, *mark = row.split(";")
    return Goods(description, unit, float(price), is_reduced=bool(mark))


# Standard and reduced rate by country, in per cent; 0 and 0 where there is no VAT.
RATES: dict[str, tuple[str, str]] = {
    "DE": ("19", "7"),
    "AT": ("20", "10"),
    "CH": ("8.1", "2.6"),
    "FR": ("20", "5.5"),
    "NL": ("21", "9"),
    "BE": ("21", "6"),
    "ES": ("21", "10"),
    "IT": ("22", "10"),
    "GB": ("20", "0"),
    "US": ("7.5", "0"),
    "SE": ("25", "12"),
    "PL": ("23", "8"),
}
# How many units of a country's currency a euro is about worth, for prices that look usual.
CURRENCIES: dict[str, tuple[str, float]] = {
    "GB": ("GBP", 0.86),
    "US": ("USD", 1.1),
    "CH": ("CHF", 0.96),
    "SE": ("SEK", 11.3),
    "PL": ("PLN", 4.3),
}
