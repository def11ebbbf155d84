-- name: fresh
-- why: one decider at a time, so toasts commit in the order of their ids and none slips past the last one seen
SELECT message.id, message.subject AS title, message.body_text AS text,
       job.id AS job_id, job.number AS job_number, job_status.label AS to_label,
       event.payload ->> 'actor' IS NOT DISTINCT FROM CAST(:actor AS text) AS own,
       coalesce(job.sales_rep_id = CAST(:staff_id AS bigint), false) AS mine
FROM message
LEFT JOIN event ON event.id = message.event_id
LEFT JOIN job ON event.subject_table = 'job' AND job.id = event.subject_id
LEFT JOIN job_status ON job_status.key = event.payload ->> 'to'
WHERE message.channel = 'toast' AND message.status = 'sent' AND message.id > :after
ORDER BY message.id

-- name: choice
-- why: nobody has to choose; who has not sees all
SELECT shows FROM toast_choice WHERE staff_id = :staff_id

-- name: choose
-- why: one row per person
INSERT INTO toast_choice (staff_id, shows) VALUES (:staff_id, :shows)
ON CONFLICT (staff_id) DO UPDATE SET shows = EXCLUDED.shows
