"""A small OpenID Connect provider on loopback: a page of accounts, codes with PKCE, signed tokens."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.loopback import Answer, Loopback, Request

KEY = {"kid": "one", "use": "sig", "alg": "RS256"}
PAGE = {"Content-Type": "text/html; charset=utf-8"}


class OidcServer(Loopback):
    """`accounts` are offered to whoever has no session here; `issuer` is what its tokens name as their source."""

    def __init__(self) -> None:
        super().__init__("oidc_server")
        self.client_id, self.client_secret = "inkbell", secrets.token_hex(16)
        self.issuer = f"{self.url}/shop"
        self.redirect_uri = ""
        self.accounts: dict[str, dict[str, Any]] = {}
        self.signed_in = 0
        self.signed_out = 0
        self._key = RSAKey.generate_key(2048, parameters=KEY)
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/.well-known/openid-configuration"

    def account(self, email: str, *, subject: str | None = None, **claims: Any) -> str:
        """Adds an account, verified unless `claims` say otherwise; the name of its button."""
        given = {"email": email, "email_verified": True, **claims}
        self.accounts[email] = {"sub": subject or f"account-{secrets.token_hex(6)}"} | {
            name: value for name, value in given.items() if value is not None
        }
        return f"Continue as {email}".strip()

    def respond(self, request: Request) -> Answer | str:
        address = urlsplit(request.path)
        asked = dict(parse_qsl(address.query, keep_blank_values=True))
        match request.method, address.path:
            case "GET", "/.well-known/openid-configuration":
                return Answer(200, self._metadata())
            case "GET", "/keys":
                return Answer(200, {"keys": [self._key.as_dict(private=False)]})
            case "GET", "/authorize":
                return self._choice(asked)
            case "GET", "/chosen":
                return self._code(asked)
            case "POST", "/token":
                return self._token(dict(parse_qsl(request.body)), request.headers.get("Authorization", ""))
            case "GET", "/sign-out":
                return self._sign_out(asked)
        return Answer(404, {"error": "not_found"})

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/sign-out",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _choice(self, asked: dict[str, str]) -> Answer:
        wanted = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if not asked.get(name)]
        if wrong or "openid" not in asked.get("scope", "").split():
            return Answer(400, {"error": "invalid_request", "error_description": ", ".join(wrong) or "scope"})
        buttons = "".join(
            f'<p><a href="/chosen?{escape(urlencode(asked | {"account": email}))}">Continue as {escape(email)}</a></p>'
            for email in self.accounts
        )
        return Answer(200, f"<!doctype html><title>Accounts</title>{buttons}".encode(), PAGE)

    def _code(self, asked: dict[str, str]) -> Answer:
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return _to(asked["redirect_uri"], code=code, state=asked["state"])

    def _token(self, form: dict[str, str], authorization: str) -> Answer:
        asked = self._codes.pop(form.get("code", ""), None)
        kind, _, given = authorization.partition(" ")
        known = b64decode(given).decode() if kind == "Basic" else f"{form.get('client_id')}:{form.get('client_secret')}"
        if known != f"{self.client_id}:{self.client_secret}":
            return Answer(401, {"error": "invalid_client"})
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return Answer(400, {"error": "invalid_grant"})
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = jwt.encode({"alg": "RS256", "kid": KEY["kid"]}, claims | self.accounts[asked["account"]], self._key)
        self.signed_in += 1
        more = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        return Answer(200, {"id_token": token, **more}, {"Cache-Control": "no-store"})

    def _sign_out(self, asked: dict[str, str]) -> Answer:
        self.signed_out += 1
        return _to(asked["post_logout_redirect_uri"])


def _to(address: str, **parameters: str) -> Answer:
    return Answer(302, b"", {"Location": f"{address}?{urlencode(parameters)}" if parameters else address})
