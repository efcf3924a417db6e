"""A real Chromium against a live server; console errors and policy violations fail the test.

The system's browser is used. Where there is none, these tests are skipped by name.
"""

import os
import shutil
import threading
import time

import pytest
from django.core.signals import request_finished, request_started
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright

from tests import factories

# Playwright's sync API runs a loop of its own, which Django takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Pages answer slowly beside another worker: what is expected is waited for this long.
PATIENCE = 8000
expect.set_options(timeout=PATIENCE)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# What the browser itself logs for an answer that the page handles: 409 and 422 are expected.
_HANDLED = ("status of 409", "status of 422", "Response Status Error Code 4")


def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in item.nodeid or item.nodeid.startswith("tests/browser"):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: none of " + ", ".join(NAMES))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def process(transactional_db):
    return factories.make_process()


@pytest.fixture
def cast(process):
    return factories.make_cast(process)


class Answering:
    """How many requests are being answered. The browser closes with some of them under way, and
    what is still read or written then stands in the way of emptying the database."""

    def __init__(self):
        self._count, self._lock = 0, threading.Lock()

    def watch(self):
        request_started.connect(self._began)
        request_finished.connect(self._ended)

    def unwatch(self):
        request_started.disconnect(self._began)
        request_finished.disconnect(self._ended)

    def _began(self, **kwargs):
        with self._lock:
            self._count += 1

    def _ended(self, **kwargs):
        with self._lock:
            self._count -= 1

    def settle(self):
        eventually(lambda: self._count <= 0, seconds=20)


@pytest.fixture
def answering():
    watched = Answering()
    watched.watch()
    yield watched
    watched.unwatch()


class Visit:
    """A page signed in as a person, with everything that went wrong on it."""

    def __init__(self, page: Page, origin: str):
        self.page, self.origin, self.problems = page, origin, []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message):
        said = message.text
        if message.type in ("error", "warning") and not any(one in said for one in _HANDLED):
            self.problems.append(f"{message.type}: {said}")

    def _request(self, request):
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.problems.append(f"left the machine: {request.url}")

    def go(self, name, *args):
        self.page.goto(self.origin + reverse(name, args=args))

    def sign_in(self, person):
        self.go("login")
        self.page.get_by_label("User name").fill(person.username)
        self.page.get_by_label("Password").fill(factories.PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(self.origin + reverse("my-work"))

    def task_id(self):
        return self.page.locator("main[data-task]").get_attribute("data-task")

    def wait_for_task(self, task):
        self.page.wait_for_selector(f'main[data-task="{task.pk}"]')
        # A selector, for the policy forbids what Playwright's waiting for a function compiles.
        self.page.wait_for_selector("[data-field]:focus-within", state="attached")


@pytest.fixture
def visit(chromium, live_server, answering, request):
    """A page nobody is signed in on; parametrize indirectly with options of a browser context."""
    options = getattr(request, "param", {})
    context = chromium.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    one = Visit(context.new_page(), live_server.url)
    yield one
    context.close()
    answering.settle()
    assert not one.problems, "\n".join(one.problems)


def eventually(check, seconds=5.0):
    """Wait until a check of the database holds: the browser's request runs in another thread."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)
