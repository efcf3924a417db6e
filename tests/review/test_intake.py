"""Taking items in: what is refused, what is repeated, what is kept."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.items.intake import Incoming, receive, receive_bulk
from review.models import IdempotencyKey, Item
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


def test_an_item_is_kept_with_its_ledger_entry(process):
    received = receive(process, Incoming({"text": "Hello"}, external_id="T-1"), actor=ACTOR)
    item = Item.objects.get(pk=received.item_id)
    assert (received.status, item.state, item.segment) == ("created", "received", "default")
    assert Entry.objects.get(item=item.pk).kind == "item.received"


def test_what_breaks_the_contract_is_refused_with_a_reason_a_field_and_no_value(process):
    with pytest.raises(InvalidInput) as caught:
        receive(process, Incoming({"text": 5, "iban": "DE02"}, priority=101), actor=ACTOR)
    assert set(caught.value.errors) == {"payload.text", "payload.iban", "priority"}
    assert "DE02" not in str(caught.value.errors)
    assert not Item.objects.exists()
    assert not Entry.objects.filter(kind="item.received").exists()


def test_the_same_external_id_is_the_same_item(process):
    first = receive(process, Incoming({"text": "Hello"}, external_id="T-1"), actor=ACTOR)
    again = receive(process, Incoming({"text": "Hello"}, external_id="T-1"), actor=ACTOR)
    assert (again.status, again.item_id) == ("repeated", first.item_id)
    with pytest.raises(Conflict):
        receive(process, Incoming({"text": "Other"}, external_id="T-1"), actor=ACTOR)
    assert Item.objects.count() == 1


def test_the_same_idempotency_key_and_body_is_the_same_item(process):
    one = Incoming({"text": "Hello"})
    first = receive(process, one, actor=ACTOR, idempotency=("k", b"1" * 32))
    again = receive(process, one, actor=ACTOR, idempotency=("k", b"1" * 32))
    assert again.item_id == first.item_id
    with pytest.raises(Conflict):
        receive(process, one, actor=ACTOR, idempotency=("k", b"2" * 32))
    other = receive(process, one, actor="producer:other", idempotency=("k", b"2" * 32))
    assert other.item_id != first.item_id
    assert IdempotencyKey.objects.count() == 2


def test_a_producer_cannot_talk_an_item_out_of_its_segment(process):
    vip = receive(
        process, Incoming({"text": "x", "channel": "vip"}, segment="default"), actor=ACTOR
    )
    assert Item.objects.get(pk=vip.item_id).segment == "vip"
    named = receive(process, Incoming({"text": "x"}, segment="vip"), actor=ACTOR)
    assert Item.objects.get(pk=named.item_id).segment == "vip"
    with pytest.raises(InvalidInput):
        receive(process, Incoming({"text": "x"}, segment="nobody"), actor=ACTOR)


@pytest.mark.parametrize("count", [5, 60])  # below and above where COPY takes over
def test_bulk_takes_the_good_and_names_the_bad(process, count):
    batch = [Incoming({"text": f"Message {n}"}, external_id=f"T-{n}") for n in range(count)]
    batch[1] = Incoming({"text": ""}, external_id="bad")
    batch[3] = batch[2]  # twice in one batch
    results = receive_bulk(process, batch, actor=ACTOR)
    statuses = [result.status for result in results]
    assert statuses[:5] == ["created", "refused", "created", "repeated", "created"]
    assert results[3].item_id == results[2].item_id
    assert Item.objects.count() == count - 2
    assert Entry.objects.filter(kind="item.received").count() == count - 2
    again = receive_bulk(process, batch, actor=ACTOR)
    assert {result.status for result in again} == {"repeated", "refused"}
    assert Item.objects.count() == count - 2


# --- import_items -------------------------------------------------------------------------


def run(path, *options):
    out = StringIO()
    call_command("import_items", "desk", str(path), *options, stdout=out)
    return out.getvalue()


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_file_is_imported_once_however_often_it_is_run(process, tmp_path):
    path = write_csv(
        tmp_path / "tickets.csv",
        [["external_id", "text", "amount"], ["a", "One", "12.5"], ["b", "Two", ""]],
    )
    assert run(path).startswith("2 created, 0 here already, 0 refused")
    assert run(path).startswith("0 created, 2 here already, 0 refused")
    payloads = {item.external_id: item.payload for item in Item.objects.all()}
    assert payloads == {"a": {"text": "One", "amount": 12.5}, "b": {"text": "Two"}}


def test_rows_without_an_id_are_found_again_by_their_place(process, tmp_path):
    path = write_csv(tmp_path / "t.csv", [["text"], ["One"], ["Two"]])
    run(path)
    assert run(path).startswith("0 created, 2 here already")
    assert set(Item.objects.values_list("external_id", flat=True)) == {"t:2", "t:3"}


def test_bad_rows_go_to_the_rejects_file_with_line_and_reason(process, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"external_id,text,amount\na,fine,1\nb,,2\nc,\xff\xfe,3\nd,ok,many\ne,x\n")
    said = run(path)
    assert said.startswith("1 created, 0 here already, 4 refused")
    lines = (tmp_path / "t.csv.rejects.jsonl").read_text().splitlines()
    rejected = {entry["line"]: entry["reason"] for entry in map(json.loads, lines)}
    assert set(rejected) == {3, 4, 5, 6}
    assert "text" in rejected[3]
    assert "amount" in rejected[5]


def test_columns_are_mapped_ignored_or_refused(process, tmp_path):
    path = write_csv(tmp_path / "t.csv", [["id", "body", "label"], ["7", "Hello", "bill"]])
    assert "1 refused" in run(path)
    assert "1 created" in run(path, "--map", "body=text", "--ignore", "label")
    assert Item.objects.get().external_id == "7"


def test_jsonl_keeps_its_types(process, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"external_id": "a", "text": "Hi", "amount": 3}\n{"text": 5}\n{"text": 1e400}\n'
    )
    assert run(path).startswith("1 created, 0 here already, 2 refused")
    assert Item.objects.get().payload == {"text": "Hi", "amount": 3}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("headers.csv", b"text,amount\n"),
        ("wide.csv", b"a," * 1_000_000 + b"b\n1\n"),
        ("twice.csv", b"text,text\n1,2\n"),
        ("t.xlsx", b"PK\x03\x04"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_message(process, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        run(path)
    assert len(str(caught.value)) < 500
    assert not Item.objects.exists()


def test_an_unknown_process_or_file_is_one_clear_message(process, tmp_path):
    with pytest.raises(CommandError, match="no file"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="no process"):
        call_command("import_items", "nothing", str(tmp_path / "x.csv"))


def test_a_producer_cannot_name_a_segment_of_less_risk_than_the_process():
    contract = factories.CONTRACT.replace("risk: low\ninput", "risk: medium\ninput").replace(
        "segments:\n",
        "segments:\n  - {{name: small, when: {{input.amount: {{less_than: 10}}}}, risk: low}}\n",
    )
    process = factories.make_process("graded", contract=contract)
    with pytest.raises(InvalidInput) as caught:
        receive(process, Incoming({"text": "x"}, segment="small"), actor=ACTOR)
    assert set(caught.value.errors) == {"segment"}
    small = receive(process, Incoming({"text": "x", "amount": 5}), actor=ACTOR)
    assert Item.objects.get(pk=small.item_id).segment == "small"  # the contract's own rule
