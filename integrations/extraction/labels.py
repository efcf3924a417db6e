"""Words that commonly stand beside a value, in several languages.

A first help where there are few examples; what a model learns from documents outweighs them.
Words are as layout.Token.word has them: case-folded, without outer punctuation.
"""

from __future__ import annotations

_WORDS = {
    # "Number" alone is no label: customers, orders and suppliers have numbers, too.
    "invoice_number": "invoice rechnung rechnungsnummer rechnungs-nr rechnungsnr facture "
    "factuurnummer factuur factura fattura beleg belegnummer belegnr bill receipt",
    "issue_date": "date datum rechnungsdatum factuurdatum fecha data issued issue ausgestellt "
    "belegdatum invoice-date émission émise",
    "due_date": "due fällig fälligkeit fälligkeitsdatum zahlbar échéance vencimiento scadenza "
    "vervaldatum betaaldatum pay zahlungsziel zahlungstermin",
    "net_total": "net netto nettobetrag subtotal zwischensumme ht hors imponibile exkl excl "
    "exclusive untaxed taxable neto warenwert sous-total subtotaal",
    "tax_total": "tax vat mwst ust umsatzsteuer mehrwertsteuer steuer tva btw iva gst steuerbetrag",
    "gross_total": "total gesamt gesamtbetrag brutto bruttobetrag rechnungsbetrag ttc totaal "
    "totale grand summe endbetrag bruttosumme gesamtsumme inkl incl inclusive",
    "amount_due": "due zahlbetrag payable payer betalen fällig balance restbetrag zahlender "
    "offen outstanding pagar pagare",
    "total": "total nett grand amount payable inclusive",
    "purchase_order": "order bestellung bestellnummer bestell-nr commande bestelling pedido ordine "
    "po auftrag auftragsnummer bestellnr purchase",
    "iban": "iban",
    "seller_vat_id": "vat ust-idnr ust-id ustid uid tva btw btw-nr iva ust mwst-nr vat-id",
    "seller_name": "seller supplier lieferant verkäufer fournisseur vendeur leverancier from von",
    "buyer_name": "buyer customer kunde client käufer klant bill to empfänger rechnungsempfänger "
    "rechnungsadresse acheteur destinataire an",
    "description": "description bezeichnung beschreibung artikel item désignation descripción "
    "omschrijving leistung product produkt libellé descrizione",
    "quantity": "quantity qty menge anzahl qté quantité cantidad aantal quantità stück pcs units",
    "unit_price": "price preis einzelpreis prix unit pu prijs precio prezzo rate e-preis",
    "tax_rate": "vat mwst ust tva btw iva tax % taux satz steuersatz rate",
    "net_amount": "amount net betrag gesamt total montant netto importe bedrag importo gesamtpreis",
    "birth_date": "birth geburtsdatum naissance nacimiento geboren nascita born dob",
    "expiry_date": "expiry expires gültig expiration caducidad scadenza valid geldig",
    "document_number": "document passport dokument ausweisnummer passnummer number nr",
    "surname": "surname name nachname familienname nom apellidos cognome achternaam last family",
    "given_names": "given vornamen vorname prénoms prénom nombre nome voornamen first forename",
    "address_issue_date": "date datum issued fecha data",
}
LEXICON = {term: frozenset(words.split()) for term, words in _WORDS.items()}
TERMS: dict[str, tuple[str, ...]] = {}
for _term, _words in LEXICON.items():
    for _word in _words:
        TERMS[_word] = (*TERMS.get(_word, ()), _term)
