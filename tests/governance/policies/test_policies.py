"""Policies in versions: written by one, signed by another, never changed, safe to show."""

import pytest
from django.db import Error, connection, transaction

from governance.approvals import operations as approvals
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import Approval, Entry, Policy, PolicyVersion
from governance.policies import operations, queries, texts
from tests import factories
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(process, cast):
    return operations.create(
        slug="payments",
        title="Payments",
        process=process.pk,
        text="# Payments\r\nTo known accounts.",
        actor=cast.compliance_officer,
    )


def test_a_policy_comes_into_force_when_an_owner_has_signed(version, cast):
    policy = version.policy
    assert queries.in_force(policy) is None
    asked = operations.ask_approval(version, actor=cast.compliance_officer, reason="Needed.")
    assert (asked.roles, asked.author, asked.before) == (
        ["process_owner"],
        cast.compliance_officer,
        None,
    )
    approvals.sign(approval_id=asked.pk, actor=cast.owner, is_yes=True, digest=asked.digest)
    assert queries.in_force(policy) == version
    assert queries.citable("desk") == [version]
    entry = Entry.objects.get(kind="policy.written")
    assert entry.data == {"policy": "payments", "version": 1, "digest": version.digest}


def test_a_new_version_replaces_the_one_in_force_once_it_is_approved(version, process, cast):
    scenes.approve(version, process)
    newer = operations.write(
        policy_id=version.policy_id,
        text="# Payments\nTo known accounts, by two people.",
        actor=cast.compliance_officer,
        follows=1,
        change="Two people.",
    )
    assert queries.in_force(version.policy) == version
    scenes.approve(newer, process)
    assert queries.in_force(version.policy) == newer
    asked = Approval.objects.get(digest=newer.digest)
    assert "by two people" not in asked.before["text"]
    approvals.withdraw(approval_id=asked.pk, actor=cast.owner, reason="Too soon.")
    assert queries.in_force(version.policy) == version
    with pytest.raises(Conflict, match="newer version"):
        operations.ask_approval(version, actor=cast.auditor, reason="Again.")


def test_who_wrote_it_does_not_sign_it(process, cast):
    version = operations.create(
        slug="own", title="Own", process="desk", text="# Own", actor=cast.owner
    )
    asked = operations.ask_approval(version, actor=cast.compliance_officer, reason="Needed.")
    with pytest.raises(NotAllowed):
        approvals.sign(approval_id=asked.pk, actor=cast.owner, is_yes=True, digest=asked.digest)


def test_a_policy_of_all_processes_is_signed_by_an_owner_of_any(process, cast):
    version = scenes.policy_in_force(None, slug="everywhere")
    assert queries.citable("desk") == [version]
    other = factories.make_process("other-desk")
    assert queries.citable(other.pk) == [version]


def test_a_policy_of_another_process_is_not_cited_here(version, process):
    scenes.approve(version, process)
    other = factories.make_process("other-desk")
    assert queries.citable(other.pk) == []


def test_two_who_write_at_once_do_not_overwrite_one_another(version, cast):
    given = {"policy_id": version.policy_id, "actor": cast.compliance_officer, "follows": 1}
    operations.write(text="# One", **given)
    with pytest.raises(Conflict, match="Version 2 has been written"):
        operations.write(text="# Two", **given)
    with pytest.raises(Conflict, match="says already"):
        operations.write(text="# One\n", **{**given, "follows": 2})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Not A Name"}, "slug"),
        ({"slug": "payments"}, "slug"),
        ({"title": " "}, "title"),
        ({"text": "\n"}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"change": "x" * 301}, "change"),
    ],
)
def test_what_is_no_policy_is_refused(version, cast, changes, field):
    given = {"slug": "other", "title": "Other", "text": "# Other", "change": ""}
    with pytest.raises(InvalidInput) as caught:
        operations.create(process="desk", actor=cast.owner, **{**given, **changes})
    assert field in caught.value.errors
    assert Policy.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_policyversion SET text = 'x'",
        "DELETE FROM governance_policyversion",
        "TRUNCATE governance_policyversion CASCADE",
        "UPDATE governance_policy SET slug = 'x'",
        "UPDATE governance_policy SET process_id = NULL",
    ],
)
def test_the_database_keeps_what_was_written(version, statement):
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert PolicyVersion.objects.get().text == "# Payments\nTo known accounts.\n"


def test_headings_are_anchors_of_their_own_on_the_page():
    text = "# One\n\n## Two parts\n\ntext\n\nTwo parts\n---------\n\n> # Quoted\n\n# `x` & <y>"
    found = texts.headings(text)
    assert [(one.anchor, one.level) for one in found] == [
        ("one", 1),
        ("two-parts", 2),
        ("two-parts-2", 2),
        ("x-y", 1),
    ]
    html = texts.html_of(text)
    assert '<h2 id="one">One</h2>' in html
    assert '<h3 id="two-parts-2">' in html
    assert "<y>" not in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://elsewhere.example/x.png)",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        '# "><script>alert(1)</script>',
        "| a |\n|---|\n| <b onclick=x>y</b> |",
    ],
)
def test_a_text_brings_no_html_of_its_own(attack):
    html = texts.html_of(attack).lower()
    for sign in ("<script", "<img", "<b ", 'href="javascript', 'href="data'):
        assert sign not in html


def test_differences_leave_out_what_is_equal():
    old = "\n".join(str(number) for number in range(40))
    new = old.replace("20", "twenty") + "\nend"
    found = texts.differences(old, new)
    assert [(one.kind, one.text) for one in found if one.kind in ("added", "removed")] == [
        ("removed", "20"),
        ("added", "twenty"),
        ("added", "end"),
    ]
    assert sum(one.kind == "gap" for one in found) == 2
    assert texts.differences(old, old) == []
