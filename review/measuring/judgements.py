"""What people judged of an item, as parts of statements that measure."""

# A person's judgement of an item `i`: what its outcome rests on, or else a quality sample, which
# does not settle where it agrees. One of two slots that wait for each other is none yet.
JUDGEMENT_SQL = """
    SELECT d.output, d.created_at, coalesce(t.is_blind, false) AS is_blind FROM review_decision d
    LEFT JOIN review_task t ON t.id = d.task_id
    WHERE d.item_id = i.id AND d.state = 'active' AND d.actor_id IS NOT NULL
      AND (d.settles OR t.kind = 'quality')
    ORDER BY d.settles DESC, d.id DESC LIMIT 1
"""
# How likely it was, by the route `r`, that people judge an item at all; null where the model acted
# alone and it was not drawn: somebody looked for a reason, which says nothing of the others.
RATE_SQL = """CASE
    WHEN r.outcome <> 'automatic' THEN 1
    WHEN r.is_sampled THEN coalesce((
        SELECT (why ->> 'rate')::float8 FROM jsonb_array_elements(r.reasons) why
        WHERE why ->> 'code' = 'quality_sample' LIMIT 1), 1) END"""
