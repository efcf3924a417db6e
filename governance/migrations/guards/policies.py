"""A policy keeps its name and its place; its versions are only added to."""

from governance.migrations.squashing import APPEND_ONLY, Trigger, guard

FUNCTIONS = """
CREATE FUNCTION governance_keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.slug, NEW.process_id) IS DISTINCT FROM (OLD.id, OLD.slug, OLD.process_id) THEN
        RAISE EXCEPTION 'what a policy is called and where it holds do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger(
        "kept",
        "governance_policy",
        "BEFORE UPDATE",
        "ROW EXECUTE FUNCTION governance_keep_policy()",
    ),
    Trigger("append_only", "governance_policyversion", *APPEND_ONLY),
]

POLICIES = guard(FUNCTIONS, TRIGGERS)
