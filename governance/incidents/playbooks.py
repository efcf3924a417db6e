"""Playbooks as documents: checking, keeping them in versions, taking in those that are shipped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785
import yaml
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from governance.errors import InvalidInput
from governance.incidents.models import Playbook
from governance.ledger import operations as ledger
from governance.roles.roles import PERMISSIONS, Role

SHIPPED = Path(__file__).parent / "shipped"
MOST_STEPS = 30
MOST_YAML_CHARACTERS = 20_000
# What a step may do, and what it needs beside its words.
STEPS: Mapping[str, frozenset[str]] = {
    "halt": frozenset(),
    "pause": frozenset(),
    "stage": frozenset({"to"}),
    "rollback": frozenset(),
    "thresholds": frozenset({"floor"}),
    "notify": frozenset({"roles"}),
    "manual": frozenset(),
}
_KEPT = 4_119_002  # advisory lock, so that numbers are gapless


@transaction.atomic
def save(*, slug: str, source: str, actor: str) -> Playbook:
    """Keep a playbook (YAML: name, use_when, steps) as its next version; the same one once.

    Raises InvalidInput with a reason a place.
    """
    content = read(source)
    digest = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEPT])
    newest = Playbook.objects.filter(slug=slug).order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return newest
    made = Playbook.objects.create(
        slug=slug,
        number=newest.number + 1 if newest else 1,
        digest=digest,
        created_at=timezone.now(),
        created_by=actor,
        **content,
    )
    ledger.append(
        "playbook.saved",
        actor=actor,
        data={"playbook": str(made.pk), "slug": slug, "number": made.number, "digest": digest},
    )
    return made


def install(*, actor: str) -> list[Playbook]:
    """Take in the playbooks that are shipped; one that was taken in or changed here stays."""
    known = set(Playbook.objects.values_list("slug", flat=True))
    return [
        save(slug=file.stem, source=file.read_text(encoding="utf-8"), actor=actor)
        for file in sorted(SHIPPED.glob("*.yaml"))
        if file.stem not in known
    ]


def newest() -> list[Playbook]:
    """The newest version of each playbook, by name."""
    latest = Playbook.objects.values("slug").annotate(newest=Max("number"))
    wanted = {(one["slug"], one["newest"]) for one in latest}
    found = Playbook.objects.filter(slug__in=[slug for slug, _ in wanted]).order_by("name")
    return [one for one in found if (one.slug, one.number) in wanted]


def source_of(playbook: Playbook) -> str:
    """A playbook as the YAML that `save` takes."""
    content = {
        "name": playbook.name,
        "use_when": playbook.use_when,
        "steps": playbook.steps,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=96)


def read(source: str) -> dict[str, Any]:
    """The content of a playbook. Raises InvalidInput with a reason a place."""
    if len(source) > MOST_YAML_CHARACTERS:
        raise InvalidInput("The playbook is too long.", {"source": "At most 20,000 characters."})
    try:
        content = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "somewhere"
        raise InvalidInput("This is no YAML.", {"source": f"It breaks at {line}."}) from None
    if not isinstance(content, dict) or set(content) != {"name", "use_when", "steps"}:
        raise InvalidInput("It needs name, use_when and steps.", {"source": "and nothing else"})
    errors = {}
    if not _is_text(content["name"], 120):
        errors["name"] = "1 to 120 characters."
    if not _is_text(content["use_when"], 2000):
        errors["use_when"] = "1 to 2,000 characters."
    steps = content["steps"]
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        errors["steps"] = f"1 to {MOST_STEPS} steps."
    else:
        for place, step in enumerate(steps, start=1):
            problem = _problem(step)
            if problem:
                errors[f"steps.{place}"] = problem
    if errors:
        raise InvalidInput("The playbook is wrong.", errors)
    return content


def _problem(step: Any) -> str:
    """What is wrong with a step, "" for nothing."""
    if not isinstance(step, dict) or not isinstance(step.get("do"), str):
        return "A step is an object with do and say."
    if step["do"] not in STEPS:
        return f"do is one of {', '.join(STEPS)}."
    if set(step) != {"do", "say"} | STEPS[step["do"]]:
        return f"It needs {', '.join(['do', 'say', *sorted(STEPS[step['do']])])}, and nothing else."
    if not _is_text(step["say"], 500):
        return "say is 1 to 500 characters."
    if step["do"] == "stage" and step["to"] not in ("shadow", "assisted"):
        return "to is shadow or assisted: a playbook steps down."
    if step["do"] == "thresholds":
        floor = step["floor"]
        if isinstance(floor, bool) or not isinstance(floor, int | float) or not 0 < floor <= 1:
            return "floor is above 0 and at most 1."
    if step["do"] == "notify":
        roles = step["roles"]
        # Who is told has to be able to open what they are told of.
        known = {role.value for role in Role if "view_governance" in PERMISSIONS[role]}
        if not isinstance(roles, list) or not roles or not set(map(str, roles)) <= known:
            return f"roles is a list of some of {', '.join(sorted(known))}."
    return ""


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= most
