-- name: for_jobs
-- why: all that deciding a status change reads, for every card of the board in one statement
SELECT j.id, CAST(json_strip_nulls(to_json(known)) AS text) AS known
FROM job j
JOIN job_status st ON st.key = j.status
JOIN customer c ON c.id = j.customer_id,
LATERAL (
    SELECT to_json(c) AS customer,
           (SELECT to_json(one)
            FROM (SELECT j.*, st.label, COALESCE(st.customer_label, st.label) AS customer_label, st.announce) AS one) AS job,
           (SELECT json_agg(a) FROM artwork a WHERE a.job_id = j.id) AS artworks,
           (SELECT json_agg(v) FROM rule_override v WHERE v.customer_id = c.id) AS overrides,
           (SELECT json_agg(json_build_array(said, address))
            FROM (SELECT phone, regexp_replace(phone || translate(lower(phone), 'abcdefghijklmnopqrstuvwxyz',
                                                                  '22233344455566677778889999'), '\D', '', 'g') AS digits
                  FROM concat(c.phone, j.contact_phone) AS phone OFFSET 0) AS own,
                 suppression, unnest(ARRAY[channel, reason]) AS said
            WHERE lifted_at IS NULL
              AND (channel = 'email' AND address = ANY(ARRAY(SELECT lower(btrim(own, E' \t\n\x0b\f\r\u00a0'))
                                                  FROM unnest(ARRAY[c.email, j.contact_email]) AS own))
                   OR channel = 'sms'
                      AND (strpos(digits, right(address, 7)) > 0 OR phone ~ '[^ -~\u00a0\u2010-\u2015]'))) AS suppressed,
           (SELECT json_agg(said ORDER BY said.id)
            FROM (SELECT t.id, t.rule_key, t.channel, t.status, t.reason, t.detail, t.dedupe_key, t.created_at,
                         t.event_id, b.type AS event_type, COALESCE(b.payload ->> 'to', '') AS to_status
                  FROM (SELECT id, type, payload FROM event WHERE subject_table = 'job' AND subject_id = j.id
                        UNION ALL
                        SELECT id, type, payload FROM event
                        WHERE subject_table = 'artwork'
                          AND subject_id = ANY (ARRAY(SELECT id FROM artwork WHERE job_id = j.id))) AS b,
                       LATERAL (SELECT * FROM message WHERE event_id = b.id OFFSET 0) AS t
                  WHERE t.customer_id IS NOT NULL) AS said) AS told) AS known
WHERE j.id = ANY(:job_ids)
