-- name: tell_admins
-- why: one notice per cause for every active admin, or one that all admins see when there is none
INSERT INTO message (created_at, event_id, rule_key, channel, staff_id, status, dedupe_key, subject, body_text, send_after, sent_at)
SELECT :now, :event_id, 'system_alert', 'in_app', staff.id, 'sent',
       'system_alert:' || :cause || ':' || COALESCE('staff:' || staff.id, 'all'), :subject, :body, :now, :now
FROM (SELECT id FROM staff WHERE active AND role = 'admin'
      UNION ALL
      SELECT NULL WHERE NOT EXISTS (SELECT FROM staff WHERE active AND role = 'admin')) AS staff
ON CONFLICT (dedupe_key) DO NOTHING
