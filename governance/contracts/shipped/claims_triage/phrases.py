"""How people report damages, by kind of loss, by how bad it is, and by what seems odd about it."""

from __future__ import annotations

# Kind of loss -> policies it is reported under, and how it is told.
STORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "collision": (
        ("motor",),
        (
            "I was hit from behind at the traffic lights in {place}.",
            "While parking in {place} I touched another car.",
            "A van took my right of way at the junction near {place}.",
            "I slid on the wet road and hit the crash barrier outside {place}.",
        ),
    ),
    "theft": (
        ("motor", "home", "travel"),
        (
            "When I came back to {place} it was gone.",
            "Somebody broke in overnight in {place} and took our things.",
            "It was stolen from the locked boot in {place}.",
            "My bag was taken in a café in {place}.",
        ),
    ),
    "fire": (
        ("home", "motor"),
        (
            "A pan caught fire in the kitchen of our flat in {place}.",
            "There was a fire in the electrics at {place}.",
            "The neighbour's garage in {place} burnt and the fire spread to ours.",
        ),
    ),
    "water": (
        ("home",),
        (
            "The pipe under the sink burst in our house in {place}.",
            "The washing machine leaked into the flat below in {place}.",
            "After the heavy rain the cellar in {place} was under water.",
        ),
    ),
    "storm": (
        ("home", "motor"),
        (
            "The storm tore tiles off the roof in {place}.",
            "A tree fell in the storm in {place}.",
            "Hail came down in {place} and left dents everywhere.",
        ),
    ),
    "vandalism": (
        ("motor", "home"),
        (
            "Somebody scratched it along the whole side in {place}.",
            "The front was sprayed with paint overnight in {place}.",
            "The window was smashed in {place}, nothing was taken.",
        ),
    ),
    "illness": (
        ("travel",),
        (
            "I fell ill on holiday in {place} and had to see a doctor.",
            "We had to break off the trip to {place} because of an infection.",
            "My daughter had a high fever in {place} and was treated there.",
        ),
    ),
    "injury_to_others": (
        ("liability",),
        (
            "My dog made a cyclist fall in {place}.",
            "A guest slipped on our steps in {place}.",
            "I ran into a pedestrian with my bicycle in {place}.",
        ),
    ),
    "baggage": (
        ("travel",),
        (
            "My suitcase did not arrive in {place}.",
            "The airline damaged my bag on the way to {place}.",
            "Our luggage was lost on the flight to {place}.",
        ),
    ),
}

# How bad it is, from minor to catastrophic.
EXTENT: tuple[tuple[str, ...], ...] = (
    (
        "There is only a small scratch.",
        "It can be repaired in an hour.",
        "Luckily little happened.",
        "It is a matter of a few replaced parts.",
        "We cleaned up most of it ourselves.",
    ),
    (
        "Several parts have to be replaced.",
        "The workshop says it will take about a week.",
        "Two rooms are affected.",
        "It cannot be used until it is repaired.",
        "The floor and some furniture are ruined.",
    ),
    (
        "The damage is heavy, an expert has to look at it.",
        "It is a write-off according to the garage.",
        "We cannot live there at the moment.",
        "The whole storey is damaged.",
        "I was taken to hospital and stayed for days.",
    ),
    (
        "Everything is destroyed.",
        "The building is in danger of collapse.",
        "Two people are in intensive care.",
        "The house burnt down to the walls.",
        "Nothing could be saved, the family is in emergency housing.",
    ),
)

INJURIES: tuple[tuple[str, ...], ...] = (
    ("I have a slight bruise.", "My wrist hurts a little.", "One person had a small cut."),
    ("The doctor diagnosed whiplash.", "I am on sick leave for two weeks.", "A finger is broken."),
    ("The leg is broken in two places.", "She had to have surgery.", "He is still in hospital."),
    ("She will not walk again.", "He is in a coma.", "One person died of the injuries."),
)

# What seems odd, weakly or strongly.
ODDITIES: tuple[tuple[str, ...], ...] = (
    (),
    (
        "I no longer have the receipts.",
        "I do not remember the exact time.",
        "There are no witnesses.",
        "I had only bought the cover a few weeks before.",
        "I cannot say who else was there.",
    ),
    (
        "Please pay in cash and without sending an expert.",
        "I have already thrown the damaged things away.",
        "The serial numbers are not known and the photos are lost.",
        "I raised the sum insured the week before.",
        "The same thing was paid by another insurer last year, I think.",
    ),
)
HARMLESS = (
    "Photos are attached.",
    "The receipts are attached.",
    "I have informed the landlord.",
    "You can reach me in the evening.",
    "A neighbour saw it and can confirm it.",
    "Please tell me what you need from me.",
    "I have been with you for many years.",
)
PLACES = ("Northwick", "Elmsford", "Lower Hatch", "Port Sella", "Brenton", "Casa Verde", "Ostrava")
REGIONS = ("north", "east", "south", "west", "abroad")
