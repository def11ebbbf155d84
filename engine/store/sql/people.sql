-- name: hold
-- why: nobody else changes the customer while it is being written out or forgotten
SELECT id, name, email, billing_email, cc_emails, phone FROM customer WHERE id = :id FOR UPDATE

-- name: contacts
-- why: a job may name other addresses than the customer's
SELECT contact_email, contact_phone FROM job
WHERE customer_id = :id AND (contact_email IS NOT NULL OR contact_phone IS NOT NULL)

-- name: leads
-- why: a lead has no customer, only an address; phones are kept as people write them, so the last digits find candidates
SELECT id, email, phone FROM lead
WHERE lower(trim(email)) = ANY(CAST(:emails AS text[]))
   OR EXISTS (SELECT FROM unnest(CAST(:endings AS text[])) AS ending
              WHERE strpos(regexp_replace(phone, '\D', '', 'g'), ending) > 0)

-- name: subjects
-- why: every record of theirs that an event can be about
SELECT 'job' AS subject_table, id AS subject_id FROM job WHERE customer_id = :id
UNION ALL SELECT 'artwork', artwork.id FROM artwork JOIN job ON job.id = artwork.job_id WHERE job.customer_id = :id
UNION ALL SELECT 'invoice', id FROM invoice WHERE customer_id = :id
UNION ALL SELECT 'reorder_request', id FROM reorder_request WHERE customer_id = :id
UNION ALL SELECT 'lead', id FROM lead WHERE id = ANY(CAST(:lead_ids AS bigint[]))

-- name: events
-- why: by the index on an event's subject
SELECT event.id FROM event
JOIN unnest(CAST(:tables AS text[]), CAST(:ids AS bigint[])) AS own (subject_table, subject_id)
  USING (subject_table, subject_id)

-- name: texts
-- why: replies count as theirs by the number too, for it may have been theirs only later
SELECT id, message_sid FROM inbound_text WHERE customer_id = :id OR from_number = ANY(CAST(:phones AS text[]))

-- name: messages
-- why: those to them, those about them to the shop's own people, and the notices of their replies
SELECT id FROM message WHERE customer_id = :id
UNION SELECT id FROM message WHERE event_id = ANY(CAST(:event_ids AS bigint[]))
UNION SELECT id FROM message
WHERE rule_key = 'sms_reply' AND split_part(dedupe_key, ':', 2) = ANY(CAST(:sids AS text[]))

-- name: everything
-- why: one statement, so that the file shows one moment; links are left out, for whoever holds one acts as the customer
SELECT jsonb_build_object(
    'customer', (SELECT to_jsonb(c) - 'portal_token' FROM customer AS c WHERE c.id = :id),
    'jobs', (SELECT jsonb_agg(to_jsonb(j) ORDER BY j.id) FROM job AS j WHERE j.customer_id = :id),
    'artworks', (SELECT jsonb_agg(to_jsonb(a) - 'review_token' ORDER BY a.id)
                 FROM artwork AS a JOIN job AS j ON j.id = a.job_id WHERE j.customer_id = :id),
    'shipments', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id)
                  FROM shipment AS s JOIN job AS j ON j.id = s.job_id WHERE j.customer_id = :id),
    'invoices', (SELECT jsonb_agg(to_jsonb(i) - 'pay_token' ORDER BY i.id)
                 FROM invoice AS i WHERE i.customer_id = :id),
    'payments', (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id)
                 FROM payment AS p JOIN invoice AS i ON i.id = p.invoice_id WHERE i.customer_id = :id),
    'checkouts', (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.id)
                  FROM checkout_session AS k JOIN invoice AS i ON i.id = k.invoice_id WHERE i.customer_id = :id),
    'reorder_requests', (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id)
                         FROM reorder_request AS r WHERE r.customer_id = :id),
    'leads', (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.id)
              FROM lead AS l WHERE l.id = ANY(CAST(:lead_ids AS bigint[]))),
    'rule_overrides', (SELECT jsonb_agg(to_jsonb(o) ORDER BY o.id) FROM rule_override AS o WHERE o.customer_id = :id),
    'suppressions', (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM suppression AS x
                     WHERE x.channel = 'email' AND x.address = ANY(CAST(:emails AS text[]))
                        OR x.channel = 'sms' AND x.address = ANY(CAST(:phones AS text[]))),
    'events', (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.id)
               FROM event AS e WHERE e.id = ANY(CAST(:event_ids AS bigint[]))),
    'messages', (SELECT jsonb_agg(to_jsonb(m) || jsonb_build_object(
                     'attempts', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM attempt AS t
                                  WHERE t.message_id = m.id)) ORDER BY m.id)
                 FROM message AS m WHERE m.id = ANY(CAST(:message_ids AS bigint[]))),
    'inbound_texts', (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id)
                      FROM inbound_text AS n WHERE n.id = ANY(CAST(:text_ids AS bigint[]))),
    'audit_entries', (SELECT jsonb_agg(to_jsonb(u) ORDER BY u.id)
                      FROM audit_entry AS u WHERE u.subject = ANY(CAST(:audited AS text[])))
) AS everything

