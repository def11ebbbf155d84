"""Messages one after the other, as they arrived on a customer's phone; nothing in them can run."""

from __future__ import annotations

from collections.abc import Sequence

from streamlit.components import v2

from engine.deliver.log import Seen
from pages.preview import HEAD

HTML = """
<div class="phone"></div>
<template><iframe sandbox="allow-same-origin" referrerpolicy="no-referrer"></iframe></template>
"""

CSS = """
:host { display: block; }
.phone { box-sizing: border-box; max-width: 420px; margin: 0 auto; padding: 18px 12px 22px; border-radius: 30px;
  border: 1px solid var(--st-border-color); background: var(--st-secondary-background-color);
  font-family: var(--st-font); color: var(--st-text-color); overflow-wrap: anywhere; }
.at { text-align: center; font-size: 0.75rem; opacity: 0.75; margin: 16px 0 6px; }
.at:first-child { margin-top: 0; }
.sms { white-space: pre-wrap; padding: 9px 13px; border-radius: 16px 16px 16px 4px; line-height: 1.45;
  margin-right: 40px; font-size: 0.9375rem; background: var(--st-background-color);
  border: 1px solid var(--st-border-color); }
.email { border: 1px solid var(--st-border-color); border-radius: 12px; overflow: hidden;
  background: var(--st-background-color); }
.email .head { padding: 10px 14px; border-bottom: 1px solid var(--st-border-color); }
.email .from { font-size: 0.8125rem; opacity: 0.75; }
.email .subject { font-weight: 600; }
.email .text { white-space: pre-wrap; padding: 12px 14px; font-size: 0.9375rem; }
iframe { display: block; width: 100%; height: 200px; border: 0; background: #fff; }
"""

JS = """
export default function ({ data, parentElement }) {
  const phone = parentElement.querySelector(".phone");
  const mould = parentElement.querySelector("template");
  const shown = JSON.stringify(data);
  if (phone.shown === shown) return;
  phone.shown = shown;
  const line = (kind, text) => {
    const element = document.createElement("div");
    element.className = kind;
    element.textContent = text;
    return element;
  };
  phone.replaceChildren(...data.messages.flatMap((message) => {
    const at = line("at", message.at);
    if (message.channel === "sms") return [at, line("sms", message.text)];
    const email = line("email", "");
    const head = line("head", "");
    head.append(line("from", data.shop), line("subject", message.subject));
    email.append(head);
    if (!message.document) {
      email.append(line("text", message.text));
      return [at, email];
    }
    const frame = mould.content.firstElementChild.cloneNode();
    frame.title = message.subject;
    frame.onload = () => {
      const page = frame.contentDocument && frame.contentDocument.querySelector("body");
      if (page) frame.style.height = Math.min(page.scrollHeight + 2, 1600) + "px";
    };
    frame.srcdoc = message.document;
    email.append(frame);
    return [at, email];
  }));
}
"""

_phone = v2.component("inkbell_phone", html=HTML, css=CSS, js=JS)


def phone(shop: str, messages: Sequence[tuple[str, Seen]], key: str) -> None:
    """Each with the time at which it arrived, in words; `shop` is who they come from."""
    shown = [
        {
            "at": at,
            "channel": message.channel,
            "subject": message.subject or "",
            "text": message.body_text or "",
            "document": HEAD + message.body_html if message.body_html else "",
        }
        for at, message in messages
    ]
    _phone(data={"shop": shop, "messages": shown}, key=key)
