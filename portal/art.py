"""/art/{token}: one proof, to approve or to send back; the old link of a proof shows the newest."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from engine import proofs
from engine.proofs import Circumstances, Proof
from engine.store import database, facts
from engine.store.database import Connection
from portal import paper, safety
from portal.hatch import Missing, Visit

TYPED = ("name", "checked", "note", "reason")


def show(visit: Visit) -> Response:
    with database.reading() as connection:
        return _page(connection, visit)


def approve(visit: Visit) -> Response:
    return _decide(visit, "approve")


def decline(visit: Visit) -> Response:
    return _decide(visit, "decline")


def _decide(visit: Visit, action: str) -> Response:
    given = visit.text("version")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    with database.transaction() as connection:
        now = database.now(connection)
        if proofs.find(connection, visit.token) is None:
            raise Missing
        if not safety.fits(visit.text("key"), visit.token, action, version, now):
            words = "this page was open for a while; please press the button once more"
            return _page(connection, visit, status=409, action=action, problem=words)
        how = Circumstances(visit.client, visit.header("user-agent"))
        name = visit.text("name")
        try:
            # A savepoint, so that nothing of a decision that is refused half-way is left.
            with connection.transaction():
                if action == "approve":
                    proofs.approve(
                        connection,
                        visit.token,
                        version,
                        name=name,
                        checked=bool(visit.text("checked")),
                        note=visit.text("note"),
                        circumstances=how,
                        now=now,
                    )
                else:
                    proofs.decline(
                        connection,
                        visit.token,
                        version,
                        name=name,
                        reason=visit.text("reason"),
                        circumstances=how,
                        now=now,
                    )
        except proofs.Undecidable as error:
            return _page(connection, visit, status=409, action=action, problem=str(error))
        except proofs.Incomplete as error:
            return _page(connection, visit, status=422, action=action, problem=str(error), wrong=error.field)
    return RedirectResponse(f"/art/{visit.token}", status_code=303)


def _page(
    connection: Connection, visit: Visit, *, status: int = 200, action: str = "", problem: str = "", wrong: str = ""
) -> Response:
    now = database.now(connection)
    proof = proofs.find(connection, visit.token)
    if proof is None:
        raise Missing
    return paper.page(
        "art.html",
        facts.shop(connection),
        now,
        status=status,
        pictures=_pictures(proof),
        proof=proof,
        token=visit.token,
        statement=proofs.STATEMENT,
        keys={one: safety.form_key(visit.token, one, proof.newest.version, now) for one in ("approve", "decline")},
        action=action,
        problem=problem,
        wrong=wrong,
        typed={name: visit.text(name) for name in TYPED},
    )


def _pictures(proof: Proof) -> list[str | None]:
    return [version.image_url for version in (proof.newest, *proof.earlier)]
