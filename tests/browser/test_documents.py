"""Reviewing what lies in documents: evidence in view, words taken over, tables typed."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from review.models import Decision, Draft
from tests import factories, papers
from tests.browser.conftest import eventually
from tests.browser.looking import AXE, RULES, RUN
from tests.papers import Text

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
WRONG = {"due_date": "2026-04-12", "gross_total": 285.82}
UNSURE = {"due_date": 0.61, "gross_total": 0.71}


@pytest.fixture
def process(transactional_db):
    return papers.make_process()


@pytest.fixture
def invoice(process):
    """Twelve fields on one page; the model misread the day and the total, and is unsure of both."""
    item = papers.make_item(process)
    _, evidence = papers.add_paper(item)
    output = {**papers.INVOICE, **WRONG, "tax_total": 68.32}  # so that no sum speaks up as well
    papers.propose(item, output, confidence=UNSURE, evidence=evidence)
    return item.tasks.select_related("queue").get()


@pytest.fixture
def open_task(visit, cast):
    """Signs the operator in and takes up the queue of a task."""

    def opened(task, *, person=None):
        visit.sign_in(person or cast.operator)
        visit.go("review", task.queue.process_id, task.queue.name)
        visit.page.keyboard.press("g")
        visit.wait_for_task(task)
        return visit.page

    return opened


def field(page, name):
    return page.locator(f'[data-field="{name}"]')


def typed(page, name):
    return field(page, name).locator(f'[name="output.{name}"]')


def strong(page, name):
    return page.locator(f'svg.marks .mark-strong[data-for="{name}"]')


def at(page, x, y, sheet=0):
    """The window's place of a page's place, given in ten-thousandths."""
    box = page.locator(".sheet:visible").nth(sheet).bounding_box()
    return box["x"] + box["width"] * x / 10_000, box["y"] + box["height"] * y / 10_000


def middle(evidence):
    left, top, right, bottom = evidence.box
    return (left + right) / 2, (top + bottom) / 2


def places():
    """Where each value of the sheet stands, without a document."""
    _, _, boxes = papers.draw(papers.sheet())
    return {name: ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for name, b in boxes.items()}


def words_are_there(page):
    """Wait until the words of the page were fetched: a word under the pointer is marked."""
    page.mouse.move(*at(page, *places()["seller_name"]))
    page.wait_for_selector("svg.marks .hover", state="attached")


def is_within(inner, outer):
    return (
        inner["y"] >= outer["y"] - 1
        and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1
        and inner["x"] >= outer["x"] - 1
        and inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
    )


def test_twelve_fields_with_two_flagged_take_six_keys_and_the_typed_text(open_task, invoice):
    page = open_task(invoice)
    expect(page.locator("[data-field]")).to_have_count(12)
    expect(page.locator("[data-field][data-flagged]")).to_have_count(2)
    keys = ["Enter", "2026-04-11", "Tab", "Enter", "258.82", "Control+Enter"]
    for key in keys:
        (page.keyboard.type if key[0].isdigit() else page.keyboard.press)(key)
    eventually(lambda: Decision.objects.filter(task=invoice).exists())
    decision = Decision.objects.get(task=invoice)
    assert sum(1 for key in keys if not key[0].isdigit()) <= 6
    assert decision.verdict == "correct"
    assert decision.output == {
        **papers.INVOICE,
        "tax_total": 68.32,
        "due_date": "2026-04-11",
        "gross_total": 258.82,
    }


def test_tab_goes_to_the_next_flagged_field_and_brings_its_evidence_into_view(open_task, process):
    far = [*papers.sheet(), Text(90, 1690, "Kopie")]
    task = papers.make_task(process, confidence={"seller_name": 0.4, "iban": 0.6}, pages=[far])
    page = open_task(task)
    assert field(page, "seller_name").evaluate("field => field.contains(document.activeElement)")
    desk = page.locator(".sheets:visible").bounding_box()
    assert is_within(strong(page, "seller_name").bounding_box(), desk)
    page.keyboard.press("Tab")
    expect(field(page, "iban")).to_be_focused()
    assert is_within(strong(page, "iban").bounding_box(), desk)
    page.keyboard.press("Shift+Tab")
    assert is_within(strong(page, "seller_name").bounding_box(), desk)


def test_evidence_comes_with_the_focus_itself(open_task, invoice):
    page = open_task(invoice)
    took = page.evaluate(
        """() => {
            const began = performance.now();
            document.querySelector('[data-field="iban"]').focus();
            const mark = document.querySelector('svg.marks .mark-strong[data-for="iban"]');
            const desk = document.querySelector('.paper:not([hidden]) .sheets');
            const [inner, outer] = [mark, desk].map((one) => one.getBoundingClientRect());
            const isSeen = inner.top >= outer.top && inner.bottom <= outer.bottom;
            if (!isSeen) throw new Error("not in view");
            return performance.now() - began;
        }"""
    )
    assert took <= 100


def test_every_field_can_be_reached_by_keys(open_task, invoice):
    page = open_task(invoice)
    seen = []
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    for _ in range(12):
        seen.append(page.evaluate("document.activeElement.closest('[data-field]').dataset.field"))
        page.keyboard.press("ArrowDown")
    assert seen == list(papers.INVOICE)


def test_evidence_on_another_page_and_in_another_document_is_brought_up(open_task, process):
    item = papers.make_item(process)
    _, first = papers.add_paper(item, [[Text(90, 90, "Anschreiben")], papers.sheet()])
    papers.add_paper(item, [[Text(90, 300, "Konto", size=30)]], name="konto.pdf")
    other = papers.add_paper(item, [[Text(90, 300, "DE89 3704", "iban")]], name="bank.pdf")[1]
    evidence = {**first, **other}
    papers.propose(
        item, papers.INVOICE, confidence={"gross_total": 0.5, "iban": 0.6}, evidence=evidence
    )
    page = open_task(item.tasks.select_related("queue").get())
    desk = page.locator(".sheets:visible").bounding_box()
    assert is_within(strong(page, "gross_total").bounding_box(), desk)
    expect(page.locator(".page-number")).to_have_text("2 / 2")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="bank.pdf")).to_have_attribute("aria-selected", "true")
    expect(strong(page, "iban")).to_be_visible()


def test_nothing_moves_under_a_pressed_pointer(open_task, invoice):
    page = open_task(invoice)
    field(page, "seller_name").click()
    page.wait_for_selector('[data-field="seller_name"][data-current]')  # unfolds behind the click
    target = field(page, "currency").locator("input[type=text]")
    before = target.bounding_box()
    page.mouse.move(before["x"] + 10, before["y"] + 10)
    page.mouse.down()
    assert target.bounding_box() == before
    page.mouse.up()
    expect(target).to_be_focused()
    page.wait_for_selector('[data-field="currency"][data-current]')
    expect(page.locator("[data-current]")).to_have_count(1)


def test_a_mark_leads_to_its_field(open_task, invoice):
    page = open_task(invoice)
    page.mouse.click(*at(page, *places()["purchase_order"]))
    page.wait_for_selector('[data-field="purchase_order"]:focus')
    expect(field(page, "purchase_order")).not_to_have_attribute("data-changed", re.compile(".*"))


def test_a_clicked_word_is_taken_over_as_what_the_field_is(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("Enter")
    words_are_there(page)
    page.mouse.click(*at(page, *places()["issue_date"]))  # "März", one of three words of a day
    page.get_by_text("Taken over: 12. März 2026").wait_for()
    expect(typed(page, "due_date")).to_have_value("2026-03-12")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.mouse.click(*at(page, *places()["gross_total"]))
    page.get_by_text("Taken over: 258,82").wait_for()
    expect(typed(page, "gross_total")).to_have_value("258.82")
    page.keyboard.press("Control+Enter")
    eventually(lambda: Decision.objects.filter(task=invoice).exists())
    decision = Decision.objects.get(task=invoice)
    assert decision.output["due_date"] == "2026-03-12"
    assert set(decision.evidence) == {"due_date", "gross_total"}
    place = decision.evidence["gross_total"][0]
    document = invoice.item.documents.get()
    assert (place["document"], place["page"]) == (str(document.pk), 1)
    assert place["box"][0] < places()["gross_total"][0] < place["box"][2]


def test_an_account_number_in_groups_is_taken_over_whole(open_task, process):
    output = {**papers.INVOICE, "iban": "DE8937040044053201300"}
    item = papers.make_item(process)
    papers.add_paper(item)
    papers.propose(item, output, confidence={"iban": 0.3})
    page = open_task(item.tasks.select_related("queue").get())
    page.locator('[data-field="iban"]').focus()
    page.locator(".sheets:visible").evaluate("desk => desk.scrollTo(0, desk.scrollHeight)")
    page.wait_for_timeout(400)
    page.mouse.move(*at(page, *places()["iban"]))
    page.wait_for_selector("svg.marks .hover", state="attached")
    page.mouse.click(*at(page, *places()["iban"]))
    page.get_by_text("Taken over: DE89 3704 0044 0532 0130 00").wait_for()
    expect(typed(page, "iban")).to_have_value("DE89370400440532013000")


def test_what_is_no_such_thing_is_said_and_changes_nothing(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("Enter")
    words_are_there(page)
    page.mouse.click(*at(page, *places()["seller_name"]))
    page.get_by_text("is not a date.").wait_for()
    expect(typed(page, "due_date")).to_have_value("2026-04-12")


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_dragging_over_an_area_takes_its_words_whichever_way_the_page_is_turned(
    open_task, process, turns
):
    task = papers.make_task(process, {"seller_name": "Nordlicht"}, confidence={"seller_name": 0.4})
    page = open_task(task)
    words_are_there(page)
    for _ in range(turns):
        page.keyboard.press("t")
    box = page.locator('svg.marks [data-for="seller_name"]').bounding_box()
    page.mouse.move(box["x"] - 4, box["y"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] + 4, box["y"] + box["height"] + 4)
    expect(page.locator("svg.marks .lasso")).to_have_count(1)
    page.mouse.up()
    page.get_by_text("Taken over: Nordlicht Office GmbH").wait_for()
    expect(typed(page, "seller_name")).to_have_value("Nordlicht Office GmbH")


def test_words_are_found_and_taken_over_by_keys(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("f")
    page.keyboard.type("11.04")
    page.get_by_text("1 of 1", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Taken over: 11.04.2026").wait_for()
    expect(typed(page, "due_date")).to_have_value("2026-04-11")
    assert page.evaluate("document.activeElement.dataset.field") == "due_date"


def test_words_are_walked_through_by_keys(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("w")
    page.wait_for_selector("svg.marks .cursor", state="attached")
    page.keyboard.press("ArrowUp")  # from the due date to the date above it
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Enter")
    page.get_by_text("Taken over: 12. März 2026").wait_for()
    expect(typed(page, "due_date")).to_have_value("2026-03-12")


def test_ctrl_enter_in_the_search_decides_nothing(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("f")
    page.keyboard.type("zzz")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("a")
    page.wait_for_timeout(150)
    assert not Decision.objects.exists()


def test_zoom_fit_and_turning(open_task, invoice):
    page = open_task(invoice)
    sheet = page.locator(".sheet:visible").first
    before = sheet.bounding_box()["width"]
    page.keyboard.press("+")
    assert sheet.bounding_box()["width"] > before * 1.05
    page.keyboard.press("0")
    assert sheet.bounding_box()["width"] == pytest.approx(before, abs=1)
    desk = page.locator(".sheets:visible").bounding_box()
    page.keyboard.press("0")
    assert sheet.bounding_box()["height"] <= desk["height"]
    page.mouse.move(desk["x"] + 200, desk["y"] + 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_timeout(50)
    assert sheet.bounding_box()["height"] > desk["height"] * 0.95
    page.keyboard.press("t")
    turned = sheet.bounding_box()
    assert turned["width"] > turned["height"]


def test_the_large_picture_is_fetched_only_when_somebody_looks_closely(open_task, invoice):
    page = open_task(invoice)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(300)
    assert not [url for url in asked if "/zoom" in url]
    for _ in range(4):
        page.keyboard.press("+")
    page.wait_for_selector('img[data-sharp="shown"]')
    assert [url for url in asked if "/zoom" in url]


def test_pages_are_turned_by_keys_and_by_the_strip(open_task, process):
    pages = [papers.sheet(), *([Text(90, 90, f"Seite {n}", size=60)] for n in range(2, 6))]
    page = open_task(papers.make_task(process, pages=pages))
    number = page.locator(".page-number")
    expect(number).to_have_text("1 / 5")
    page.keyboard.press("]")
    page.wait_for_selector('.thumb[data-goto="2"][aria-current]')
    page.locator('.thumb[data-goto="5"]').click()
    page.wait_for_selector('.thumb[data-goto="5"][aria-current]')
    expect(number).to_have_text("5 / 5")


def test_a_correction_is_shown_against_the_models_value(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("Enter")
    page.keyboard.type("2026-04-11")
    was = field(page, "due_date").locator("[data-diff]")
    expect(was.locator("del")).to_have_text(re.compile("2$"))
    expect(was.locator("ins")).to_have_text(re.compile("1$"))
    expect(was).to_contain_text("removed")
    field(page, "due_date").get_by_role("button", name="Take it back").click()
    expect(typed(page, "due_date")).to_have_value("2026-04-12")
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


def test_days_and_amounts_may_be_typed_as_people_write_them(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("Enter")
    page.keyboard.type("11.4.26")
    page.keyboard.press("Enter")
    expect(typed(page, "due_date")).to_have_value("2026-04-11")
    expect(field(page, "gross_total")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("1.258,82")
    page.keyboard.press("Enter")
    expect(typed(page, "gross_total")).to_have_value("1258.82")


def test_only_flagged_fields_on_request(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("v")
    expect(page.locator("[data-field]:visible")).to_have_count(2)
    page.keyboard.press("v")
    expect(page.locator("[data-field]:visible")).to_have_count(12)


def cells(page, row):
    return page.locator("[data-lines] tbody tr").nth(row).locator(".cell")


def test_lines_are_typed_cell_by_cell_with_their_sum_in_view(open_task, invoice):
    page = open_task(invoice)
    total = page.locator("[data-total]")
    expect(total).to_contain_text("agrees with Net", use_inner_text=True)
    field(page, "lines").focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("48,50")
    page.keyboard.press("Tab")
    expect(cells(page, 0).nth(3)).to_have_value("48.50")
    expect(total).to_contain_text("3.50 more than Net", use_inner_text=True)
    page.locator("[data-lines] tbody tr").nth(2).hover()
    page.locator("[data-drop-line]").nth(2).click()
    page.get_by_role("button", name="Add a row").click()
    page.keyboard.type("Rabatt")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("8.5")
    expect(total).to_contain_text("agrees with Net", use_inner_text=True)
    page.keyboard.press("Control+Enter")
    eventually(lambda: Decision.objects.filter(task=invoice).exists())
    first, second, _ = papers.LINES
    assert Decision.objects.get(task=invoice).output["lines"] == [
        {**first, "net_amount": 48.5},
        second,
        {"description": "Rabatt", "net_amount": 8.5},
    ]


def test_an_untouched_invoice_is_accepted_as_the_model_gave_it(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("a")
    eventually(lambda: Decision.objects.filter(task=invoice).exists())
    decision = Decision.objects.get(task=invoice)
    assert (decision.verdict, decision.evidence) == ("accept", {})


def test_a_draft_keeps_rows_and_where_values_were_taken_over(open_task, invoice):
    page = open_task(invoice)
    words_are_there(page)
    page.keyboard.press("Enter")
    page.mouse.click(*at(page, *places()["issue_date"]))
    page.get_by_text("Taken over").wait_for()
    page.locator("[data-drop-line]").first.evaluate("button => button.click()")
    page.get_by_text("Draft saved").wait_for()
    draft = Draft.objects.get(task=invoice)
    assert len(draft.output["lines"]) == 2
    assert set(draft.evidence) == {"due_date"}
    page.reload()
    page.get_by_text("Your draft is back.").wait_for()
    expect(page.locator('tr[data-state="removed"]')).to_have_count(1)
    expect(page.locator('[name="evidence.due_date"]')).to_have_count(1)
    expect(typed(page, "due_date")).to_have_value("2026-03-12")


def test_provenance_is_one_key_away_with_every_condition(open_task, invoice):
    page = open_task(invoice)
    page.keyboard.press("i")
    dialog = page.locator("#provenance")
    text = dialog.inner_text()
    for said in ("invoice-intake/extraction v1", "SHA-256", "42 ms", "Assisted", "version 1"):
        assert said in text
    rows = {
        row.locator("td").first.inner_text(): row.locator("td").nth(1).inner_text()
        for row in dialog.locator("tbody tr").all()
    }
    assert rows["Supplier: confidence at least 90%"] == "true"
    assert rows["Due date: confidence at least 85%"] == "false"
    assert rows["Check: totals add up"] == "true"
    assert rows["The stage (assisted) lets the model act alone here"] == "false"


def test_a_failed_check_flags_its_fields_however_sure_the_model_is(open_task, process):
    task = papers.make_task(process, {"gross_total": 285.82})
    page = open_task(task)
    expect(page.locator("[data-field][data-flagged]")).to_have_count(3)
    note = field(page, "gross_total").locator(".field-note")
    expect(note).to_contain_text("Net and VAT do not come to the total", use_inner_text=True)


def test_who_decides_unaided_sees_neither_evidence_nor_confidence(open_task, process):
    item = papers.make_item(process)
    papers.add_paper(item)
    factories.leave_to_people(item)
    page = open_task(item.tasks.select_related("queue").get())
    expect(page.locator(".confidence")).to_have_count(0)
    expect(page.locator("svg.marks .mark")).to_have_count(0)
    expect(page.locator(".sheet:visible img")).to_be_visible()
    words_are_there(page)
    page.mouse.click(*at(page, *places()["seller_name"]))
    page.get_by_text("Taken over:").wait_for()
    expect(typed(page, "seller_name")).not_to_have_value("")


def test_a_key_held_down_goes_no_further_than_one_field(open_task, invoice):
    page = open_task(invoice)
    for _ in range(8):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert not Decision.objects.exists()
    assert page.evaluate("document.activeElement.name") == "output.due_date"


def test_a_mail_is_text_whose_words_are_taken_over(open_task, process):
    item = papers.make_item(process)
    text = "Guten Tag,\n\nanbei die Rechnung RE-2026-1041, fällig am 11.04.2026."
    document = papers.add_text(item, text)
    start = text.index("RE-2026")
    place = replace(
        papers.Evidence("text", document=str(document.pk), page=1), start=start, end=start + 12
    )
    papers.propose(
        item, papers.INVOICE, confidence={"invoice_number": 0.5}, evidence={"invoice_number": place}
    )
    page = open_task(item.tasks.select_related("queue").get())
    page.wait_for_selector(".word.marked-strong")
    expect(page.locator(".word.marked-strong")).to_have_text("RE-2026-1041,")
    field(page, "due_date").click()
    page.keyboard.press("Enter")
    page.locator(".word", has_text="11.04.2026").click()
    page.get_by_text("Taken over").wait_for()
    expect(typed(page, "due_date")).to_have_value("2026-04-11")


def test_a_file_that_was_refused_says_why_in_words(open_task, process):
    item = papers.make_item(process)
    papers.add_paper(item)
    papers.add_refused(item)
    papers.add_waiting(item)
    factories.leave_to_people(item)
    page = open_task(item.tasks.select_related("queue").get())
    page.get_by_role("tab", name="photo.heic").click()
    expect(page.get_by_text("protected by a password")).to_be_visible()
    page.get_by_role("tab", name="later.pdf").click()
    expect(page.get_by_text("still being read")).to_be_visible()


@pytest.mark.parametrize("visit", [{}, PHONE], ids=["desk", "phone"], indirect=True)
def test_documents_fields_and_tables_have_no_serious_finding(visit, open_task, process):
    pages = [papers.sheet(), [Text(90, 90, "Seite 2")]]
    item = papers.make_item(process)
    _, evidence = papers.add_paper(item, pages, source="ocr")
    papers.add_text(item, "Guten Tag")
    papers.add_refused(item)
    output = {**papers.INVOICE, "gross_total": 285.82}
    papers.propose(item, output, confidence=UNSURE, evidence=evidence)
    page = open_task(item.tasks.select_related("queue").get())
    found = []

    def look(what):
        page.evaluate(AXE)
        for theme, rules in (("light", RULES), ("dark", ["color-contrast"])):
            page.emulate_media(color_scheme=theme)
            for one in page.evaluate(RUN, {"runOnly": rules, "resultTypes": ["violations"]}):
                if one["impact"] in ("serious", "critical"):
                    places = [node["html"][:160] for node in one["nodes"][:3]]
                    found.append(f"{what}, {theme}: {one['id']} {places}")
        page.emulate_media(color_scheme="light")

    look("fields")
    page.keyboard.press("Enter")
    page.keyboard.type("2026-04-10")
    field(page, "lines").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Papier")
    look("a table typed")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    look("provenance")
    page.keyboard.press("Escape")
    if page.viewport_size["width"] < 500:
        page.get_by_role("button", name="Document", exact=True).tap()
    for name in ("mail.eml", "photo.heic"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(150)
        look(name)
    assert not found, "\n".join(found)


def test_a_picture_that_does_not_come_is_said_and_can_be_asked_for_again(visit, open_task, invoice):
    visit.page.route("**/pages/1/screen*", lambda route: route.abort())
    page = open_task(invoice)
    page.get_by_text("This page could not be loaded.").wait_for()
    assert typed(page, "due_date").is_editable(), "the form waits for no picture"
    page.unroute("**/pages/1/screen*")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("This page could not be loaded.").wait_for(state="detached")
    visit.problems.clear()  # the browser itself reports the failed picture


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_a_phone_shows_what_stands_there_at_the_field_and_switches_sides(open_task, invoice):
    page = open_task(invoice)
    expect(field(page, "due_date").locator(".snippet")).to_be_visible()
    expect(page.locator(".viewer")).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    field(page, "due_date").locator(".snippet").tap()
    expect(page.locator(".viewer")).to_be_visible()
    desk = page.locator(".sheets:visible").bounding_box()
    assert is_within(strong(page, "due_date").bounding_box(), desk)
    page.touchscreen.tap(*at(page, *places()["issue_date"]))
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Fields").tap()
    expect(field(page, "due_date")).to_be_visible()


def test_the_next_tasks_pictures_are_fetched_ahead_and_nothing_is_claimed(
    open_task, process, invoice, cast
):
    following = papers.make_task(process)
    page = open_task(invoice)
    document = following.item.documents.get()
    with page.expect_request(lambda request: f"{document.pk}/pages/1/screen" in request.url):
        pass
    following.refresh_from_db()
    assert following.state == "open"
    page.keyboard.press("a")
    page.wait_for_selector(f'main[data-task="{following.pk}"]')
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Nordlicht" not in stored
