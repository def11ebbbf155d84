-- name: shared
-- why: what every decision of a batch reads alike is fetched once, not once per event
SELECT to_jsonb(shop) AS shop,
       (SELECT jsonb_object_agg(key, jsonb_build_array(label, COALESCE(customer_label, label), announce))
        FROM job_status) AS labels,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'id', id, 'name', name, 'email', email, 'role', role, 'active', active) ORDER BY id), '[]')
        FROM staff) AS staff,
       (SELECT jsonb_agg(day) FROM closed_day) AS closed_days,
       (SELECT CAST(COALESCE(options ->> 'days_before', '3') AS integer) FROM rule_setting
        WHERE rule_key = 'payment_due_soon_email' AND enabled) AS due_soon_days,
       (SELECT jsonb_agg(jsonb_build_array(channel, address)) FROM suppression
        WHERE address LIKE 'sha256:%' AND lifted_at IS NULL) AS forgotten,
       (SELECT jsonb_object_agg(rule_key, jsonb_build_object(
            'enabled', enabled, 'enabled_at', enabled_at, 'options', options, 'version', active_version_id))
        FROM rule_setting) AS rules,
       (SELECT jsonb_object_agg(provider, jsonb_build_object(
            'settings', settings, 'verified_at', verified_at, 'last_error', last_error)) FROM connection) AS connections,
       clock_timestamp() AS now
FROM shop
LIMIT 1

-- name: for_events
-- why: one statement brings all that a batch reads; every part is an index probe per event
SELECT e.id,
       to_jsonb(e) AS event,
       to_jsonb(c) AS customer,
       to_jsonb(j) || jsonb_build_object(
           'label', st.label, 'customer_label', COALESCE(st.customer_label, st.label), 'announce', st.announce) AS job,
       to_jsonb(i) AS invoice,
       to_jsonb(l) AS lead,
       to_jsonb(r) || jsonb_build_object('job_number', rj.number) AS reorder,
       (SELECT jsonb_agg(to_jsonb(a)) FROM artwork a WHERE a.job_id = j.id) AS artworks,
       (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM shipment s WHERE s.job_id = j.id) AS shipments,
       (SELECT to_jsonb(ji) FROM invoice ji
        WHERE ji.job_id = j.id
          AND (ji.status = 'paid' OR ji.status = 'sent' AND ji.amount_paid_cents < ji.total_cents)
        ORDER BY ji.status = 'sent' DESC, COALESCE(ji.sent_at, ji.created_at) DESC, ji.id DESC
        LIMIT 1) AS job_invoice,
       (SELECT jsonb_agg(to_jsonb(o) ORDER BY o.due_date, o.id) FROM invoice o
        WHERE e.subject_table = 'invoice' AND o.customer_id = c.id AND o.status = 'sent'
          AND o.amount_paid_cents < o.total_cents AND o.due_date IS NOT NULL) AS owed,
       (SELECT jsonb_agg(jsonb_build_array(p.rule_key, p.at))
        FROM (SELECT rule_key,
                     COALESCE(sent_at, (dunning_on + time '12:00') AT TIME ZONE (SELECT timezone FROM shop LIMIT 1)) AS at
              FROM message
              WHERE e.subject_table = 'invoice' AND customer_id = c.id AND rule_key = ANY(:reminders)
                AND event_id IS DISTINCT FROM e.id
                AND (sent_at IS NOT NULL OR dunning_on IS NOT NULL AND status IN ('sending', 'unknown'))
              ORDER BY id DESC LIMIT 10) AS p) AS reminded,
       (SELECT max(created_at) FROM payment
        WHERE invoice_id = i.id AND i.status = 'sent' AND i.amount_paid_cents < i.total_cents) AS part_paid_at,
       (SELECT jsonb_agg(to_jsonb(v)) FROM rule_override v WHERE v.customer_id = c.id) AS overrides,
       (SELECT jsonb_agg(jsonb_build_array(x.channel, x.address)) FROM suppression x
        WHERE x.lifted_at IS NULL
          AND (x.channel = 'email' AND x.address = ANY (
                   ARRAY[lower(c.email), lower(c.billing_email), lower(j.contact_email)]
                   || ARRAY(SELECT lower(copy) FROM unnest(c.cc_emails) AS copy))
               OR x.channel = 'sms' AND right(x.address, 7) IN (
                   right(regexp_replace(c.phone, '\D', '', 'g'), 7),
                   right(regexp_replace(j.contact_phone, '\D', '', 'g'), 7)))) AS suppressed,
       (SELECT jsonb_agg(jsonb_build_array(m.id, m.payload ->> 'from', m.payload ->> 'to', m.occurred_at) ORDER BY m.id)
        FROM (SELECT * FROM event WHERE subject_table = 'job' AND subject_id = j.id AND type = 'job.status_changed'
              ORDER BY id DESC LIMIT 50) AS m) AS moves,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', t.id, 'rule_key', t.rule_key, 'channel', t.channel, 'status', t.status, 'reason', t.reason,
            'detail', t.detail, 'dedupe_key', t.dedupe_key, 'created_at', t.created_at, 'event_id', t.event_id,
            'event_type', b.type, 'to_status', COALESCE(b.payload ->> 'to', ''), 'handed_off_at', CASE t.status WHEN 'unknown' THEN COALESCE(t.sent_at, t.created_at) ELSE t.sent_at END,
            'shipment_ids', b.payload -> 'shipment_ids', 'resend_of', t.resend_of) ORDER BY t.id)
        FROM (SELECT id, type, payload FROM event WHERE subject_table = 'job' AND subject_id = j.id
              UNION ALL
              SELECT id, type, payload FROM event
              WHERE subject_table = 'artwork' AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = j.id))) AS b,
             LATERAL (SELECT * FROM message WHERE event_id = b.id OFFSET 0) AS t
        WHERE t.customer_id IS NOT NULL) AS told
FROM event e
LEFT JOIN artwork art ON e.subject_table = 'artwork' AND art.id = e.subject_id
LEFT JOIN invoice i ON e.subject_table = 'invoice' AND i.id = e.subject_id
LEFT JOIN lead l ON e.subject_table = 'lead' AND l.id = e.subject_id
LEFT JOIN reorder_request r ON e.subject_table = 'reorder_request' AND r.id = e.subject_id
LEFT JOIN job rj ON rj.id = r.job_id
LEFT JOIN job j ON j.id = COALESCE(art.job_id, i.job_id, CASE e.subject_table WHEN 'job' THEN e.subject_id END)
LEFT JOIN job_status st ON st.key = j.status
LEFT JOIN customer c ON c.id = COALESCE(i.customer_id, r.customer_id, j.customer_id)
WHERE e.id = ANY(:event_ids)
