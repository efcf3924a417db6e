"""The review screen in a real Chromium: from key press to the next usable task.

Real invoices are handed in, read and proposed for by the real workers, then decided one after the
other by one key, prepared (a pause as a person makes, so that the next pictures were fetched
ahead) and cold (at once, nothing fetched ahead). Timed inside the page: from the key's event to
the first frame in which the new task's field has the focus, and to that in which the page picture
is drawn as well. The limit beside it is a request of the same page for the smallest answer the
server gives.
"""

import base64
import gzip
import io
import json
import shutil
import time
import urllib.request
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, Request, Route, sync_playwright

from governance.contracts import shipped
from governance.contracts.models import Process
from governance.models import Producer, User
from governance.roles.keys import issue_key
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.models import Item
from tests.bench.measures import Sample
from tests.bench.place import Place, Started

PROCESS = "invoice-intake"
QUEUE = "desk"
ACTOR = "system:bench"
TRAINED_ON = 120  # documents: how good the model is does not matter here
WAIT_SECONDS = 240
# What a person needs at least to look at an invoice; the next one is prepared meanwhile.
PAUSE_MS = 2200
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")

_WATCH = """() => {
  const held = () => document.activeElement?.closest("[data-field]");
  const asked = () => performance.getEntriesByType("resource")
    .filter((one) => one.name.endsWith("/decide/")).at(-1);
  window.benchTimes = [];
  let pressed = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "a") pressed = performance.now();
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "content" || !pressed) return;
    const start = pressed;
    pressed = 0;
    let usable = 0;
    const look = () => {
      if (!usable && held()) usable = performance.now() - start;
      const picture = document.querySelector("main .viewer img, main [data-viewer] img");
      const drawn = !picture || (picture.complete && picture.naturalWidth > 0);
      const waited = performance.now() - start;
      if ((usable && drawn) || waited > 5000) {
        const entry = asked();
        window.benchTimes.push({ usable: usable || waited, drawn: waited,
          server: entry ? entry.responseEnd - entry.requestStart : 0 });
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}"""
_FLOOR = """async () => {
  const times = [];
  for (let at = 0; at < 20; at += 1) {
    const start = performance.now();
    await (await fetch("/healthz", { cache: "no-store" })).text();
    times.push(performance.now() - start);
  }
  return times;
}"""
_WEIGHT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .map((one) => [one.name, one.transferSize])"""


@dataclass
class Seen:
    """What one reviewer's browser saw, in seconds; bytes of the first load as transferred."""

    usable: Sample = field(default_factory=Sample)
    drawn: Sample = field(default_factory=Sample)
    server: Sample = field(default_factory=Sample)


@dataclass
class Screen:
    prepared: Seen
    cold: Seen
    floor: Sample
    first_load_bytes: int
    foreign_requests: int


def browser_path() -> str | None:
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def make(count: int) -> tuple[str, str, list[dict[str, Any]]]:
    """The process with a trained model; a reviewer's session, a key, and invoices to hand in."""
    quiet = io.StringIO()
    folder = shipped.folder(PROCESS)
    with redirect_stderr(quiet), redirect_stdout(quiet):
        call_command("contract", "apply", str(folder / "contract.yaml"), verbosity=0)
        call_command("train_local", PROCESS, "--from", _some_of(folder / "training.jsonl.gz"))
        call_command("collectstatic", interactive=False, verbosity=0)
    process = Process.objects.select_related("contract").get(pk=PROCESS)
    user = User.objects.create_user("screen-reviewer")
    grant_role(user=user, role=Role.OPERATOR, process=process, actor=ACTOR)
    producer = Producer.objects.create(name="screen-bench")
    _, key = issue_key(actor=ACTOR, scopes=["items:write"], producer=producer, process=process)
    plain = (
        one
        for one in shipped.maker(PROCESS).make(count * 6, seed=5)
        if not one.special and [file.name[-4:] for file in one.documents] == [".pdf"]
    )
    bodies = [
        {
            "process": PROCESS,
            "payload": one.payload,
            "external_id": f"screen-{number}",
            "documents": [
                {"name": file.name, "content": base64.b64encode(file.content).decode()}
                for file in one.documents
            ],
        }
        for number, one in enumerate(islice(plain, count))
    ]
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value, key, bodies