-- name: tokens
-- why: a message as it was sent carries the links that still work; shorter ones open nothing
SELECT token
FROM (SELECT portal_token AS token FROM customer WHERE id = :id
      UNION ALL
      SELECT review_token FROM artwork JOIN job ON job.id = artwork.job_id WHERE job.customer_id = :id
      UNION ALL
      SELECT pay_token FROM invoice WHERE customer_id = :id) AS link
WHERE length(token) >= 16

-- name: owed
-- why: whoever owes money is not forgotten by mistake
SELECT number, currency, total_cents - amount_paid_cents AS balance_cents FROM invoice
WHERE customer_id = :id AND status = 'sent' AND amount_paid_cents < total_cents
ORDER BY number

-- name: nobody_decides
-- why: a decision that has read the old address would write it into a new message; the decider's own lock holds it off
SELECT pg_advisory_xact_lock(4711001)

-- name: hold_messages
-- why: from here on no sender claims, writes or settles one of them; what one has in its hands can't be taken back
SELECT id, status FROM message WHERE id = ANY(CAST(:message_ids AS bigint[])) ORDER BY id FOR UPDATE

-- name: hash_suppressions
-- why: silence outlives the address; one that another customer has too stays readable, for it is theirs as well
UPDATE suppression SET address = forgotten_address(address), note = NULL
WHERE (channel = 'email' AND address = ANY(CAST(:emails AS text[]))
       OR channel = 'sms' AND address = ANY(CAST(:phones AS text[])))
  AND NOT EXISTS (SELECT FROM suppression AS kept
                  WHERE kept.channel = suppression.channel AND kept.address = forgotten_address(suppression.address))
  AND NOT EXISTS (
      SELECT FROM customer AS other
      WHERE other.id <> :id
        AND (suppression.address IN (lower(trim(other.email)), lower(trim(other.billing_email)))
             OR EXISTS (SELECT FROM unnest(other.cc_emails) AS copy WHERE lower(trim(copy)) = suppression.address)
             OR suppression.channel = 'sms'
                AND strpos(regexp_replace(other.phone, '\D', '', 'g'), right(suppression.address, 7)) > 0))
RETURNING id

-- name: drop_suppressions
-- why: whoever was forgotten, came back and asked for silence again has the digest already; it is in force again
WITH gone AS (
    DELETE FROM suppression
    WHERE (channel = 'email' AND address = ANY(CAST(:emails AS text[]))
           OR channel = 'sms' AND address = ANY(CAST(:phones AS text[])))
      AND EXISTS (SELECT FROM suppression AS kept
                  WHERE kept.channel = suppression.channel AND kept.address = forgotten_address(suppression.address))
    RETURNING channel, address, reason, since, lifted_at)
UPDATE suppression SET lifted_at = NULL, reason = gone.reason, since = gone.since
FROM gone
WHERE gone.lifted_at IS NULL AND suppression.channel = gone.channel
  AND suppression.address = forgotten_address(gone.address)

-- name: blank_customer
-- why: the row stays, for invoices and jobs hang on it
UPDATE customer
SET name = :name, company = NULL, email = NULL, billing_email = NULL, cc_emails = NULL, phone = NULL,
    sms_consent_at = NULL, portal_token = DEFAULT
