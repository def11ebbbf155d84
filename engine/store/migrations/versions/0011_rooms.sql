-- Null while nobody has looked after it; the name, not the id, as people leave.
ALTER TABLE lead ADD handled_at timestamptz, ADD handled_by text;
ALTER TABLE reorder_request ADD handled_at timestamptz, ADD handled_by text;
