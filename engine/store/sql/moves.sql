-- name: for_jobs
-- why: all that deciding a status change reads, for every card of the board in one statement
SELECT j.id,
       to_jsonb(c) AS customer,
       to_jsonb(j) AS job,
       (SELECT jsonb_agg(to_jsonb(a)) FROM artwork a WHERE a.job_id = j.id) AS artworks,
       (SELECT jsonb_agg(to_jsonb(v)) FROM rule_override v WHERE v.customer_id = c.id) AS overrides,
       (SELECT jsonb_agg(jsonb_build_array(x.channel, x.address)) FROM suppression x
        WHERE x.lifted_at IS NULL
          AND (x.channel = 'email' AND x.address IN (lower(c.email), lower(j.contact_email))
               OR x.channel = 'sms' AND right(x.address, 7) IN (
                   right(regexp_replace(c.phone, '\D', '', 'g'), 7),
                   right(regexp_replace(j.contact_phone, '\D', '', 'g'), 7)))) AS suppressed,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', t.id, 'rule_key', t.rule_key, 'channel', t.channel, 'status', t.status, 'reason', t.reason,
            'detail', t.detail, 'dedupe_key', t.dedupe_key, 'created_at', t.created_at, 'event_id', t.event_id,
            'event_type', b.type, 'to_status', COALESCE(b.payload ->> 'to', '')) ORDER BY t.id)
        FROM (SELECT id, type, payload FROM event WHERE subject_table = 'job' AND subject_id = j.id
              UNION ALL
              SELECT id, type, payload FROM event
              WHERE subject_table = 'artwork' AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = j.id))) AS b,
             LATERAL (SELECT * FROM message WHERE event_id = b.id OFFSET 0) AS t
        WHERE t.customer_id IS NOT NULL) AS told
FROM job j
JOIN customer c ON c.id = j.customer_id
WHERE j.id = ANY(:job_ids)
