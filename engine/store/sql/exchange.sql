-- name: toggles
-- Every rule's switch, for writing them to a file and for seeing which ones a file moves.
SELECT rule_key, enabled FROM rule_setting;
