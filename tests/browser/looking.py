"""How a page is looked at: by axe-core, in both themes, on a desk and on a phone.

Where JOURNEYS names a folder, each look leaves a picture of both stands there.
"""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

from governance.models import Entry

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What colours and width can change; the rest of a page is the same in both stands.
OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
# Theme, size and rules: each theme and each width once.
STANDS = (
    ("light", WIDE, {"type": "tag", "values": RULES}),
    ("dark", PHONE, {"type": "rule", "values": OF_LOOKS}),
)
AXE = Axe().axe_script
RUN = "options => axe.run(document, options).then(found => found.violations)"
SIGN_OUT = "/logout/"


def findings(page, name):
    """Serious findings, and by how much the page is wider than the screen; it keeps its state."""
    found = []
    page.evaluate(AXE)
    for theme, size, rules in STANDS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")  # what lies under the bar is no target
        violations = page.evaluate(RUN, {"runOnly": rules, "resultTypes": ["violations"]})
        found += [
            f"{name}, {theme}: {one['impact']} {one['id']}: {one['help']}: {node['html'][:200]}"
            for one in violations
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            found.append(f"{name}, {theme}: {too_wide} px too wide")
        if folder := os.environ.get("JOURNEYS"):
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    return found


def look(page, name):
    """A stop of a journey: nothing serious, and nothing wider than the screen."""
    found = findings(page, name)
    assert not found, "\n".join(found)


def press_to(page, name, *, role="button"):
    """Walk by Tab to what has this name; it must be reachable within a page's worth of stops."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    wanted.wait_for()
    for _ in range(90):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def changes_offered(page):
    """Where the forms of a page would send something, and what htmx would post; not signing out."""
    sent = page.evaluate(
        """[...document.querySelectorAll("form, [hx-post]")]
        .filter(one => one.method === "post" || one.hasAttribute("hx-post"))
        .map(one => one.getAttribute("hx-post") || one.getAttribute("action") || location.pathname)
        """
    )
    return {one for one in sent if one != SIGN_OUT}


def recorded(person):
    """The kinds of entries that a person has left in the ledger."""
    entries = Entry.objects.filter(actor=f"user:{person.pk}")
    return set(entries.values_list("kind", flat=True))
