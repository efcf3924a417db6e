"""Importing a table whose rows name files in a folder."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from review.models import Document, Item, Writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("first")
    (folder / "inner" / "b.txt").write_text("second")
    (tmp_path / "secret.txt").write_text("not for the taking")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def run(path, *options):
    out = StringIO()
    call_command("import_items", "desk", str(path), *map(str, options), stdout=out)
    return out.getvalue()


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_rows_bring_the_files_they_name_and_again_find_them_here(process, tmp_path, folder):
    path = write_csv(
        tmp_path / "t.csv",
        [
            ["external_id", "text", "documents"],
            ["1", "One", "a.txt; inner/b.txt"],
            ["2", "Two", "a.txt"],
        ],
    )
    assert run(path, "--documents", folder).startswith("2 created, 0 here already, 0 refused")
    item = Item.objects.get(external_id="1")
    names = list(item.documents.order_by("position").values_list("name", "size_bytes"))
    assert names == [("a.txt", 5), ("b.txt", 6)]
    assert run(path, "--documents", folder).startswith("0 created, 2 here already, 0 refused")
    assert Document.objects.count() == 3
    assert not Writing.objects.exists()


@pytest.mark.parametrize(
    "name", ["missing.txt", "../secret.txt", "/etc/hostname", "link.txt", "inner", ""]
)
def test_a_file_that_is_not_in_the_folder_is_refused_with_its_row(process, tmp_path, folder, name):
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": "x", "documents": name}) + "\n")
    assert "1 refused" in run(path, "--documents", folder)
    assert not Item.objects.exists()


def test_another_column_may_name_the_files_and_a_list_will_do(process, tmp_path, folder):
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": "x", "scan": ["a.txt", "inner/b.txt"]}) + "\n")
    said = run(path, "--documents", folder, "--documents-column", "scan")
    assert said.startswith("1 created")
    assert Document.objects.count() == 2


def test_a_folder_that_is_not_there_is_one_clear_message(process, tmp_path):
    path = write_csv(tmp_path / "t.csv", [["text"], ["x"]])
    with pytest.raises(CommandError, match="no folder"):
        run(path, "--documents", tmp_path / "none")
