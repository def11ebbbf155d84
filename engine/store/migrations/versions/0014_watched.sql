-- Since when a shop watches, and what it has watched; once the shop is live it stays as small as it was.
CREATE INDEX message_watched ON message (created_at) WHERE mode = 'sandbox' AND customer_id IS NOT NULL;
