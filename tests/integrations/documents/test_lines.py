"""The order in which words on a page are read."""

from integrations.documents.reading.lines import Found, arrange


def words(*lines: tuple[float, float, str], size: float = 10, fall: float = 0) -> list[Found]:
    """Lines of (left, top, text) in letters of size/2 width, falling by so much a unit."""
    found = []
    for left, top, text in lines:
        for word in text.split(" "):
            right = left + len(word) * size / 2
            lower = top + fall * left
            found.append(Found(word, left, lower, right, lower + size))
            left = right + size / 2
    return found


def text_of(found: list[Found]) -> str:
    text, placed = arrange(found, 1000, 1000)
    assert [text[word.start : word.end] for word in placed] == [word.text for word in placed]
    assert (
        "\n".join(
            " ".join(word.text for word in placed if word.line == line)
            for line in range(text.count("\n") + 1)
        )
        == text
    )
    return text


def test_labels_and_values_far_apart_stay_in_one_line():
    found = words((50, 100, "Total"), (700, 102, "119.00"), (50, 120, "Due"), (700, 121, "1 May"))
    assert text_of(found[::-1]) == "Total 119.00\nDue 1 May"


def test_print_that_falls_across_the_page_stays_in_its_lines():
    found = words(
        *(
            (left, 100 + 14 * line, f"{line}{left}")
            for line in range(5)
            for left in range(0, 1000, 60)
        ),
        fall=0.03,
    )
    assert [line.split()[0] for line in text_of(found).split("\n")] == [
        "00",
        "10",
        "20",
        "30",
        "40",
    ]


def test_a_small_word_beside_large_print_does_not_join_two_lines():
    found = words((50, 100, "ACME"), size=40) + words((300, 100, "Street 1"), (300, 126, "Town"))
    assert text_of(found).split("\n") == ["Street 1", "ACME", "Town"]


LEFT = [
    "It is a truth that is known by all",
    "that a man in possession of much",
    "fortune must be in want of a wife",
    "however little known the feelings",
    "or views of such a man may be on",
    "his first entering a neighbourhood",
]
RIGHT = [line.upper() for line in LEFT]


def test_columns_of_prose_are_read_one_after_the_other():
    found = words((50, 50, "A heading that runs across all of the page " * 3))
    found += words(*((50, 100 + 12 * at, line) for at, line in enumerate(LEFT)))
    found += words(*((500, 101 + 12 * at, line) for at, line in enumerate(RIGHT)))
    assert text_of(found).split("\n")[1:] == LEFT + RIGHT


def test_tables_and_addresses_are_read_across():
    found = words(*((50, 100 + 12 * at, f"Article number {at}") for at in range(8)))
    found += words(*((500, 100 + 12 * at, f"{at}.00 EUR") for at in range(8)))
    assert text_of(found).split("\n")[3] == "Article number 3 3.00 EUR"


def test_a_line_in_hebrew_is_read_from_the_right():
    found = words((100, 100, "םולש"), (200, 100, "12"), (300, 100, "ABC"), (400, 100, "DEF"))
    found += words((500, 100, "הנובשח"), (600, 100, "רפסמ"))
    assert text_of(found) == "רפסמ הנובשח ABC DEF 12 םולש"


def test_hebrew_words_within_an_english_line_keep_their_own_order():
    found = words((0, 100, "The company is named"), (400, 100, "שתיים"), (500, 100, "אחת"))
    found += words((600, 100, "here and there"))
    assert text_of(found) == "The company is named אחת שתיים here and there"


def test_print_up_the_margin_stands_at_the_end():
    found = words((100, 100, "Total 5"), (100, 300, "Due now"))
    for at, word in enumerate(["Printed", "by", "ACME"]):
        found.append(Found(word, 10, 400 - 100 * at, 20, 480 - 100 * at, is_upright=True))
    assert text_of(found) == "Total 5\nDue now\nPrinted by ACME"


def test_no_words_make_no_line():
    assert arrange([], 100, 100) == ("", ())


def test_a_place_beyond_the_page_is_brought_to_its_edge():
    _, (word,) = arrange([Found("x", -50, -5, 1200, 20)], 1000, 1000)
    assert word.box == (0, 0, 10_000, 200)
