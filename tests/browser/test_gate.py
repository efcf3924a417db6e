"""The officer's journey by keyboard alone: release, skip, refuse by a policy; policies written."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.models import Approval, PolicyVersion
from review.gate.models import GateHold
from review.models import Effect, Task
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.test_accessibility import RULES
from tests.review.gate import scenes

THEMES = [
    pytest.param({"color_scheme": scheme, "viewport": viewport}, id=f"{scheme}-{name}")
    for scheme in ("light", "dark")
    for name, viewport in (
        ("wide", {"width": 1440, "height": 900}),
        ("phone", {"width": 360, "height": 740}),
    )
]


@pytest.fixture
def process(transactional_db):
    return scenes.gated(
        "{checks: [{name: kind, require: {output.category: {equals: meter}},"
        " message: Only meters go by themselves., policy: replies}]}"
    )


@pytest.fixture
def holds(process, cast):
    return [
        scenes.held(process, cast.operator, external_id=f"H-{number}", verdict=verdict)
        for number, verdict in enumerate(("accept", "correct", "accept"))
    ]


@pytest.fixture
def officer(visit, cast):
    visit.sign_in(cast.compliance_officer)
    return visit


def shown(officer):
    """The held output on the page."""
    officer.page.wait_for_selector("main.gate")
    return officer.page.locator(".work-meta .mono").inner_text()


def test_outputs_are_released_skipped_and_refused_by_keys_alone(officer, holds, cast):
    version = scenes.policy_in_force()
    page = officer.page
    officer.go("gate")
    page.keyboard.press("g")
    assert shown(officer) == "H-0"
    page.keyboard.press("a")
    page.get_by_text("Released:").wait_for()
    assert shown(officer) == "H-1"
    assert GateHold.objects.get(pk=holds[0].pk).answered_by == cast.compliance_officer
    assert not Effect.objects.get(decision=holds[0].decision_id).is_held

    page.keyboard.press("s")
    page.get_by_role("heading", name="H-2").wait_for()
    page.keyboard.press("s")
    page.get_by_role("heading", name="H-1").wait_for()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Refuse this output")
    citation = dialog.get_by_label("By which policy")
    assert citation.input_value() == str(version.pk)  # the policy that the check names
    page.keyboard.press("Control+Enter")
    dialog.get_by_text("Say what is wrong with it.").wait_for()
    page.keyboard.type("other")  # the focus is on the list of policies: its heading by name
    page.keyboard.press("Tab")
    page.keyboard.type("Say which bill.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Refused:").wait_for()
    assert shown(officer) == "H-2"
    refused = GateHold.objects.get(pk=holds[1].pk)
    assert (refused.state, refused.heading) == ("refused", "other-matters")
    assert Task.objects.get(item=refused.item_id).state == "open"
    assert Effect.objects.get(decision=refused.decision_id).state == "cancelled"

    page.keyboard.press("a")
    page.get_by_text("Nothing is held").wait_for()


def test_what_a_colleague_answered_meanwhile_is_told(officer, process, holds):
    from review.gate import answering

    officer.go("gate-hold", holds[0].pk)
    other = factories.make_person("other-officer", process, factories.Role.COMPLIANCE_OFFICER)
    answering.release(hold_id=holds[0].pk, actor=other)
    officer.page.keyboard.press("a")
    officer.page.get_by_text("This output is released already.").wait_for()


def test_a_policy_is_written_and_put_forward(officer, process):
    page = officer.page
    officer.go("policies")
    page.get_by_role("link", name="Write the first").click()
    page.get_by_label("Title").fill("Payments")
    page.get_by_label("Name").fill("payments")
    page.get_by_label("Holds for").select_option("desk")
    page.get_by_label("Text").fill("# Payments\n\n## Accounts\n\nOnly known ones.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Accounts").wait_for()
    page.get_by_label("Why it should hold").fill("Needed.")
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("waiting for signatures").first.wait_for()
    eventually(lambda: Approval.objects.filter(kind="policy").exists())
    assert PolicyVersion.objects.get().number == 1


@pytest.mark.parametrize("visit", THEMES, indirect=True)
def test_the_pages_are_accessible_in_both_themes(officer, holds, process):
    version = scenes.policy_in_force()
    scenes.write_newer(version)
    axe, found = Axe(), []
    officer.go("gate-hold", holds[1].pk)
    officer.page.keyboard.press("r")
    officer.page.get_by_role("dialog").wait_for()
    pages = [
        ("dialog", None),
        ("gate", ()),
        ("gate-hold", (holds[1].pk,)),
        ("policies", ()),
        ("policy", ("replies",)),
        ("policy-changes", ("replies", 2)),
        ("policy-new", ()),
    ]
    for name, args in pages:
        if args is not None:
            officer.go(name, *args)
        wide = officer.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} scrolls sideways by {wide}"
        report = axe.run(officer.page, options={"runOnly": RULES}).response
        found += [
            f"{name}: {one['id']}: {node['html'][:160]}"
            for one in report["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]
    assert not found, "\n".join(found)
