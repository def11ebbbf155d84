-- Staff id 0 is the local admin of an app without sign-in, who has no row on the staff.
CREATE TABLE toast_choice (
    staff_id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    shows text NOT NULL CHECK (shows IN ('all', 'mine', 'none'))
);
