-- name: shared
-- why: what every decision of a batch reads alike is fetched once, not once per event; one text, by which the reader
-- knows whether anything in it has changed
SELECT CAST(to_json(document) AS text) AS document, clock_timestamp() AS now
FROM (
    SELECT to_jsonb(shop) AS shop,
           CAST(EXTRACT(epoch FROM now() AT TIME ZONE timezone - now() AT TIME ZONE 'UTC') AS integer) AS ahead,
           (SELECT jsonb_object_agg(key, jsonb_build_array(label, COALESCE(customer_label, label), announce))
            FROM job_status) AS labels,
           (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                'id', id, 'name', name, 'email', email, 'role', role, 'active', active) ORDER BY id), '[]')
            FROM staff) AS staff,
           (SELECT jsonb_agg(day ORDER BY day) FROM closed_day) AS closed_days,
           (SELECT jsonb_agg(jsonb_build_array(channel, address) ORDER BY id) FROM suppression
            WHERE address LIKE 'sha256:%' AND lifted_at IS NULL) AS forgotten,
           (SELECT jsonb_object_agg(rule_key, jsonb_build_object(
                'enabled', enabled, 'enabled_at', enabled_at, 'options', options, 'version', active_version_id))
            FROM rule_setting) AS rules,
           (SELECT jsonb_object_agg(provider, jsonb_build_object(
                'settings', settings, 'verified_at', verified_at, 'last_error', last_error))
            FROM connection) AS connections
    FROM shop
    LIMIT 1) AS document

-- name: for_events
-- why: one statement brings all that a batch reads, each event's as one text; every part is an index probe per event.
-- A number may be spelled in letters; one in another script is for the reader to find among all
SELECT e.id, CAST(json_strip_nulls(to_json(known)) AS text) AS known
FROM event e
LEFT JOIN artwork art ON e.subject_table = 'artwork' AND art.id = e.subject_id
LEFT JOIN invoice i ON e.subject_table = 'invoice' AND i.id = e.subject_id
LEFT JOIN lead l ON e.subject_table = 'lead' AND l.id = e.subject_id
LEFT JOIN reorder_request r ON e.subject_table = 'reorder_request' AND r.id = e.subject_id
LEFT JOIN job rj ON rj.id = r.job_id
LEFT JOIN job j ON j.id = COALESCE(art.job_id, i.job_id, CASE e.subject_table WHEN 'job' THEN e.subject_id END)
LEFT JOIN job_status st ON st.key = j.status
LEFT JOIN customer c ON c.id = COALESCE(i.customer_id, r.customer_id, j.customer_id),
LATERAL (
    SELECT to_json(e) AS event,
           to_json(c) AS customer,
           to_json(i) AS invoice,
           to_json(l) AS lead,
           (SELECT to_json(one)
            FROM (SELECT j.*, label, COALESCE(customer_label, label) AS customer_label, announce) AS one
            WHERE j.id IS NOT NULL) AS job,
           (SELECT to_json(one) FROM (SELECT r.*, rj.number AS job_number) AS one WHERE r.id IS NOT NULL) AS reorder,
           (SELECT json_agg(a) FROM artwork a WHERE job_id = j.id) AS artworks,
           (SELECT json_agg(s ORDER BY id) FROM shipment s WHERE job_id = j.id) AS shipments,
           (SELECT to_json(ji) FROM invoice ji
            WHERE job_id = j.id AND (status = 'paid' OR status = 'sent' AND amount_paid_cents < total_cents)
            ORDER BY status = 'sent' DESC, COALESCE(sent_at, created_at) DESC, id DESC
            LIMIT 1) AS job_invoice,
           (SELECT json_agg(o ORDER BY due_date, id) FROM invoice o
            WHERE e.subject_table = 'invoice' AND customer_id = c.id AND status = 'sent'
              AND amount_paid_cents < total_cents AND due_date IS NOT NULL) AS owed,
           (SELECT json_agg(p)
            FROM (SELECT rule_key, event_id = e.id AS repeated,
                         COALESCE(sent_at, (SELECT max(started_at) FROM attempt
                                            WHERE message_id = message.id
                                              AND COALESCE(outcome, 'unknown') = 'unknown')) AS at
                  FROM message
                  WHERE e.subject_table = 'invoice' AND customer_id = c.id AND rule_key = ANY(:reminders)
                    AND (event_id IS DISTINCT FROM e.id OR status IN ('sent', 'delivered', 'unknown'))
                  ORDER BY at DESC NULLS LAST LIMIT 10) AS p
            WHERE at IS NOT NULL) AS reminded,
           (SELECT max(created_at) FROM payment WHERE invoice_id = i.id) AS part_paid_at,
           (SELECT max(occurred_at) FROM event
            WHERE subject_table = 'invoice' AND subject_id = i.id AND type = 'invoice.sent') AS invoice_sent_at,
           (SELECT json_agg(v) FROM rule_override v WHERE customer_id = c.id) AS overrides,
           (SELECT json_agg(json_build_array(said, address))
            FROM (SELECT phone, regexp_replace(phone || translate(lower(phone), 'abcdefghijklmnopqrstuvwxyz',
                                                                  '22233344455566677778889999'), '\D', '', 'g') AS digits
                  FROM concat(c.phone, j.contact_phone) AS phone OFFSET 0) AS own,
                 suppression, unnest(ARRAY[channel, reason]) AS said
            WHERE lifted_at IS NULL
              AND (channel = 'email' AND address = ANY(ARRAY(SELECT lower(btrim(own, E' \t\n\x0b\f\r\u00a0'))
                                                  FROM unnest(ARRAY[c.email, c.billing_email, j.contact_email]
                                                               || c.cc_emails) AS own))
                   OR channel = 'sms'
                      AND (strpos(digits, right(address, 7)) > 0 OR phone ~ '[^ -~\u00a0\u2010-\u2015]'))) AS suppressed,
           (SELECT json_agg(m ORDER BY event_id)
            FROM (SELECT id AS event_id, COALESCE(payload ->> 'from', '') AS from_status,
                         COALESCE(payload ->> 'to', '') AS to_status, occurred_at AS at
                  FROM event WHERE subject_table = 'job' AND subject_id = j.id AND type = 'job.status_changed'
                  ORDER BY id DESC LIMIT 50) AS m) AS moves,
           (SELECT json_agg(m ORDER BY id)
            FROM (SELECT t.id, rule_key, channel, status, reason, detail, dedupe_key, created_at,
                         event_id, resend_of, type AS event_type, COALESCE(payload ->> 'to', '') AS to_status,
                         payload -> 'shipment_ids' AS shipment_ids,
                         COALESCE(sent_at, CASE status WHEN 'unknown' THEN created_at END) AS handed_off_at
                  FROM (SELECT id, type, payload FROM event WHERE subject_table = 'job' AND subject_id = j.id
                        UNION ALL
                        SELECT id, type, payload FROM event
                        WHERE subject_table = 'artwork'
                          AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = j.id))) AS b,
                       LATERAL (SELECT * FROM message WHERE event_id = b.id OFFSET 0) AS t
                  WHERE customer_id IS NOT NULL) AS m) AS told) AS known
WHERE e.id = ANY(:event_ids)
