"""What the parser takes, fills in and refuses, and that each refusal names line and field."""

import pytest

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import digest_of, parse
from governance.contracts.problems import ContractError
from tests.governance.contracts.texts import CONTRACT, changed, line_of

PROVIDERS = ("local", "openai")


def problems_of(text: str) -> list[str]:
    with pytest.raises(ContractError) as caught:
        parse(text, filename="c.yaml", providers=PROVIDERS)
    assert str(caught.value).splitlines() == caught.value.lines()
    return caught.value.lines()


def test_a_whole_contract_is_taken_and_its_defaults_are_filled_in() -> None:
    body = parse(CONTRACT, providers=PROVIDERS)
    assert body["undo_window_seconds"] == 30
    assert body["due_seconds"] == 86_400
    assert body["quality_sample_rate"] == 0.05
    assert body["confidence"]["is_urgent"] == {"automatic": 0.8, "manual": 0.0}
    assert body["queues"][0]["lease_seconds"] == 600
    assert body["effects"][0]["on"] == ["accept", "correct"]
    assert body["effects"][0]["retry"]["attempts"] == 8
    assert body["candidate"]["retry"]["first_delay_seconds"] == 2


@pytest.mark.parametrize("slug", shipped.SLUGS)
def test_shipped_contracts_are_valid(slug: str) -> None:
    file = shipped.folder(slug) / "contract.yaml"
    body = parse(file.read_text(), filename=str(file), providers=(*PROVIDERS, "extraction"))
    assert body["process"] == slug
    assert Agreement.from_body(body).effects


def test_comments_and_order_do_not_change_the_digest_but_a_value_does() -> None:
    plain = digest_of(parse(CONTRACT))
    reordered = changed(("title: Parcels\n", ""), ("risk: low\n", "risk: low\ntitle: Parcels\n"))
    assert digest_of(parse("# a comment\n" + reordered)) == plain
    assert digest_of(parse(changed(("automatic: 0.9", "automatic: 0.91")))) != plain


def test_yaml_reads_as_1_2_so_that_on_no_and_dates_stay_texts() -> None:
    text = changed(
        ("enum: [late, lost, other]", "enum: [no, on, 2024-01-31]"),
        ("{not_equals: lost}", "{not_equals: 2024-01-31}"),
    )
    body = parse(text)
    assert body["output"]["schema"]["properties"]["category"]["enum"] == ["no", "on", "2024-01-31"]


def test_all_problems_come_at_once_sorted_by_line() -> None:
    text = changed(
        ("risk: low\n", "risk: lo\n"),
        ("manual: 0.2}", "manual: 0.95}"),
        ("otherwise: review", "otherwise: nobody"),
    )
    found = problems_of(text)
    assert [line.split(": ")[1] for line in found] == [
        "risk",
        "confidence.category.manual",
        "checks[0].otherwise",
    ]


