"""Checkpoints reach their witnesses in order, once acknowledged never again, whatever fails."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from governance.audit import jobs, witness
from governance.audit.exporting import seal
from governance.audit.models import Witnessing
from governance.ledger.models import Checkpoint
from governance.ledger.operations import append_many
from tests.governance.audit.conftest import events

pytestmark = pytest.mark.django_db


def grow():
    append_many(events(1, "desk"))
    seal()
    return Checkpoint.objects.order_by("-size").first()


@pytest.fixture
def file(settings, tmp_path):
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "kept" / "checkpoints.txt")
    return tmp_path / "kept" / "checkpoints.txt"


@pytest.fixture
def server(settings):
    """An HTTP witness that answers what `statuses` say, then 200; `got` is what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            self.server.got.append((status, body, connection.in_atomic_block))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"cosigned\n")

        def log_message(self, *arguments):
            pass

    served = HTTPServer(("127.0.0.1", 0), Handler)
    served.statuses, served.got = [], []
    threading.Thread(target=served.serve_forever, daemon=True).start()
    settings.LEDGER_WITNESS_URL = f"http://127.0.0.1:{served.server_port}/add"
    yield served
    served.shutdown()
    served.server_close()


def test_without_a_witness_nothing_is_sent(ledger):
    assert witness.witness() == 0
    assert witness.standings() == []


def test_a_file_gets_the_newest_first_and_then_every_one(ledger, file):
    first = Checkpoint.objects.order_by("-size").first()
    jobs.witness()
    assert file.read_text() == f"{first.note}\n"
    second, third = grow(), grow()
    jobs.witness()
    jobs.witness()
    assert file.read_text() == f"{first.note}\n{second.note}\n{third.note}\n"
    assert Witnessing.objects.filter(witnessed_at__isnull=False, attempts=1).count() == 3


def test_a_note_written_before_a_crash_is_not_written_twice(ledger, file):
    jobs.witness()
    Witnessing.objects.all().delete()
    jobs.witness()
    assert file.read_text().count("countersign.local/ledger\n") == 1
    assert Witnessing.objects.get().answer == "has it already"


def test_a_url_is_asked_again_until_it_acknowledges_and_in_order(ledger, server):
    server.statuses = [503, 500]
    assert witness.witness() == 0
    row = Witnessing.objects.get()
    assert (row.attempts, row.witnessed_at, row.error) == (
        1,
        None,
        "The other system answered 503.",
    )
    grow()
    assert witness.witness() == 0
    assert Witnessing.objects.count() == 1  # the later one waits
    assert witness.witness() == 2
    sizes = [int(body.split("\n")[1]) for status, body, _ in server.got if status == 200]
    assert sizes == [9, 10]
    assert Witnessing.objects.order_by("size")[0].attempts == 3
    assert Witnessing.objects.order_by("size")[0].answer == "cosigned"
    assert witness.witness() == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(server, monkeypatch):
    with transaction.atomic():
        append_many(events(1, "desk"))
    seal()
    seen = []
    monkeypatch.setattr(
        witness, "_to_url", lambda checkpoint: seen.append(connection.in_atomic_block) or ""
    )
    assert witness.witness() == 1
    assert seen == [False]


def test_a_witness_that_fails_does_not_hold_up_the_other(ledger, file, server):
    server.statuses = [400]
    assert witness.witness() == 1
    by_way = {one.way: one for one in witness.standings()}
    assert by_way["file"].acknowledged.size == 9
    assert by_way["http"].acknowledged is None
    assert "400" in by_way["http"].failing.error
    server.statuses = [400]
    with pytest.raises(CommandError, match="HTTP"):
        call_command("audit", "witness")


def test_a_file_that_cannot_be_written_is_said_so(ledger, settings, tmp_path):
    (tmp_path / "blocked").write_text("")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "blocked" / "checkpoints.txt")
    assert witness.witness() == 0
    assert witness.standings()[0].failing.error
