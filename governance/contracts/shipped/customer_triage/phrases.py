"""What customers of an energy supplier write about, in several wordings each.

In a wording, {amount}, {month}, {day}, {number} and {street} are filled in by the maker. A
wording may stand under two situations: such a message can be read either way, as real ones can.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Situation:
    """One reason to write. share is how often, relative to the others."""

    category: str
    urgency: str
    reply: str
    share: int
    subjects: tuple[str, ...]
    wordings: tuple[str, ...]


SITUATIONS = (
    Situation(
        "billing",
        "normal",
        "explain_bill",
        9,
        ("My bill for {month}", "Question about invoice {number}", "Bill much too high", ""),
        (
            "My bill for {month} is {amount} euro, which is far more than I usually pay. "
            "Can you explain how it comes about?",
            "I do not understand invoice {number}. What is the second line for {amount} euro?",
            "Why has my invoice nearly doubled since {month}? Nothing has changed in our house.",
            "There is a network fee of {amount} euro on the bill that I have never seen before.",
            "Your yearly statement says that I used twice as much as last year. "
            "That cannot be right, please check it.",
            "I live alone and got a bill over {amount} euro. Please look at it again.",
        ),
    ),
    Situation(
        "billing",
        "normal",
        "refund_on_its_way",
        5,
        ("Where is my refund", "Credit from {month}", "Charged twice"),
        (
            "According to my final statement I get {amount} euro back. "
            "It has not arrived on my account yet.",
            "You took {amount} euro twice in {month}. Please pay one of them back.",
            "I have a credit of {amount} euro and would like to have it paid out.",
            "When will the refund of {amount} euro be transferred? I was told {day}.",
            "I was charged for {month} although I had moved out by then, I want the money back.",
        ),
    ),
    Situation(
        "payment",
        "normal",
        "payment_plan",
        6,
        ("Cannot pay at once", "Instalments", "Reminder {number}", ""),
        (
            "I cannot pay the {amount} euro in one go. Can I pay in instalments?",
            "I lost my job in {month} and need more time to pay invoice {number}.",
            "Is it possible to split the bill of {amount} euro over several months?",
            "We are a bit short at the moment, could you move the due date to {day}?",
            "I have received a reminder. I can pay {amount} euro now and the rest later.",
        ),
    ),
    Situation(
        "payment",
        "high",
        "payment_plan",
        3,
        ("Disconnection notice", "Please do not cut us off", "Last reminder {number}"),
        (
            "I got a letter that our electricity will be cut off on {day}. We have two small "
            "children. Please let me pay in instalments.",
            "You threaten to disconnect me because of {amount} euro. I get my salary on {day}, "
            "please wait until then.",
            "The disconnection notice came today. I can pay half of the {amount} euro at once.",
        ),
    ),
    Situation(
        "payment",
        "low",
        "personal_answer",
        4,
        ("New bank account", "Direct debit", "Change of bank details"),
        (
            "I have changed banks. Please debit the new account from {month} on.",
            "I would like to cancel the direct debit and pay by transfer instead.",
            "Please change my monthly payment to {amount} euro.",
            "Could you debit me on the 15th rather than the 1st of the month?",
        ),
    ),
    Situation(
        "meter_reading",
        "low",
        "reading_received",
        8,
        ("Meter reading", "Reading {number}", "Reading for {month}", ""),
        (
            "Here is my reading: {number} kWh, read on {day}.",
            "Meter reading as you asked for: {number}. Meter is in the cellar.",
            "The counter shows {number}. I could not enter it on your page.",
            "Please find the reading of my gas meter for {month}: {number} cubic metres.",
            "I send you the reading a little late, sorry. It is {number}.",
        ),
    ),
    Situation(
        "meter_reading",
        "normal",
        "personal_answer",
        3,
        ("Wrong reading", "Reading was estimated", "New meter"),
        (
            "You estimated my consumption, the real reading on {day} was {number}.",
            "The reading on my bill is wrong, the meter says {number} and not what you wrote.",
            "Your technician changed the meter on {day} and the old reading was noted wrongly.",
            "Your yearly statement says that I used twice as much as last year. "
            "That cannot be right, please check it.",
        ),
    ),
    Situation(
        "outage",
        "high",
        "outage_status",
        7,
        ("No power", "Power cut in {street}", "No heating", ""),
        (
            "We have had no electricity in {street} since this morning. When will it be back?",
            "The power is out again, the third time this week. What is going on?",
            "No gas since {day}, the heating is cold. How long will this take?",
            "Half of the flat has no power although the fuses are fine.",
            "The whole of {street} is dark. Nobody answers your hotline.",
        ),
    ),
    Situation(
        "outage",
        "critical",
        "safety_call",
        4,
        ("URGENT", "Smell of gas", "Sparks from the meter", "Emergency"),
        (
            "It smells of gas in our stairway in {street}. What should we do?",
            "There are sparks coming out of the meter box and it smells burnt.",
            "A cable is hanging down onto the pavement in {street} after the storm.",
            "My mother needs an oxygen machine and we have had no power for hours.",
            "The meter cupboard is hot to the touch and humming loudly since {day}.",
        ),
    ),
    Situation(
        "moving_house",
        "normal",
        "moving_form",
        7,
        ("We are moving", "New address", "Moving out on {day}", ""),
        (
            "We are moving to {street} on {day}. How do I take my contract with me?",
            "I am moving out of my flat on {day}. What do you need from me?",
            "I took over a flat in {street} and would like to register for electricity.",
            "Please note my new address from {day}: {street}.",
            "My tenant moved out on {day}, reading {number}. The flat is empty now.",
        ),
    ),
    Situation(
        "tariff_change",
        "low",
        "tariff_offer",
        7,
        ("Cheaper tariff", "Green electricity", "Offer", ""),
        (
            "Do you have a cheaper tariff? I use about {number} kWh a year.",
            "I would like to change to green electricity. What does it cost?",
            "My fixed price ends in {month}. What can you offer me?",
            "I have bought an electric car. Is there a night tariff for charging?",
            "A neighbour pays less than I do. Can I switch to the same tariff?",
        ),
    ),
    Situation(
        "cancellation",
        "normal",
        "cancellation_confirmed",
        6,
        ("Cancellation", "Notice of contract {number}", "End of contract"),
        (
            "I hereby cancel my contract {number} as of {day}. Please confirm in writing.",
            "I have found another supplier and end my contract at the next possible date.",
            "Because of the price increase I use my special right to cancel as of {day}.",
            "Please confirm that my contract ends in {month}.",
            "My father has died and his contract {number} has to be ended.",
        ),
    ),
    Situation(
        "cancellation",
        "normal",
        "tariff_offer",
        3,
        ("Thinking of leaving", "Price increase"),
        (
            "The price increase is too much. If there is no better offer I will cancel.",
            "Other suppliers are {amount} euro cheaper. What can you offer so that I stay?",
            "I am thinking about leaving you in {month}. My fixed price ends then.",
        ),
    ),
    Situation(
        "account_access",
        "normal",
        "reset_login",
        6,
        ("Cannot log in", "Password", "Account locked", ""),
        (
            "I cannot log in to the customer portal. The reset mail never arrives.",
            "My account is locked after three tries. Please unlock it.",
            "I have forgotten my password and my old e-mail address does not exist any more.",
            "The app says unknown user although I registered in {month}.",
            "How do I get into my online account? The code you sent does not work.",
        ),
    ),
    Situation(
        "complaint",
        "high",
        "apology",
        5,
        ("Complaint", "Third message!", "This is unacceptable", ""),
        (
            "This is the third time that I write and nobody answers. I am really disappointed.",
            "Your technician did not come on {day}. I took a day off for nothing.",
            "I waited on the phone for an hour and was then cut off. This is no service.",
            "I was promised a call back by {day}. Nothing happened. Is anybody there?",
            "The power is out again, the third time this week. What is going on?",
        ),
    ),
    Situation(
        "complaint",
        "high",
        "personal_answer",
        3,
        ("Formal complaint", "Last warning", "Ombudsman"),
        (
            "I will go to the ombudsman if invoice {number} is not corrected by {day}.",
            "My lawyer will contact you about the {amount} euro that you keep.",
            "I demand a written statement on this matter by {day}, or I take it to court.",
            "Your salesman signed a contract for my grandmother without asking her.",
        ),
    ),
    Situation(
        "general_question",
        "low",
        "personal_answer",
        6,
        ("Question", "Opening hours", "Information", ""),
        (
            "When is your office in {street} open?",
            "Do you also install solar panels?",
            "Where on the bill do I find my customer number?",
            "I need a confirmation of my contract for the authorities.",
            "Who is responsible for the street lamp in front of {street}?",
            "Can I get my letters by e-mail from now on?",
        ),
    ),
)

# What else people mention; it changes nothing about what they want.
ASIDES = (
    "By the way, I have been a customer since 2009.",
    "I already tried the phone but could not get through.",
    "My customer number is {number}.",
    "Last year I had trouble with the meter as well.",
    "The bill for {month} is paid, by the way.",
    "I also moved recently, but you know that already.",
    "My neighbour has the same problem.",
    "Otherwise I am happy with you.",
    "I hope this is the right address for it.",
    "Please answer by e-mail.",
)

OPENINGS = (
    "Hello,",
    "Good morning,",
    "Dear Sir or Madam,",
    "Hi there,",
    "Dear team,",
    "To whom it may concern,",
    "hi",
    "",
    "",
)
CLOSINGS = (
    "Kind regards\n{name}",
    "Best wishes, {name}",
    "Thank you\n{name}",
    "Thanks!",
    "Yours sincerely\n{name}",
    "{name}",
    "Regards",
    "",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Anna Ben Carla David Elena Felix Grace Hannah Ivan Julia Karim Lena Milan Nora Omar Paula "
    "Quentin Rosa Samir Tara Ulla Victor Wanda Yusuf Zoe"
)
LAST_NAMES = _words(
    "Adler Berger Costa Dietrich Evans Fischer Garcia Hofer Ito Jansen Keller Lopez Meier Novak "
    "Olsen Petrov Quinn Rossi Schmid Tanaka Urban Vogel Weber Yilmaz Zeller"
)
STREETS = (
    "Mill Lane 4",
    "Station Road 17",
    "Church Street 2",
    "Garden Walk 33",
    "Harbour Street 8",
    "Oak Avenue 51",
)
MONTHS = _words(
    "January February March April May June July August September October November December"
)
