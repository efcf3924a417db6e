"""Brings PostgreSQL and Redis up before Django is set up; pyproject.toml has pytest load it first.

pytest-django reads the settings before any conftest where the environment names them, as it does
for the workers of a parallel run, and so before the addresses are known.
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
