"""Why a message did not go out as it was: a closed set, each with a sentence for staff."""

REASONS: dict[str, str] = {
    "no_address": "There is no address to send it to. Add one to the customer or the job, then send again.",
    "address_invalid": "The address can't receive it. Correct it on the customer or the job, then send again.",
    "opted_out": "They want nothing here, or never agreed to texts. Undo it on the customer’s page if they wish.",
    "bounced": "Mail to this address came back before. Correct the address to try again.",
    "customer_paused": "Messages to this customer are paused.",
    "job_paused": "Messages about this job are paused, or the job is on hold.",
    "invoice_paused": "Reminders for this invoice are paused.",
    "disputed": "The invoice is disputed, so no reminder goes out until that is cleared.",
    "off_for_customer": "This message is switched off for this customer.",
    "covered": "Another message says it already.",
    "superseded": "A later reminder takes its place.",
    "no_longer_true": "It was no longer true when it was about to go out.",
    "no_net_change": "The job was moved back before the message left, so there was nothing to tell.",
    "not_announced": "The shop does not announce this status.",
    "backlog": "It was due before this rule was switched on.",
    "stale": "It came too late to be news.",
    "surge": "Unusually many messages at once. Look at them, then release or discard them.",
    "not_connected": "The service that sends it is not connected. Connect it on Settings → Connections.",
    "sending_paused": "All sending is paused. It goes out when sending is switched on again.",
    "refused": "The provider refused it for this recipient.",
    "gave_up": "It could not be handed over after several tries. Check the address, then send again.",
    "wording_broken": "Its wording has an error. Correct it on Templates, then release it.",
    "quiet": "The change was made with “don't notify”.",
    "already_told": "The customer was told this already.",
    "no_proof": "There is no proof to show yet. It goes out when one is added.",
    "payment_pending": "A payment is on its way.",
    "restored": "It was waiting when a backup was restored. Look at it, then release or discard it.",
    "sandboxed": "It was made while sending was in a safer mode. Release it to send it now.",
    "discarded": "Somebody in the shop discarded it.",
    "undelivered": "The carrier could not deliver it.",
    "outcome_unknown": "It is not known whether it arrived. Ask the customer before sending it again.",
}

NO_CONSENT = "no consent to texts is recorded"
ON_HOLD = "the job is on hold"
_MORE_CLOSELY = {
    ("opted_out", None): "They asked for no more of these. Undo it on the customer’s page, or by their reply of START.",
    ("opted_out", NO_CONSENT): "No consent to texts is recorded for this customer. Note it on the customer’s page.",
    ("job_paused", None): "Messages about this job are paused.",
    ("job_paused", ON_HOLD): "The job is on hold. It is looked at again when the job moves on.",
}
"""Where the detail that was kept with a reason tells which of its two meanings it is."""

_STANDS = {
    "queued": "Waits to go out.",
    "sending": "Is being handed over.",
    "sent": "Was handed over.",
    "delivered": "Arrived.",
}


def said(reason: str, detail: str | None) -> str:
    """The sentence of a reason whose detail is known."""
    return _MORE_CLOSELY.get((reason, detail)) or REASONS.get(reason, reason)


def sentence(
    status: str, reason: str | None, detail: str | None, channel: str, mode: str | None, channel_fault: str | None
) -> str:
    """Why a message stands as it stands, for somebody who has never seen the program's insides."""
    if reason:
        return said(reason, detail)
    if status == "sent" and mode == "sandbox" and channel in ("email", "sms"):
        return "Made and kept here; in sandbox mode nothing leaves the shop."
    if status == "queued" and channel_fault and mode != "sandbox":
        return f"Held up by the channel, and goes out by itself when that works: {channel_fault}"
    return _STANDS.get(status, "")
