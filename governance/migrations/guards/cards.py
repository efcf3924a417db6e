"""A kept revision of a card stays as it is, and revisions count 1, 2, 3 without a gap."""

from governance.migrations.squashing import APPEND_ONLY, Trigger, guard

FUNCTIONS = """
CREATE FUNCTION governance_check_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> 1 + coalesce((
        SELECT max(number) FROM governance_cardrevision WHERE version_id = NEW.version_id), 0)
    THEN
        RAISE EXCEPTION 'revision % does not follow the newest one', NEW.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = [
    Trigger("append_only", "governance_cardrevision", *APPEND_ONLY),
    Trigger(
        "follows_newest",
        "governance_cardrevision",
        "BEFORE INSERT",
        "ROW EXECUTE FUNCTION governance_check_revision()",
    ),
]

CARDS = guard(FUNCTIONS, TRIGGERS)
