"""A password travels only where nobody on the line can read it."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine.deliver.email import Smtp
from engine.deliver.outcome import Accepted, ChannelFault
from engine.settings import smtp_address
from tests.deliver.test_email import MAIL
from tests.smtp_server import SmtpServer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.com")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[SmtpServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    users = {"shop": "secret"}
    with SmtpServer(users=users, **{request.param: context}) as server:
        yield server


def test_a_mail_goes_through_tls_with_a_certificate_that_we_trust(
    server: SmtpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    smtp = Smtp(smtp_address(server.url), timeout=5)

    assert smtp.send(MAIL) == Accepted("<1@example.com>")
    assert smtp.send(MAIL) == Accepted("<1@example.com>")

    smtp.close()
    assert server.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_a_fault_and_gets_no_password(server: SmtpServer) -> None:
    smtp = Smtp(smtp_address(server.url), timeout=5)

    outcome = smtp.send(MAIL)

    assert isinstance(outcome, ChannelFault)
    assert outcome.cause == "smtp_tls"
    assert server.mails == []


def test_a_password_is_not_sent_in_the_clear_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.deliver.email.LOOPBACK", set())
    with SmtpServer(users={"shop": "secret"}) as server:
        guarded, allowed = Smtp(smtp_address(server.url)), Smtp(smtp_address(server.url + "?starttls=false"))

        outcome = guarded.send(MAIL)

        assert isinstance(outcome, ChannelFault)
        assert outcome.cause == "smtp_tls"
        assert allowed.send(MAIL) == Accepted("<1@example.com>")
        allowed.close()
