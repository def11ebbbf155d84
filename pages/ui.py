"""The few widgets and words that the pages share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import structlog

from engine import access, settings
from engine.access import Person
from engine.catalog.rule import Rule
from engine.compose.clean import one_line
from engine.errors import DatabaseUnreachable, InkbellError, NotAllowed, named, places
from engine.store import database, standing
from engine.store.standing import Standing

log = structlog.get_logger()

FOLDER = Path(__file__).parent
MARK = FOLDER / "mark.svg"
CHANNEL_ICONS = {
    "email": ":material/mail:",
    "sms": ":material/sms:",
    "in_app": ":material/notifications:",
    "toast": ":material/campaign:",
}
STATUS_COLORS = {
    "queued": "blue",
    "sending": "blue",
    "sent": "green",
    "delivered": "green",
    "held": "orange",
    "unknown": "orange",
    "failed": "red",
}
ROLE_NAMES = {"admin": "Admin", "sales": "Sales", "production": "Production"}

ERROR = ":material/error:"
AWAY = (
    "The database does not answer, so nothing can be shown or changed. No message is lost: what waits goes out when it "
    "is back. Load the page again in a minute; if it stays away, show this to whoever looks after Inkbell:"
)

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&^=\"'])")
# Icons, emoji codes and bare addresses are found after the Markdown pass, where a backslash no longer protects.
_FOUND_LATER = re.compile(r"(?<=[:@])|(?<=www)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    """Text of the database, safe in labels, toasts, badges and captions, which all render Markdown."""
    flat = one_line(str(text))
    return _PUNCTUATION.sub(r"\\\1", _FOUND_LATER.sub(_WORD_JOINER, flat))


def told_apart(names: Mapping[Any, str]) -> dict[Any, str]:
    """Names that stay names, and differ: of two choices that read alike Streamlit takes one for the other."""
    often = Counter(map(plain, names.values()))
    return {key: name if often[plain(name)] == 1 else f"{name} ({key})" for key, name in names.items()}


def sentence(error: InkbellError) -> str:
    """An error's message as a sentence for the screen."""
    words = str(error)
    said = plain(words[:1].upper() + words[1:]) + "."
    return f"{AWAY} {said}" if type(error) is DatabaseUnreachable else said


def broken(error: Exception) -> bool:
    """Says so without the error's own words, which quote rows. True: there is nothing more to show."""
    st.error(
        f"Something went wrong on this page ({plain(named(error))}); the sidecar goes on sending. Load the page again, "
        "and if it comes back, show the app’s log to whoever looks after Inkbell.",
        icon=":material/error:",
    )
    return True


@contextmanager
def explained() -> Iterator[None]:
    """Shows what went wrong and what to do, instead of a stack of calls; round every page and fragment."""
    try:
        yield
    except InkbellError as error:
        st.error(sentence(error), icon=":material/error:")
    except Exception as error:
        log.error("page failed", error=named(error), at=places(error))
        broken(error)


