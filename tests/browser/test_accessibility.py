"""Every page of the console by axe-core: no serious or critical finding, light and dark.

The pages come from the table of addresses and rights, so that a page which is added is looked at
too. Script errors and policy violations on them fail the test, as everywhere.
"""

import pytest
from django.conf import settings
from django.test import Client

from review.models import Task
from tests import factories
from tests.browser.looking import findings
from tests.test_permissions import rows, world  # noqa: F401 (a fixture)

# Answers that are no pages of ours, and a notice of somebody else, which nobody else may open.
NO_PAGES = (
    *("/admin/", "/api/", "/documents/", "/healthz", "/metrics", "/readyz", "/notices/{"),
    "/governance/approvals/evidence/",
    "/items/{item_id}/reveal/",  # a part of the item's page
    "/login/forgotten/{",  # leads on to the page where the password is chosen
    "/login/oidc/",  # leads away where it is configured
)
FILES = ("/card/{kind}", "/json")  # downloads


def pages():
    """Addresses that answer GET with a page, as the table names them."""
    return [
        address
        for method, address, _ in rows()
        if method == "GET" and not address.startswith(NO_PAGES) and not address.endswith(FILES)
    ]


@pytest.fixture
def everybody(process):
    """One person with every role, who holds a task and is let in everywhere."""
    return factories.make_everybody("everybody", process)


def test_no_page_has_a_serious_finding_or_is_wider_than_a_phone(visit, world, everybody):  # noqa: F811
    Task.objects.filter(pk=world["task_id"]).update(claimed_by=everybody)
    client = Client()
    client.force_login(everybody)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    visit.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": visit.origin}]
    )
    found, seen = [], 0
    for address in pages():
        answer = visit.page.goto(visit.origin + address.format(**world))
        if "<!doctype html" not in answer.text()[:200].lower():
            continue  # a part of a page, or data
        assert answer.status == 200, f"{address}: {answer.status}"
        seen += 1
        found += findings(visit.page, address.strip("/").replace("/", "-"))
    # The table's document has a row, but no picture in the storage.
    visit.problems = [one for one in visit.problems if "status of 404" not in one]
    assert seen >= 10, "the table names hardly any page"
    assert not found, "\n".join(found)
