"""Brings PostgreSQL and Redis up before Django is set up; tests/conftest.py loads it first.

pytest-django would read the settings before any conftest if pyproject.toml named them, and so
before the addresses are known; that is why they are named here.
"""

import os

import django
import pytest

from config.services.testing import TestServices, running, start_for_tests

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
start_for_tests()
django.setup()


@pytest.fixture(scope="session")
def services() -> TestServices:
    """The embedded servers of this run, to restart or flush; None where yours are used."""
    return running()
