"""A decision stays what it was, and a model decides alone only where it may.

What may change: a decision in force is undone or superseded, once; a person's comes to settle the
item; an erasure, which has marked the item before, blanks what was written. The triggers of items,
calls and candidates fire for real changes of the columns they name alone, which no verb makes, so
that the many updates of an item do not pay for them.

An automatic decision is looked at as it is inserted: version, contract and stage are approved,
nothing is halted, and its candidate, the item's own, is above the thresholds: the contract's own,
and one that was raised. Routing asks for the same. Here it holds for whatever code inserts the
decision, and for a threshold that is raised between the look and the write.
"""

from governance.migrations.squashing import Trigger, guard

FUNCTIONS = """
CREATE FUNCTION review_check_automatic() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    obstacles text[];
    low text;
    is_raised boolean;
BEGIN
    SELECT governance_obstacles(i.process_id, k.version_id, i.contract_id) INTO obstacles
    FROM review_item i
    LEFT JOIN review_candidate c ON c.id = NEW.candidate_id AND c.item_id = NEW.item_id
    LEFT JOIN review_call k ON k.id = c.call_id
    WHERE i.id = NEW.item_id;
    IF obstacles <> '{}' THEN
        RAISE EXCEPTION 'no automatic decision: %', array_to_string(obstacles, ', ')
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT b.name, (c.confidence ->> b.name)::float8 >= (b.band ->> 'automatic')::float8
    INTO low, is_raised
    FROM review_item i
    JOIN review_candidate c ON c.id = NEW.candidate_id
    JOIN governance_contract a ON a.id = i.contract_id
    LEFT JOIN governance_thresholdoverride o ON o.process_id = i.process_id AND o.until IS NULL
    CROSS JOIN LATERAL jsonb_each(a.body -> 'confidence') AS b(name, band)
    WHERE i.id = NEW.item_id AND (c.confidence ->> b.name)::float8
          < greatest((b.band ->> 'automatic')::float8, coalesce(o.floor, 0))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'no automatic decision: % (%)',
            CASE WHEN is_raised THEN 'threshold_raised' ELSE 'field_below_band' END, low
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

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


def _stays(table: str, what: str, columns: tuple[str, ...]) -> Trigger:
    """A trigger that refuses another value in any of these columns."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return Trigger(
        "stays_the_same",
        table,
        f"BEFORE UPDATE OF {', '.join(columns)}",
        f"ROW WHEN (({old}) IS DISTINCT FROM ({new}))"
        f" EXECUTE FUNCTION review_refuse_other('{what}')",
    )


TRIGGERS = [
    Trigger(
        "automatic_is_approved",
        "review_decision",
        "BEFORE INSERT",
        "ROW WHEN (NEW.actor_id IS NULL) EXECUTE FUNCTION review_check_automatic()",
    ),
    Trigger(
        "decision_rules",
        "review_decision",
        "BEFORE UPDATE OR DELETE",
        "ROW EXECUTE FUNCTION review_check_decision()",
    ),
    Trigger(
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

DECISIONS = guard(FUNCTIONS, TRIGGERS)
