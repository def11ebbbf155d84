-- part: mode
-- why: a message keeps the mode that it was decided in; where it was kept in the sandbox all the same, its provider's id
-- says so
CASE WHEN message.provider_id LIKE 'sandbox:%' THEN 'sandbox' ELSE message.mode END AS mode

-- part: names
-- why: whom it is for and what it is about, as a line of the log names them
customer.name AS customer,
staff.name AS staff,
event.type AS event_type,
job.number AS job_number,
job.title AS job_title,
job.contact_name,
job.contact_email,
job.contact_phone,
invoice.number AS invoice_number,
connection.last_error AS channel_fault

-- part: with_names
-- why: a proof's and an invoice's message are about their job too
FROM message
LEFT JOIN customer ON customer.id = message.customer_id
LEFT JOIN staff ON staff.id = message.staff_id
LEFT JOIN event ON event.id = message.event_id
LEFT JOIN artwork ON event.subject_table = 'artwork' AND artwork.id = event.subject_id
LEFT JOIN invoice ON event.subject_table = 'invoice' AND invoice.id = event.subject_id
LEFT JOIN job ON job.id = CASE event.subject_table
    WHEN 'job' THEN event.subject_id
    WHEN 'artwork' THEN artwork.job_id
    ELSE invoice.job_id
END
LEFT JOIN connection ON connection.provider = CASE message.channel WHEN 'email' THEN 'smtp' WHEN 'sms' THEN 'twilio' END

-- name: page
-- why: newest first; ids follow the order of deciding, and the primary key pages without a sort
SELECT
    message.id,
    message.rule_key,
    message.channel,
    message.status,
    message.reason,
    message.detail,
    message.to_address,
    message.subject,
    left(message.body_text, 160) AS opening,
    {{ mode }},
    message.created_at,
    message.send_after,
    message.try_after,
    message.sent_at,
    message.customer_id,
    {{ names }}
{{ with_names }}
WHERE message.id = ANY (CAST(:ids AS bigint[]))
ORDER BY message.id DESC

-- name: find
-- why: every filter is bound and optional; what is NULL drops out when the statement is planned
SELECT message.id
FROM message
WHERE (CAST(:status AS text) IS NULL OR message.status = :status)
  AND (NOT CAST(:needs_a_person AS boolean) OR message.status = 'held'
       OR message.status IN ('failed', 'unknown') AND message.read_at IS NULL AND NOT EXISTS (
           SELECT FROM message AS later
           WHERE later.resend_of = COALESCE(message.resend_of, message.id) AND later.id > message.id))
  AND (CAST(:rule_key AS text) IS NULL OR message.rule_key = :rule_key)
  AND (CAST(:channel AS text) IS NULL OR message.channel = :channel)
  AND (CAST(:customer AS text) IS NULL OR message.customer_id = ANY (ARRAY(
           SELECT id FROM customer
           WHERE strpos(lower(concat_ws(' ', name, company, email, billing_email)), lower(:customer)) > 0)))
  AND (CAST(:about AS text) IS NULL OR message.event_id = ANY (ARRAY(
           SELECT event.id FROM job JOIN event ON event.subject_table = 'job' AND event.subject_id = job.id
           WHERE job.number = :about
           UNION ALL
           SELECT event.id FROM job JOIN artwork ON artwork.job_id = job.id
           JOIN event ON event.subject_table = 'artwork' AND event.subject_id = artwork.id
           WHERE job.number = :about
           UNION ALL
           SELECT event.id FROM invoice LEFT JOIN job ON job.id = invoice.job_id
           JOIN event ON event.subject_table = 'invoice' AND event.subject_id = invoice.id
           WHERE :about IN (invoice.number, job.number))))
  AND (CAST(:since AS timestamptz) IS NULL OR message.created_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR message.created_at < :until)
  AND (CAST(:text AS text) IS NULL OR message.id = ANY (ARRAY(
           SELECT id FROM message
           WHERE status NOT IN ('queued', 'sending')
             AND message_words(subject, body_text, to_address) @@ words_asked(:text)
           UNION ALL
           -- On its way out it has an address, and words only after a first try; no index knows them yet.
           SELECT id FROM message
           WHERE status IN ('queued', 'sending')
             AND (strpos(lower(to_address), lower(:text)) > 0
                  OR body_text IS NOT NULL AND message_words(subject, body_text, to_address) @@ words_asked(:text)))))
ORDER BY message.id DESC
LIMIT :limit OFFSET :offset

-- name: counts
-- why: the number beside each status, and how many pages there are
SELECT status, count(*) AS count FROM message GROUP BY status

-- name: need_a_person
-- why: the number in the navigation, at every click: by the index on the status, and settled ones don't nag
SELECT count(*) AS count
FROM message
WHERE status IN ('held', 'failed', 'unknown')
  AND (status = 'held' OR read_at IS NULL AND NOT EXISTS (
      SELECT FROM message AS later
      WHERE later.resend_of = COALESCE(message.resend_of, message.id) AND later.id > message.id))

-- name: one
-- why: one message as it went out, with what it is about
SELECT
    message.*,
    {{ mode }},
    {{ names }},
    event.occurred_at,
    event.payload
{{ with_names }}
WHERE message.id = :id

-- name: attempts
-- why: every hand-off, in order
SELECT started_at, finished_at, outcome, detail, to_address FROM attempt WHERE message_id = :id ORDER BY lease

-- name: by_hand
-- why: what people in the shop did with it, and who
SELECT audit_entry.created_at AS at, audit_entry.action, COALESCE(staff.name, audit_entry.actor) AS who
FROM audit_entry LEFT JOIN staff ON audit_entry.actor = 'staff:' || staff.id
WHERE audit_entry.subject = 'message:' || :id
ORDER BY audit_entry.id

-- name: family
-- why: the message that this one repeats, and those that repeat it
SELECT id FROM message
WHERE id <> :id AND (id = CAST(:first AS bigint) OR resend_of = CAST(:first AS bigint))
ORDER BY id

-- name: seen
-- why: as the customer saw them: only what went out, the latest of them in the order of arriving
SELECT * FROM (
    SELECT message.id, message.channel, message.subject, message.body_text, message.body_html, message.sent_at,
           {{ mode }}
    FROM message
    WHERE message.customer_id = :customer_id AND message.status IN ('sent', 'delivered')
      AND message.channel IN ('email', 'sms') AND (message.body_text IS NOT NULL OR message.body_html IS NOT NULL)
      AND (CAST(:event_ids AS bigint[]) IS NULL OR message.event_id = ANY (:event_ids))
    ORDER BY message.sent_at DESC, message.id DESC
    LIMIT :most
) AS latest
ORDER BY sent_at, id
