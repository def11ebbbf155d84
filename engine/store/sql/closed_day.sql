-- name: coming
-- why: past ones matter to nobody any more
SELECT closed_day.id, closed_day.day, closed_day.label
FROM closed_day, shop
WHERE closed_day.day >= CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.timezone AS date)
ORDER BY closed_day.day

-- name: add
-- why: a holiday is entered once, as the days from its first to its last; those known already stay
WITH added AS (
    INSERT INTO closed_day (day, label)
    SELECT CAST(day AS date), :label
    FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), interval '1 day') AS day
    ON CONFLICT (day) DO NOTHING
    RETURNING id, day
), noted AS (
    INSERT INTO audit_entry (created_at, actor, action, subject, after)
    SELECT :now, :actor, 'closed_day.added', 'closed_day:' || day, jsonb_build_object('label', CAST(:label AS text))
    FROM added
)
SELECT id FROM added

-- name: remove
-- why: reminders go out on that day again, so it says who wanted that
WITH removed AS (
    DELETE FROM closed_day WHERE id = :id RETURNING id, day, label
), noted AS (
    INSERT INTO audit_entry (created_at, actor, action, subject, before)
    SELECT :now, :actor, 'closed_day.removed', 'closed_day:' || day, jsonb_build_object('label', label) FROM removed
)
SELECT id FROM removed
