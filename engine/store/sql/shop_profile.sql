-- name: held
-- why: two people who save at once wait for each other, so that each changes only what they changed
SELECT name, email, phone, address, website, hours, logo_url, reply_to, timezone, locale, currency, country, public_url,
       redirect_email, redirect_phone, delivery_mode, notice, notice_from, notice_until, alert_email, alert_phone,
       sending_paused, grace_seconds, surge_limit, require_sms_consent, sms_from, sms_until,
       dunning_from, dunning_until, dunning_weekdays, accent_color
FROM shop LIMIT 1 FOR UPDATE

-- name: change
-- why: one statement for the one row; what stays is written as it was read under the lock
UPDATE shop SET
    name = :name, email = :email, phone = :phone, address = :address, website = :website, hours = :hours,
    logo_url = :logo_url, reply_to = :reply_to, timezone = :timezone, locale = :locale, currency = :currency,
    country = :country, public_url = :public_url, redirect_email = :redirect_email, redirect_phone = :redirect_phone,
    delivery_mode = :delivery_mode, notice = :notice, notice_from = :notice_from, notice_until = :notice_until,
    alert_email = :alert_email, alert_phone = :alert_phone, sending_paused = :sending_paused,
    grace_seconds = :grace_seconds, surge_limit = :surge_limit, require_sms_consent = :require_sms_consent,
    sms_from = :sms_from, sms_until = :sms_until, dunning_from = :dunning_from, dunning_until = :dunning_until,
    dunning_weekdays = :dunning_weekdays, accent_color = :accent_color

-- name: record
-- why: a change of how the shop speaks is never silent
INSERT INTO audit_entry (created_at, actor, action, subject, before, after)
VALUES (:now, :actor, :action, 'shop', :before, :after)
