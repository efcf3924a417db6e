"""docs/api.md states the limits and codes that the code has."""

import re
from pathlib import Path

from django.conf import settings

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def test_the_limits_are_those_of_settings():
    stated = {
        "DATA_UPLOAD_MAX_MEMORY_SIZE": ("1 MiB", 2**20),
        "BULK_MAX_BODY_BYTES": ("64 MiB", 64 * 2**20),
        "BULK_MAX_ITEMS": ("10,000", 10_000),
        "JSON_MAX_DEPTH": ("32 levels", 32),
        "JSON_MAX_FIELD_CHARACTERS": ("100,000 characters", 100_000),
        "INTAKE_RATE": ("60,000 a minute", "60000/minute"),
    }
    for name, (words, value) in stated.items():
        assert getattr(settings, name) == value
        (row,) = [line for line in PAGE.splitlines() if f"`{name}`" in line]
        assert words in row


def test_every_code_of_a_problem_is_explained():
    rooms = Path(__file__).parents[3] / "review"
    source = "".join(path.read_text() for path in rooms.rglob("*.py"))
    codes = set(re.findall(r'Refused\(\s*\d+, "([a-z_]+)"', source))
    codes |= set(re.findall(r'^    code = "([a-z_]+)"', source, re.MULTILINE))
    codes |= set(re.findall(r'\bplain\(\d+, "([a-z_]+)"', source))
    assert {"claim_lost", "too_large", "length_required", "internal"} <= codes
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
