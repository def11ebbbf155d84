-- By its own condition: as one on the status it offered itself for every "id = … AND status = 'sending'", and a plan made
-- while the table was small took it, and then read every dead entry of a burst.
DROP INDEX message_leases;
CREATE INDEX message_leases ON message (leased_until) WHERE leased_until IS NOT NULL;
