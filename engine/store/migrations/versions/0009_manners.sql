-- A message that somebody released is not held for a surge again, however often it has to wait after that.
ALTER TABLE message ADD released_at timestamptz;
UPDATE message SET released_at = COALESCE(age_from, created_at) WHERE detail = 'released';

-- Up to when a pause of all sending is already kept out of the age of what waits; null when no pause is left to count.
ALTER TABLE shop ADD paused_counted_until timestamptz;
UPDATE shop SET paused_counted_until = now() WHERE sending_paused;

-- In the database, so that a pause counts from its first second even while no sidecar runs.
CREATE FUNCTION note_pause() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.paused_counted_until := COALESCE(NEW.paused_counted_until, clock_timestamp());
    RETURN NEW;
END
$$;
CREATE TRIGGER shop_pause BEFORE INSERT OR UPDATE OF sending_paused ON shop
FOR EACH ROW WHEN (NEW.sending_paused) EXECUTE FUNCTION note_pause();