WHERE id = :id

-- name: blank_jobs
-- why: who to speak to is personal; what was printed belongs to the books
UPDATE job SET contact_name = NULL, contact_email = NULL, contact_phone = NULL
WHERE customer_id = :id

-- name: blank_artworks
-- why: what they wrote goes, what they decided stays
UPDATE artwork
SET decline_reason = NULL, decided_by = NULL, decided_note = NULL, review_token = DEFAULT
FROM job WHERE job.id = artwork.job_id AND job.customer_id = :id

-- name: renew_invoices
-- why: a link in an old mail must not open what is kept for the books
UPDATE invoice SET pay_token = DEFAULT WHERE customer_id = :id

-- name: blank_reorders
-- why: a note is whatever they wrote
UPDATE reorder_request SET note = NULL WHERE customer_id = :id

-- name: blank_overrides
-- why: the reason is a note about a person
UPDATE rule_override SET reason = NULL WHERE customer_id = :id

-- name: blank_leads
-- why: how they first came is personal too
UPDATE lead SET name = :name, email = NULL, phone = NULL, company = NULL, message = NULL
WHERE id = ANY(CAST(:lead_ids AS bigint[]))

-- name: blank_texts
-- why: the sid stays, so that Twilio's repetition of it has no effect
UPDATE inbound_text SET body = NULL, from_number = forgotten_address(from_number)
WHERE id = ANY(CAST(:text_ids AS bigint[])) AND from_number NOT LIKE 'sha256:%'

-- name: cancel_messages
-- why: nothing more goes to somebody who was forgotten
UPDATE message SET status = 'cancelled', reason = 'discarded', detail = NULL
WHERE customer_id = :id AND status IN ('queued', 'held')

-- name: blank_messages
-- why: rows and keys stay, since they prevent a repeat; a detail that names the covering message is such a key too
UPDATE message
SET subject = NULL, body_text = NULL, body_html = NULL, to_address = NULL, follow_at = NULL,
    detail = CASE WHEN reason = 'covered' THEN detail END
WHERE id = ANY(CAST(:message_ids AS bigint[])) AND status <> 'sending'

-- name: blank_tests
-- why: a test may have been written with their record, and which one it was is not kept; one that waits goes nowhere
UPDATE message
SET subject = NULL, body_text = NULL, body_html = NULL,
    status = CASE WHEN status IN ('queued', 'held') THEN 'cancelled' ELSE status END,
    reason = CASE WHEN status IN ('queued', 'held') THEN 'discarded' ELSE reason END
WHERE rule_key = 'test_send' AND status <> 'sending' AND body_text IS NOT NULL

-- name: blank_attempts
-- why: providers quote the address in what they answer
UPDATE attempt SET to_address = NULL, detail = NULL WHERE message_id = ANY(CAST(:message_ids AS bigint[]))

-- name: blank_events
-- why: an event that waits still needs its payload to be decided
UPDATE event SET payload = '{}', last_error = NULL
WHERE id = ANY(CAST(:event_ids AS bigint[])) AND handled_at IS NOT NULL

-- name: blank_audit
-- why: who did what and when stays, what it said about a person goes
UPDATE audit_entry
SET before = NULL,
    after = CASE WHEN jsonb_typeof(after) = 'object'
                 THEN after - CAST(ARRAY['name', 'company', 'email', 'billing_email', 'cc_emails', 'phone', 'reason',
                                         'contact_name', 'contact_email', 'contact_phone',
                                         'note', 'address', 'browser', 'reference'] AS text[]) END,
    subject = CASE WHEN subject LIKE 'suppression:%'
                   THEN concat_ws(':', 'suppression', split_part(subject, ':', 2),
                                  forgotten_address(split_part(subject, ':', 3)))
                   ELSE subject END
WHERE subject = ANY(CAST(:audited AS text[]))

-- name: record
-- why: that somebody was forgotten, or their data handed out, is itself to be answered for
INSERT INTO audit_entry (created_at, actor, action, subject, after)
VALUES (:now, :actor, :action, 'customer:' || CAST(:id AS text), :after)
