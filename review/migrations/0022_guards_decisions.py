"""A decision stays what it was: for every role, by any way in.

0014 looks at an automatic decision as it is inserted. Without these guards an UPDATE could turn a
person's decision into an automatic one afterwards, or put another version or contract below it.

What may change: a decision in force is undone or superseded, once; a person's comes to settle the
item; an erasure, which has marked the item before, blanks what was written. The triggers of items,
calls and candidates fire for real changes of the columns they name alone, which no verb makes, so
that the many updates of an item do not pay for them.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION review_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a decision is undone, not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.item_id, NEW.task_id, NEW.candidate_id, NEW.actor_id, NEW.verdict,
        NEW.supersedes_id, NEW.created_at, NEW.undo_until, NEW.active_seconds, NEW.run_id)
       IS DISTINCT FROM
       (OLD.id, OLD.item_id, OLD.task_id, OLD.candidate_id, OLD.actor_id, OLD.verdict,
        OLD.supersedes_id, OLD.created_at, OLD.undo_until, OLD.active_seconds, OLD.run_id)
    THEN
        RAISE EXCEPTION 'what was decided, by whom and when does not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state
       AND NOT (OLD.state = 'active' AND NEW.state IN ('undone', 'superseded'))
    THEN
        RAISE EXCEPTION 'a decision does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.settles <> OLD.settles
       AND NOT (NEW.settles AND NEW.actor_id IS NOT NULL AND OLD.state = 'active')
    THEN
        RAISE EXCEPTION 'what an item rests on changes by a decision of its own'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.output, NEW.evidence, NEW.reason) IS DISTINCT FROM
       (OLD.output, OLD.evidence, OLD.reason)
       AND NOT (
        (NEW.output IS NOT DISTINCT FROM OLD.output OR NEW.output = '{"erased": true}')
        AND (NEW.evidence = OLD.evidence OR NEW.evidence = '{}')
        AND (NEW.reason = OLD.reason OR NEW.reason = '')
        AND EXISTS (SELECT 1 FROM review_item i
                    WHERE i.id = NEW.item_id AND i.content_erased_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'what a decision says goes by an erasure of its item alone'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION review_refuse_other() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the % that a decision rests on stays the same', TG_ARGV[0]
        USING ERRCODE = 'restrict_violation';
END
$$
"""
DROP_FUNCTIONS = """
DROP FUNCTION review_refuse_other();
DROP FUNCTION review_check_decision()
"""


def _stays(table: str, what: str, columns: tuple[str, ...]) -> tuple[str, str, str, str]:
    """A trigger that refuses another value in any of these columns."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return (
        "stays_the_same",
        table,
        f"BEFORE UPDATE OF {', '.join(columns)}",
        f"ROW WHEN (({old}) IS DISTINCT FROM ({new}))"
        f" EXECUTE FUNCTION review_refuse_other('{what}')",
    )


TRIGGERS = [
    (
        "decision_rules",
        "review_decision",
        "BEFORE UPDATE OR DELETE",
        "ROW EXECUTE FUNCTION review_check_decision()",
    ),
    (
        "kept",
        "review_decision",
        "BEFORE TRUNCATE",
        "STATEMENT EXECUTE FUNCTION governance_refuse_change()",
    ),
    _stays("review_item", "process and contract", ("id", "process_id", "contract_id")),
    _stays(
        "review_candidate",
        "candidate",
        ("id", "item_id", "call_id", "confidence", "sources", "created_at"),
    ),
    _stays(
        "review_call",
        "call",
        ("id", "item_id", "version_id", "provider", "prompt_sha256", "outcome", "at"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0021_notice_kinds"),
        ("governance", "0002_ledger_guards"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {does};"
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
                f"DROP TRIGGER {name} ON {table}",
            )
            for name, table, when, does in TRIGGERS
        ],
    ]
