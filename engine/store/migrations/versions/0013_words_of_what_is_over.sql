-- A message is written about five times on its way out; each time its words were worked out anew, which cost as much
-- as everything else that Postgres did for it.
DROP INDEX message_by_words;
CREATE INDEX message_by_words ON message USING gin (message_words(subject, body_text, to_address))
WHERE status NOT IN ('queued', 'sending');
