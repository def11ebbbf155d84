-- Staff id 0 is the local admin of an app without sign-in, who has no row on the staff and still must not lose a word.
ALTER TABLE wording_draft DROP CONSTRAINT wording_draft_staff_id_fkey;
DROP INDEX wording_draft_staff;
