-- A list by status, the newest first, and the number beside each status, without a look at the rows themselves.
CREATE INDEX message_status ON message (status, id);
DROP INDEX message_needs_a_person;

-- The rate and the latency of the last day.
CREATE INDEX message_sent ON message (sent_at) WHERE sent_at IS NOT NULL;

-- Words are letters and digits, all else is between them, so that "INV-2041" is found by 2041. The ends of a telephone
-- number are words too, for people type it with or without what stands before. The cost keeps the planner from working
-- it out row by row.
CREATE FUNCTION message_words(subject text, body text, address text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5000 SET search_path = pg_catalog AS $$
    SELECT to_tsvector('simple', regexp_replace(
        concat_ws(' ', subject, body, address,
                  CASE WHEN address LIKE '+%' THEN concat_ws(' ', right(address, 10), right(address, 7), right(address, 4)) END),
        '[^[:alnum:]]+', ' ', 'g'))
$$;

-- Every word as the beginning of one; null where nothing of it is a word.
CREATE FUNCTION words_asked(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CAST(string_agg(lexeme || ':*', ' & ') AS tsquery)
    FROM unnest(to_tsvector('simple', regexp_replace(words, '[^[:alnum:]]+', ' ', 'g')))
$$;

CREATE INDEX message_by_words ON message USING gin (message_words(subject, body_text, to_address));

-- Whether a lead is a customer already.
CREATE INDEX customer_email ON customer (lower(email));
