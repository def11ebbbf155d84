-- Null is the press blue that Inkbell comes with.
ALTER TABLE shop ADD accent_color text CHECK (accent_color ~ '^#[0-9a-f]{6}$');
