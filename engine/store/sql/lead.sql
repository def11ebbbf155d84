-- name: alone
-- why: a double click is two requests at once, and the second has to see the first
SELECT pg_advisory_xact_lock(hashtextextended('lead:' || CAST(:likeness AS text), 0))

-- name: receive
-- why: the same words within ten minutes are the same person pressing again; the trigger tells the admins
INSERT INTO lead (created_at, name, email, phone, company, source, message)
SELECT :now, :name, :email, :phone, :company, 'website', :message
WHERE NOT EXISTS (
    SELECT FROM lead
    WHERE source = 'website' AND created_at > CAST(:now AS timestamptz) - interval '10 minutes'
      AND (name, email, phone, company, message) IS NOT DISTINCT FROM
          (CAST(:name AS text), CAST(:email AS text), CAST(:phone AS text), CAST(:company AS text), CAST(:message AS text)))
RETURNING id

-- name: of_the_hour
-- why: a form that anybody may fill in must not bury the admins, however many addresses it is filled in from
SELECT count(*) AS count FROM lead
WHERE source = 'website' AND created_at > CAST(:now AS timestamptz) - interval '1 hour'

-- name: speak_for
-- why: the capture trigger copies it into the event; it ends with the transaction
SELECT set_config('inkbell.actor', 'portal', true)
