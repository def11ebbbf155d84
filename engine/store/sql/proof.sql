-- name: job_of
-- why: the token of any version opens the page, and decisions about one job wait for one another
SELECT job_id, review_token FROM artwork WHERE review_token = :review_token

-- name: hold_job
-- why: locked before its artwork, as whoever moves the job does it in the same order
SELECT status FROM job WHERE id = :job_id FOR UPDATE

-- name: versions
-- why: the newest is the one that counts; the older ones show what was changed
SELECT artwork.id, artwork.job_id, artwork.version, artwork.status, artwork.image_url, artwork.sent_at,
       artwork.decline_reason, artwork.decided_at, artwork.decided_by, artwork.decided_note,
       job.number AS job_number, job.title AS job_title, job.quantity AS job_quantity, job.status AS job_status
FROM artwork JOIN job ON job.id = artwork.job_id
WHERE artwork.job_id = :job_id
ORDER BY artwork.version DESC

-- name: decide
-- why: the status is asked once more, so that whatever went before, one proof has one decision
UPDATE artwork
SET status = :status, decline_reason = :reason, decided_at = :now, decided_by = :name, decided_via = 'portal',
    decided_note = :note
WHERE id = :id AND status = 'sent'
RETURNING id

-- name: move_job
-- why: a job that is held, cancelled or on press already is the shop's to move
UPDATE job SET status = :to, updated_at = clock_timestamp()
WHERE id = :job_id AND status <> :to AND status = ANY (CAST(:from AS text[]))

-- name: record
-- why: who decided, when and how is proof for both sides
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, 'portal', :action, 'artwork:' || CAST(:id AS text), :before, :after)

-- name: speak_for
-- why: the capture trigger copies it into the event; it ends with the transaction
SELECT set_config('inkbell.actor', 'portal', true)