WEIGHT = "segments[0].when.input.weight"
# (text replaced, replacement, field of the problem, part of its message)
BROKEN = [
    ("process: parcels", "process: Parcels!", "process", "lower-case"),
    ("process: parcels", "process: my_parcels", "process", "lower-case"),
    ("title: Parcels", "title: ''", "title", "must not be empty"),
    ("title: Parcels", "titel: Parcels", "titel", 'did you mean "title"'),
    ("title: Parcels", "titel: Parcels", "title", "is required"),
    ("risk: low", "risk: [low]", "risk", "must be one of low, medium, high, not a list"),
    ("risk: low", "risk: lowe", "risk", 'did you mean "low"'),
    ("title: subject", "title: subjekt", "input.title", 'did you mean "subject"'),
    ("{automatic: 0.8}", "{automatic: 1.8}", "confidence.is_urgent.automatic", "from 0 to 1"),
    ("{automatic: 0.8}", "{automatic: yes}", "confidence.is_urgent.automatic", "not a text"),
    ("{automatic: 0.8}", "{automatic: true}", "confidence.is_urgent.automatic", "a number"),
    ("  is_urgent: {automatic: 0.8}\n", "", "confidence.is_urgent", "is required"),
    ("  is_urgent: {auto", "  urgent: {auto", "confidence.urgent", 'did you mean "is_urgent"'),
    ("manual: 0.2}", "manual: 0.91}", "confidence.category.manual", "not be above automatic"),
    ("name: heavy", "name: default", "segments[0].name", "matches no segment"),
    ("input.weight: {", "output.category: {", "segments[0].when.output.category", "must start"),
    ("input.weight: {", "item.segment: {", "segments[0].when.item.segment", "does not exist"),
    ("input.weight: {", "input.wait: {", "segments[0].when.input.wait", 'mean "input.weight"'),
    ("greater_than: 30", "more_than: 30", f"{WEIGHT}.more_than", "not a known"),
    ("greater_than: 30", "greater_than: [30]", f"{WEIGHT}.greater_than", "a list"),
    ("greater_than: 30", "in: []", f"{WEIGHT}.in", "list of values"),
    ("greater_than: 30", "present: 1", f"{WEIGHT}.present", "true or false"),
    ("greater_than: 30", 'matches: "("', f"{WEIGHT}.matches", "not a pattern"),
    ("greater_than: 30", 'matches: "(?=a)"', f"{WEIGHT}.matches", "look-around"),
    ("greater_than: 30", f'matches: "{"a" * 501}"', f"{WEIGHT}.matches", "500"),
    ("{input.weight: {greater_than: 30}}", "{}", "segments[0].when", "asks for nothing"),
    ("{input.weight: {greater_than: 30}}", "{any: []}", "segments[0].when.any", "list of cond"),
    ("provider: local", "provider: locl", "candidate.provider", 'did you mean "local"'),
    ("provider: local", "timeout_seconds: 0", "candidate.timeout_seconds", "from 1 to 300"),
    ("provider: local", "timeout_seconds: 1.5", "candidate.timeout_seconds", "a whole number"),
    ("role: operator", "role: operater", "queues[0].role", 'did you mean "operator"'),
    ("role: operator", "role: auditor", "queues[0].role", "is not known"),
    ("[review, manual]}", "[review]}", "queues", "no queue takes tasks of the kinds manual"),
    ("[review, manual]}", "[review, manual, quality]}", "queues[1].kinds", "already goes to"),
    ("[review, manual]}", "[review, review, manual]}", "queues[0].kinds[1]", "given twice"),
    ("[review, manual]}", "[review, manual], lease_seconds: 29}", "queues[0].lease_seconds", "30"),
    (", second_review, adj", ", adj", "queues", "no queue takes tasks of the kinds second_review"),
    ("second_review: {risks: [high]}", "second_review: {}", "second_review", "risks or segments"),
    ("{risks: [high]}", "{segments: [heavi]}", "second_review.segments[0]", 'mean "heavy"'),
    ("not_equals: lost", "not_equals: losst", "checks[0].require.output.category.not_equals",
     'did you mean "lost"'),
    ("name: lost_needs_a_person\n    require: {output.category: {not_equals: lost}}",
     "name: lost_needs_a_person", "checks[0]", "must hold either require"),
    ("require: {output.category: {not_equals: lost}}", "require: lost", "checks[0].require",
     "must be a mapping"),
    ("connector: file", "connector: ftp", "effects[0].connector", "http, file"),
    ("{path: told.jsonl}", "{path: ../told.jsonl}", "effects[0].target", "relative"),
    ("{path: told.jsonl}", "{file: told.jsonl}", "effects[0].target", "not known"),
    ("https://example.org/letters", "ftp://example.org", "effects[1].target", "https://"),
    ("$output.category, from", "$output.kategory, from", "effects[0].body.category",
     'did you mean "output.category"'),
    ("$item.external_id, category", "$item.extern, category", "effects[0].body.parcel", "item has"),
    ("$input.sender.country", "$input.sender.land", "effects[0].body.from", "does not exist"),
    ("$input.sender.country", "from $input.subject", "effects[0].body.from", "stands alone"),
    ("$$5 is missing", "$5 is missing", "effects[1].body.why", "written $$"),
    ("    compensation: {irreversible: It is in the post.}\n", "", "effects[1].compensation",
     "is required"),
    ("{irreversible: It is in the post.}", "{}", "effects[1].compensation", "either body or"),
    ("{irreversible: It is in the post.}", "{irreversible: x, body: {}}",
     "effects[1].compensation", "either body or"),
    ("{irreversible: It is in the post.}", "{irreversible: ''}",
     "effects[1].compensation.irreversible", "must say"),
    ("on: [reject]", "on: []", "effects[1].on", "at least one"),
    ("on: [reject]", "on: [rejected]", "effects[1].on[0]", 'did you mean "reject"'),
    ("name: letter", "name: tell", "effects[1].name", "given twice"),
    ("description: Ques", "undo_window_seconds: 601\ndescription: Ques", "undo_window_seconds",
     "from 0 to 600"),
    ("description: Ques", "quality_sample_rate: -0.1\ndescription: Ques", "quality_sample_rate",
     "from 0 to 1"),
    ("description: Ques", "due_seconds: 10\ndescription: Ques", "due_seconds", "from 60"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "message"), BROKEN)
def test_each_broken_rule_is_named_with_its_field(
    old: str, new: str, field: str, message: str
) -> None:
    found = problems_of(changed((old, new)))
    assert any(f": {field}: " in line and message in line for line in found), found


