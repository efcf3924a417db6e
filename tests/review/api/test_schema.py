"""The API's description: complete, without warnings, and the one that docs/ holds."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from review.api import urls

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def generated():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return out.getvalue()


def test_the_description_in_docs_is_current(generated):
    """If not: manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"""
    assert DOCUMENT.read_text() == generated


def test_every_address_is_described(generated):
    described = set(yaml.safe_load(generated)["paths"])
    routes = {str(one.pattern) for one in urls.urlpatterns if one.name != "nowhere"}
    assert len(described) == len(routes)


def test_every_operation_names_its_problems(generated):
    for path, operations in yaml.safe_load(generated)["paths"].items():
        for method, operation in operations.items():
            problems = {
                status: answer
                for status, answer in operation["responses"].items()
                if status.startswith("4")
            }
            wanted = {"401", "403"} | ({"404"} if "{" in path else set())
            if "requestBody" in operation:
                wanted |= {"400", "413", "415", "422"}
            assert wanted <= set(problems), (method, path)
            for answer in problems.values():
                assert list(answer["content"]) == ["application/problem+json"]
                assert answer["description"]


def test_anybody_may_read_it(client):
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert yaml.safe_load(response.content)["info"]["title"] == "Countersign"
