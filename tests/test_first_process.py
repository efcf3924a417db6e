"""docs/first-process.md, followed to the letter: its files are written, its commands are run."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from governance.catalogue.document_examples import output_errors_of, read_document_examples
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.models import User
from integrations.documents.model import ReadDocument
from review.decisions.operations import decide
from review.effects import operations as effects
from review.items import proposing
from review.models import Document, Effect, Item, Queue, Task
from tests.factories import claim, make_person

PAGE = Path(__file__).parents[1] / "docs" / "first-process.md"
BLOCK = re.compile(r"^```(?P<kind>\w*) ?(?P<name>\S*)\n(?P<text>.*?)^```$", re.M | re.S)
COMMAND = ".venv/bin/python manage.py "


@dataclass(frozen=True)
class Block:
    kind: str
    name: str
    text: str


def blocks() -> list[Block]:
    found = [Block(**one.groupdict()) for one in BLOCK.finditer(PAGE.read_text())]
    assert [one.name for one in found if one.name] == [
        "parcels.yaml",
        "examples.csv",
        "items.csv",
        "bills.yaml",
    ]
    return found


def console() -> list[list[str]]:
    """The commands of the part on documents, which reads for minutes: not run here as they are."""
    lines = [line for one in blocks() if one.kind == "console" for line in one.text.splitlines()]
    return [shlex.split(line.removeprefix(COMMAND)) for line in lines]


@pytest.mark.django_db
def test_the_page_works_as_it_is_written(
    tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    settings.EFFECT_FILE_ROOT = tmp_path / "effects"
    monkeypatch.chdir(tmp_path)
    olivia, _ = make_person("olivia"), make_person("paul")  # the people that `make run` makes

    follow(tmp_path)
    answers = capsys.readouterr().out
    for quoted in ("parcels v1 applied", "4 created, 0 here already, 0 refused"):
        assert quoted in PAGE.read_text()
        assert quoted in answers

    proposing.propose(list(Item.objects.values_list("pk", flat=True)))
    assert set(Item.objects.values_list("state", flat=True)) == {"waiting"}
    assert decide_all(olivia) == {
        "T-1": "where_is_it",
        "T-2": "damaged",
        "T-3": "return",
        "T-4": "other",
    }
    run_effects()
    lines = (tmp_path / "effects/parcels/sorted.jsonl").read_text().splitlines()
    written = [json.loads(line)["body"] for line in lines]
    assert sorted(one["ticket"] for one in written) == ["T-1", "T-2", "T-3", "T-4"]
    assert set(Item.objects.values_list("state", flat=True)) == {"completed"}


@pytest.mark.django_db
def test_the_process_that_reads_documents_is_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer documents than there, and nothing is learnt: that has tests of its own."""
    monkeypatch.chdir(tmp_path)
    make_person("olivia")
    source = next(one.text for one in blocks() if one.name == "bills.yaml")
    (tmp_path / "bills.yaml").write_text(source)
    apply, known, train, grant, new, take = console()
    call_command(*apply)
    call_command(*grant)
    call_command(*known[:2], "--count", "4", *known[4:])
    call_command(*new[:2], "--count", "2", *new[4:])
    agreement = agreement_of(Process.objects.get(pk="bills").contract_id)
    examples = read_document_examples(
        tmp_path / train[train.index("--from") + 1],
        output_errors_of(agreement),
        normalised=lambda path: ReadDocument("application/pdf", pages=()),
    )
    assert (len(examples.rows), examples.problems) == (4, [])
    call_command(*take)
    assert Item.objects.filter(process_id="bills").count() == 2
    assert Document.objects.filter(item__process_id="bills").count() == 2


def follow(directory: Path) -> None:
    """Write each file where the page shows it, run each command where the page gives it."""
    commands = 0
    for block in blocks():
        if block.name:
            (directory / block.name).write_text(block.text)
        elif block.kind == "sh":
            for line in block.text.splitlines():
                assert line.startswith(COMMAND), line
                call_command(*shlex.split(line.removeprefix(COMMAND)))
                commands += 1
    assert commands == 5


def decide_all(olivia: User) -> dict[str, str]:
    """Accept every candidate in the desk's queue; external id -> category."""
    decided = {}
    queue = Queue.objects.get(process_id="parcels", name="desk")
    for _ in range(Task.objects.filter(state="open").count()):
        task = claim(queue, olivia)
        assert not task.is_blind
        decide(task_id=task.pk, actor=olivia, verdict="accept")
        item = Item.objects.get(pk=task.item_id)
        decided[item.external_id] = item.candidates.get().output["category"]
    return decided


def run_effects() -> None:
    """Send what is due when the undo window has passed."""
    assert set(Effect.objects.values_list("state", flat=True)) == {"scheduled"}
    Effect.objects.update(due_at=timezone.now())
    for effect in Effect.objects.all():
        effects.run(effect.pk)