SCHEMA_BROKEN = [
    ("      weight: {type: number, minimum: 0, x-privacy: none}", "      weight: {type: number}",
     "input.schema.properties.weight", "no privacy label"),
    ("minimum: 0, x-privacy: none", "minimum: 0, x-privacy: secret",
     "input.schema.properties.weight.x-privacy", "none, internal, personal, sensitive"),
    ("minimum: 0, x-", "minimun: 0, x-", "input.schema.properties.weight.minimun",
     'did you mean "minimum"'),
    ("type: number, min", "type: numbr, min", "input.schema.properties.weight.type",
     "not valid JSON Schema"),
    ("minimum: 0, x-", "minimum: low, x-", "input.schema.properties.weight.minimum",
     "not valid JSON Schema"),
    ("minLength: 1,", 'pattern: "[",', "input.schema.properties.text.pattern", "not valid JSON"),
    ("minLength: 1,", 'pattern: "(?=a)b",', "input.schema.properties.text.pattern", "not valid"),
    ("minLength: 1,", 'pattern: "(a{999}){999}",', "input.schema.properties.text.pattern",
     "not valid"),
    ("minLength: 1,", "$ref: '#/properties/subject',", "input.schema.properties.text.$ref",
     "references"),
    ("    required: [text]", "    required: [txet]", "input.schema.required", 'mean "text"'),
    ("type: string, maxLength: 50, x-privacy: personal}", "type: string, x-privacy: personal, "
     "anyOf: [{x-privacy: none}]}", "input.schema.properties.subject.anyOf[0].x-privacy",
     "no meaning here"),
    ("        additionalProperties: false\n        properties:\n          name",
     "        properties:\n          name", "input.schema.properties.sender.additionalProperties",
     "must be false"),
    ("          country: {type: string, x-privacy: internal}", "          country: {type: string}",
     "input.schema.properties.sender.properties.country", "no privacy label"),
    ("is_urgent: {type: boolean, x", "is_urgent: {type: array, x",
     "output.schema.properties.is_urgent.items", "the columns of a row"),
    ("is_urgent: {type: boolean, x", "is_urgent: {type: object, x",
     "output.schema.properties.is_urgent.type", "must be a string, number"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "message"), SCHEMA_BROKEN)
def test_each_broken_schema_is_named_with_its_place(
    old: str, new: str, field: str, message: str
) -> None:
    found = problems_of(changed((old, new)))
    assert any(f": {field}: " in line and message in line for line in found), found


def test_an_open_schema_is_refused_at_its_top() -> None:
    text = CONTRACT.replace("    additionalProperties: false\n    required: [text]\n", "")
    assert any("input.schema.additionalProperties: must be false" in line
               for line in problems_of(text))  # fmt: skip


def test_lines_are_those_of_the_field_and_of_its_parent_where_it_is_missing() -> None:
    text = changed(("otherwise: review", "otherwise: nobody"))
    assert problems_of(text)[0].startswith(f"c.yaml:{line_of(text, 'otherwise')}: checks[0]")
    text = changed(("    message: A person looks for lost parcels.\n", ""))
    assert problems_of(text) == [
        f"c.yaml:{line_of(text, 'name: lost_needs')}: checks[0].message: is required"
    ]


BAD_YAML = [
    ("", 1, "is empty"),
    ("# only a comment\n", 1, "is empty"),
    ("process: [", 1, "not valid YAML"),
    ("a: 1\na: 2\n", 2, "given twice, first in line 1"),
    ("a: &x 1\nb: *x\n", 1, "anchors"),
    ("b: *x\n", 1, "anchors"),
    ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tags"),
    ("a: 1\n---\nb: 2\n", 2, "second document"),
    ("a: 1e400\n", 1, "too large a number"),
    ("a: .inf\n", 1, "not a number that JSON"),
    ("a: 99999999999999999999\n", 1, "plus or minus"),
    (f"a: {'9' * 5000}\n", 1, "not a number that JSON"),
    (f"a: -{'9' * 5000}\n", 1, "not a number that JSON"),
    (f"a: 0x{'f' * 5000}\n", 1, "not a number that JSON"),
    ('a: "\\0"\n', 1, "cannot be stored"),
    ('a: "\\uD800"\n', 1, "cannot be stored"),
    ('a: "\\UFFFFFFFF"\n', 1, "not valid YAML"),
    ("ok: 1\na: \0\n", 2, "a character that YAML does not allow"),
    ("[a, b]: 1\n", 1, "a field name must be a text"),
    ("[" * 5000, 1, "nested deeper"),
    ("- " * 5000, 1, "nested deeper"),
    ("[" + "1," * 30_000 + "]", 1, "more than 20,000 values"),
    ("x" * 300_000, 1, "longer than"),
    ("just text", 1, "must be a mapping, not a text"),
    ("- a\n- b\n", 1, "must be a mapping, not a list"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD_YAML)
def test_what_is_no_plain_yaml_document_is_refused_with_its_line(
    text: str, line: int, message: str
) -> None:
    assert any(
        one.startswith(f"c.yaml:{line}: ") and message in one for one in problems_of(text)
    ), problems_of(text)[:3]


def test_a_provider_is_any_name_where_the_settings_are_not_known() -> None:
    assert parse(changed(("provider: local", "provider: elsewhere")))
