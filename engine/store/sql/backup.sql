-- name: present
-- why: an empty database needs no copy before another is restored into it
SELECT to_regclass('public.shop') IS NOT NULL AS shop, to_regclass('public.sidecar_heartbeat') IS NOT NULL AS heartbeat

-- name: pause
-- why: in the transaction of the restore, so that nothing can leave before an admin has looked
UPDATE public.shop SET sending_paused = true

-- name: hold_outgoing
-- why: what waited then may have gone out since; a new lease number fences off whoever had it in hand
UPDATE public.message
SET status = 'held', reason = 'restored', detail = NULL, leased_until = NULL, lease = lease + 1
WHERE status IN ('queued', 'sending')

-- name: doubt
-- why: how a hand-off of that time ended is not in the backup
UPDATE public.attempt SET finished_at = now(), outcome = 'unknown', detail = 'a backup was restored'
WHERE finished_at IS NULL

-- name: no_sidecars
-- why: those that beat when the backup was made are not at work now
DELETE FROM public.sidecar_heartbeat

-- name: waiting
-- why: what had happened and was not worked through when the backup was made
SELECT id, type, subject_table, subject_id, occurred_at FROM event WHERE handled_at IS NULL ORDER BY id

-- name: hold_decided
-- why: what the older events would say may have been said already; notices inside the shop do no harm twice
UPDATE message SET status = 'held', reason = 'restored', detail = NULL
WHERE status = 'queued' AND channel IN ('email', 'sms')

-- name: held
-- why: how much there is to look at
SELECT count(*) AS held FROM message WHERE status = 'held' AND reason = 'restored'

-- name: record
-- why: a ledger that jumped back says so itself
INSERT INTO audit_entry (created_at, actor, action, subject, after) VALUES (:now, :actor, 'backup restored', 'shop', :after)

-- name: last_restore
-- why: whoever looks later sees since when the ledger is another, and who did it
SELECT entry.created_at AS at, COALESCE(staff.name, entry.actor) AS actor, entry.after ->> 'file' AS file,
       entry.after -> 'events' AS events
FROM audit_entry AS entry
LEFT JOIN staff ON entry.actor = 'staff:' || staff.id
WHERE entry.action = 'backup restored'
ORDER BY entry.id DESC LIMIT 1

-- name: events
-- why: named by what they were about, as their numbers tell nobody anything
SELECT type, subject_table, subject_id, occurred_at FROM event WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id LIMIT :most