def sign_in_is_configured() -> bool:
    """Whether somebody wrote an [auth] section into secrets.toml; an empty or broken one still closes the door."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        # Streamlit says so of one that is there and is no TOML, too.
        return any(Path(file).exists() for file in st.get_option("secrets.files"))


def signs_in_by_https() -> bool:
    """Streamlit signs nobody in at another address than the one that the service comes back to."""
    try:
        return str(st.secrets["auth"]["redirect_uri"]).startswith("https://")
    except (FileNotFoundError, KeyError, TypeError):
        return False


def claims() -> Mapping[str, Any]:
    """What the sign-in service says, empty before the sign-in."""
    return st.user.to_dict() if st.user.get("is_logged_in") else {}


def person() -> Person | None:
    """Who looks at this page, read again at every run; None before the sign-in. Raises NotAllowed."""
    if not sign_in_is_configured():
        return _local_admin()
    said_by_service = claims()
    if not said_by_service:
        return None
    with database.transaction() as connection:
        return access.sign_in(connection, said_by_service, trusted_issuer=_trusted_issuer())


def require_user() -> Person:
    """
    The first line of every page, fragment and callback: nothing after it runs for a stranger.

    Whoever is no longer who the frame let in goes back to it: a callback or fragment that only stopped would leave the
    rest of the screen as it was.
    """
    try:
        found, obstacle = person(), None
    except NotAllowed as error:
        found, obstacle = None, error
    except InkbellError as error:
        st.error(sentence(error), icon=":material/lock:")
        st.stop()
    if st.session_state.get("let_in", found) != found:
        st.rerun()
    if obstacle is not None:
        st.error(sentence(obstacle), icon=":material/lock:")
        st.stop()
    if found is None:
        st.info("Sign in to see this page.", icon=":material/lock:")
        st.stop()
    return found


def _local_admin() -> Person:
    """The door in app.py has looked already; this holds when a page is started without that door."""
    headers, address = st.context.headers, st.context.ip_address
    # Streamlit says None for loopback; under AppTest there is no client, and so no text either.
    address = address if isinstance(address, str) else "127.0.0.1"
    obstacle = access.not_local(headers.get("Host", "localhost"), address, headers, headers.get("Origin"))
    if obstacle is not None:
        raise NotAllowed(f"without sign-in Inkbell serves this machine only, and {obstacle}; set up [auth] first")
    return access.LOCAL_ADMIN


def _trusted_issuer() -> str | None:
    issuer = st.secrets.get("inkbell", {}).get("trusted_issuer")
    return str(issuer) if issuer else None


def shop() -> Standing:
    with database.transaction() as connection:
        return standing.read(connection)


def banners(now: Standing) -> None:
    """What everybody should know before they rely on a message going out."""
    if not now.sidecar_runs:
        st.warning(
            "The sidecar is not running, so nothing is decided or sent. Start it with `make run`, "
            "or alone with `python -m sidecar`.",
            icon=":material/power_off:",
        )
    if now.sending_paused:
        st.error(
            "All sending is paused: email and SMS wait until an admin resumes it on Automations.",
            icon=":material/pause_circle:",
        )
    mode = settings.effective_mode(settings.environment().inkbell_delivery, now.delivery_mode)
    if mode == "sandbox":
        st.caption(":material/science: **Sandbox:** nothing leaves the shop.")
    elif mode == "redirect":
        st.caption(":material/alt_route: **Redirect:** everything goes to the shop’s own test address and number.")


def counted(count: int, what: str) -> str:
    """Such as 1 job and 1,200 jobs; the plural of `what` ends in s."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def pieces(count: int | None) -> str:
    """Empty where nobody said how many."""
    return counted(count, "piece") if count else ""


def status_badge(status: str) -> None:
    st.badge(status.capitalize(), color=STATUS_COLORS.get(status, "gray"))  # type: ignore[arg-type]


def furnish(rooms: Mapping[str, st.Page], person: Person) -> None:
    """Keeps the frame's pages for `link`, as looking one up by its file costs a millisecond, and whom it let in."""
    st.session_state.update(rooms=dict(rooms), let_in=person)


def room(name: str) -> st.Page:
    page: st.Page = st.session_state["rooms"][name]
    return page


def tell(words: str, icon: str) -> None:
    """
    A toast for the page as it is drawn next; `words` render Markdown.

    For whoever says st.rerun() right after: a toast of a run that ends so is lost now and then.
    """
    st.session_state.setdefault("told", []).append((words, icon))


def told() -> None:
    """Shows what was to be told; the frame's, at the beginning of each run."""
    for words, icon in st.session_state.pop("told", ()):
        toast(words, icon)


def toast(words: str, icon: str) -> None:
    """A refusal stays for as long as it takes to read: it stands nowhere else."""
    st.toast(words, icon=icon, duration="long" if icon == ERROR else "short")


def sheet(form: str) -> str:
    """
    Belongs to the key of every field of a form that enters something new.

    Another after each that was taken, so that the next one starts empty, while a refused one keeps what was typed:
    `clear_on_submit` takes that away as well.
    """
    turn = st.session_state.get(f"{form}_turn", 0)
    return f"_{turn}" if turn else ""


def next_sheet(form: str) -> None:
    st.session_state[f"{form}_turn"] = st.session_state.get(f"{form}_turn", 0) + 1


def link(to: str, label: str, icon: str | None = None, **parameters: str) -> None:
    """
    A link to a room of the app; `label` renders Markdown.

    It must lead to another room: Streamlit leaves the address as it is when the page stays the same.
    """
    st.page_link(room(to), label=label, icon=icon, query_params=parameters)


def rule_link(rule: Rule) -> None:
    link("rule", f"**{rule.title}**", CHANNEL_ICONS[rule.by], rule=rule.key)


def no_contents(title: str) -> None:
    st.title(title, anchor=False)
    st.info(
        "Messages hold customers’ addresses and amounts, which sales and admins see. "
        "The Reference shows what goes out and when.",
        icon=":material/visibility_off:",
    )