def _some_of(path: Path) -> str:
    """A shorter training file."""
    short = Path(settings.DATA_DIR) / "training.jsonl"
    with gzip.open(path, "rt") as whole:
        short.write_text("".join(islice(whole, TRAINED_ON)))
    return str(short)


def measure(place: Place, *, decisions: int, say: Any) -> Screen | None:
    """Decide invoices in a browser; None where there is no Chromium."""
    path = browser_path()
    if path is None:
        return None
    say("making invoices")
    session, key, bodies = make(decisions * 2 + 4)
    web = place.web(SECURE_SSL_REDIRECT="0")
    origin = f"http://localhost:{web.port}"
    say(f"handing {len(bodies)} invoices in")
    workers: list[Started] = [
        place.start(name) for name in ("worker-documents", "worker-inference", "worker", "beat")
    ]
    for body in bodies:
        _hand_in(origin, key, body)
    _wait_for_tasks(len(bodies), bodies)
    for worker in workers:
        worker.stop()
    say("deciding them in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP localhost 127.0.0.1"],
        )
        try:
            return _decide(browser, origin, session, decisions)
        finally:
            browser.close()


def _hand_in(origin: str, key: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{origin}/api/v1/items/",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 202)


def _wait_for_tasks(count: int, bodies: list[dict[str, Any]]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    wanted = [body["external_id"] for body in bodies]
    while True:
        waiting = Item.objects.filter(process=PROCESS, external_id__in=wanted, state="waiting")
        if waiting.count() >= count * 0.9:
            return
        if time.monotonic() > until:
            raise RuntimeError("The invoices were not read and routed in time.")
        time.sleep(0.5)


def _decide(browser: Any, origin: str, session: str, decisions: int) -> Screen:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin, "secure": True}]
    )
    foreign: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            foreign.append(request.url)

    page = context.new_page()
    page.on("request", note)
    page.goto(f"{origin}/review/{PROCESS}/{QUEUE}/")
    page.keyboard.press("g")
    page.wait_for_selector("main[data-task]")
    # The first load as a new browser has it: nothing of it cached, nothing fetched ahead yet.
    first = context.browser.new_context(
        viewport={"width": 1440, "height": 900}, storage_state=context.storage_state()
    )
    visit = first.new_page()
    visit.goto(page.url)
    visit.wait_for_selector("[data-field]:focus-within", state="attached")
    visit.wait_for_load_state("networkidle")
    weights = visit.evaluate(_WEIGHT)
    first.close()
    cold = Seen()
    _run(page, cold, decisions, is_prepared=False)
    prepared = Seen()
    _run(page, prepared, decisions, is_prepared=True)
    floor = Sample([one / 1000 for one in page.evaluate(_FLOOR)])
    context.close()
    ahead = ("/ahead", "/similar/", "/presence/", "/notices/")
    loaded = sum(size for name, size in weights if not any(part in name for part in ahead))
    return Screen(prepared, cold, floor, loaded, len(foreign))


def _run(page: Page, seen: Seen, decisions: int, *, is_prepared: bool) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    if not is_prepared:
        page.route("**/ahead*", refuse)
        page.route("**/ahead/*", refuse)
    page.reload()
    page.wait_for_selector("[data-field]:focus-within", state="attached")
    page.evaluate(_WATCH)
    for number in range(decisions):
        page.wait_for_timeout(PAUSE_MS if is_prepared else 150)
        page.keyboard.press("a")
        until = time.monotonic() + 10
        while page.evaluate("() => window.benchTimes.length") <= number:
            if time.monotonic() > until:
                raise RuntimeError(f"No next task came after {number} decisions.")
            page.wait_for_timeout(20)
    for one in page.evaluate("() => window.benchTimes"):
        seen.usable.latencies.append(one["usable"] / 1000)
        seen.drawn.latencies.append(one["drawn"] / 1000)
        seen.server.latencies.append(one["server"] / 1000)
    if not is_prepared:
        page.unroute("**/ahead*")
        page.unroute("**/ahead/*")
