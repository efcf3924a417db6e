"""A small whole contract, and variations of it by replacing text."""

CONTRACT = """\
process: parcels
title: Parcels
description: Questions about parcels.
risk: low
input:
  title: subject
  schema:
    type: object
    additionalProperties: false
    required: [text]
    properties:
      subject: {type: string, maxLength: 50, x-privacy: personal}
      text: {type: string, minLength: 1, x-privacy: personal}
      weight: {type: number, minimum: 0, x-privacy: none}
      channel: {enum: [email, shop], x-privacy: internal}
      sender:
        type: object
        additionalProperties: false
        properties:
          name: {type: string, x-privacy: personal}
          country: {type: string, x-privacy: internal}
output:
  schema:
    type: object
    additionalProperties: false
    required: [category]
    properties:
      category: {enum: [late, lost, other], x-privacy: internal}
      is_urgent: {type: boolean, x-privacy: internal}
confidence:
  category: {automatic: 0.9, manual: 0.2}
  is_urgent: {automatic: 0.8}
segments:
  - name: heavy
    when: {input.weight: {greater_than: 30}}
    risk: high
candidate:
  provider: local
queues:
  - {name: desk, role: operator, kinds: [review, manual]}
  - {name: senior, role: senior_reviewer, kinds: [quality, escalation, second_review, adjudication]}
  - {name: officers, role: compliance_officer, kinds: [compliance]}
second_review: {risks: [high]}
checks:
  - name: lost_needs_a_person
    require: {output.category: {not_equals: lost}}
    otherwise: review
    message: A person looks for lost parcels.
effects:
  - name: tell
    connector: file
    target: {path: told.jsonl}
    body: {parcel: $item.external_id, category: $output.category, from: $input.sender.country}
    compensation: {body: {parcel: $item.external_id, undo: true}}
  - name: letter
    connector: http
    on: [reject]
    target: {url: "https://example.org/letters"}
    body: {why: "$$5 is missing"}
    compensation: {irreversible: It is in the post.}
"""


def changed(*pairs: tuple[str, str]) -> str:
    """The contract with each text replaced; a text that is not there is a mistake in the test."""
    text = CONTRACT
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1
