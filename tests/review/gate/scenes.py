"""Processes whose outputs pass a gate, and functions that a gate calls."""

from typing import Any

from governance.approvals import operations as approvals
from governance.contracts.rules import Verdict
from governance.models import Process, User
from governance.policies import operations as policies
from governance.policies.models import PolicyVersion
from governance.roles.roles import Role
from integrations.errors import TransientError
from review.decisions import operations as decisions
from review.gate.models import GateHold
from review.models import Decision
from tests import factories

POLICY = """# Replies

What we write to people is right and kind.

## Other matters

Nothing is sorted under other without a reason.
"""


def gated(gate: str, slug: str = "desk", **options: Any) -> Process:
    """The tests' process with this `gate:` in its contract, in YAML's flow style."""
    contract = f"{factories.CONTRACT}gate: {gate.replace('{', '{{').replace('}', '}}')}\n"
    return factories.make_process(slug, contract=contract, **options)


def policy_in_force(process: Process | None = None, slug: str = "replies") -> PolicyVersion:
    """A policy written by one person and signed by a process owner."""
    author = factories.make_person(f"author-of-{slug}")
    version = policies.create(
        slug=slug,
        title=slug.title(),
        process=process.pk if process else None,
        text=POLICY,
        actor=author,
    )
    approve(version, process or Process.objects.order_by("pk").first())
    return version


def approve(version: PolicyVersion, process: Process | None) -> None:
    """Have a version asked for and signed by somebody who owns the process."""
    asker = factories.make_person(f"asker-{version.digest[:8]}-{version.number}")
    signer = factories.make_person(
        f"signer-{version.digest[:8]}-{version.number}", process, Role.PROCESS_OWNER
    )
    asked = policies.ask_approval(version, actor=asker, reason="For the tests.")
    approvals.sign(approval_id=asked.pk, actor=signer, is_yes=True, digest=asked.digest)


def held(process: Process, actor: User, **options: Any) -> GateHold:
    """A hold on a new item that this person has decided."""
    return GateHold.objects.get(decision=factories.make_decision(process, actor, **options))


def decide_again(decision: Decision, actor: User, **given: Any) -> Decision:
    """A verdict on the task that an undone decision leaves open."""
    assert decision.task is not None
    task = factories.claim(decision.task, actor)
    return decisions.decide(task_id=task.pk, actor=actor, **given).decision


def passes(output: Any) -> bool:
    return bool(output.output["category"] == "bill")


def tells(output: Any) -> Verdict:
    return Verdict(False, "value_missing")


def breaks(output: Any) -> bool:
    raise RuntimeError(f"with {output.input['text']}")


def fails_for_now(output: Any) -> bool:
    raise TransientError("busy")


def answers_nonsense(output: Any) -> Any:
    return None


def write_newer(version: PolicyVersion) -> PolicyVersion:
    """A draft that follows a version."""
    author = factories.make_person(f"again-{version.number}")
    text = version.text.replace("right and kind", "right, kind and short")
    return policies.write(
        policy_id=version.policy_id, text=text, actor=author, follows=version.number
    )
