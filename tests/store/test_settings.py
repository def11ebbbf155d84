"""Settings promise: a mistake in the environment is one line that names the variable and never its secret."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from engine import settings
from engine.errors import BadSetting
from engine.settings import SmtpAddress, effective_mode, environment, secret_keys, smtp_address


def test_without_an_environment_nothing_is_set(monkeypatch):
    monkeypatch.delenv("INKBELL_DATA_DIR")

    env = environment()

    assert (env.database_url, env.inkbell_delivery, env.smtp_url, env.stripe_api_key) == (None, None, None, None)
    assert env.data_dir == settings.ROOT / "var"


def test_the_environment_is_read_as_it_is_now(monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "redirect")
    assert environment().inkbell_delivery == "redirect"

    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    assert environment().inkbell_delivery == "live"


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "")

    assert environment().inkbell_delivery is None


def test_an_unknown_mode_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "everything")

    with pytest.raises(BadSetting, match=r"INKBELL_DELIVERY .*'sandbox', 'redirect' or 'live'") as refusal:
        environment()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail.example.com", SmtpAddress("mail.example.com", 587)),
        ("smtps://mail.example.com", SmtpAddress("mail.example.com", 465, tls=True)),
        ("smtp://localhost:1025?starttls=false", SmtpAddress("localhost", 1025, starttls="false")),
        ("smtp://u:p%40ss@h.example:25?starttls=TRUE", SmtpAddress("h.example", 25, "u", "p@ss", "true")),
        ("smtp://u%40example.com:p@h.example", SmtpAddress("h.example", 587, "u@example.com", "p")),
        ("smtp://[::1]:1025", SmtpAddress("::1", 1025)),
    ],
)
def test_an_smtp_address_is_read(url, address):
    assert smtp_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h.example:587",
        "http://u:s3cret@h.example",
        "smtp://",
        "smtp://u:s3cret@:587",
        "smtp://u:s3cret@h.example:many",
        "smtp://u:s3cret@h.example:99999",
        "smtp://u:s3cret@h.example:0",
        "smtp://u:s3cret@h.example/inbox",
        "smtp://u:s3cret#@h.example",
        "smtp://u:s3cret/@h.example",
        "smtp://u:s3cret@h.example?starttls=maybe",
        "smtp://u:s3cret@h.example?tls=true",
        "smtp://u:s3cret@h.example?starttls",
        "smtp://u:s3cret@[::1",
    ],
)
def test_a_malformed_smtp_url_is_one_line_without_the_password(url):
    with pytest.raises(BadSetting, match="SMTP_URL") as refusal:
        smtp_address(url)

    assert "s3cret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_smtp_address_does_not_show_its_password():
    assert "s3cret" not in repr(smtp_address("smtp://u:s3cret@h.example"))


def test_an_environment_does_not_show_its_secrets(monkeypatch):
    monkeypatch.setenv("SMTP_URL", "smtp://u:s3cret@h.example")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "s3cret")

    assert "s3cret" not in repr(environment())


@pytest.mark.parametrize(
    ("env", "shop", "mode"),
    [
        (None, None, "sandbox"),
        ("live", None, "live"),
        (None, "redirect", "redirect"),
        ("live", "sandbox", "sandbox"),
        ("redirect", "live", "redirect"),
        ("sandbox", "live", "sandbox"),
        ("live", "live", "live"),
    ],
)
def test_the_lower_mode_counts(env, shop, mode):
    assert effective_mode(env, shop) == mode


def test_a_key_is_made_once_and_only_its_owner_reads_it(monkeypatch, tmp_path):
    monkeypatch.setenv("INKBELL_DATA_DIR", str(tmp_path / "data"))

    with ThreadPoolExecutor(4) as pool:
        keys = {tuple(found) for found in pool.map(lambda _: secret_keys(environment()), range(8))}

    [file] = (tmp_path / "data").iterdir()
    assert len(keys) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_of_the_environment_win_in_their_order(monkeypatch):
    new, old = Fernet.generate_key(), Fernet.generate_key()
    monkeypatch.setenv("INKBELL_SECRET_KEY", f"{new.decode()}, {old.decode()}")

    assert secret_keys(environment()) == [new, old]


def test_a_key_that_is_none_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv("INKBELL_SECRET_KEY", "hunter2")

    with pytest.raises(BadSetting, match="INKBELL_SECRET_KEY") as refusal:
        secret_keys(environment())
    assert "hunter2" not in str(refusal.value)


@pytest.fixture
def dotenv(monkeypatch, tmp_path):
    file = tmp_path / ".env"
    monkeypatch.setitem(settings.Environment.model_config, "env_file", file)
    monkeypatch.setattr(settings, "_DOTENV", str(file))
    settings._read.cache_clear()
    yield file
    settings._read.cache_clear()


def test_a_dotenv_in_another_encoding_is_one_line_without_what_it_says(dotenv):
    dotenv.write_bytes("MAIL_FROM=Café <s3cret@example.com>\n".encode("latin-1"))

    with pytest.raises(BadSetting, match="UTF-8") as refusal:
        environment()
    assert str(dotenv) in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_data_directory_that_takes_no_key_is_one_line_that_names_it(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("INKBELL_DATA_DIR", str(tmp_path / "file" / "data"))

    with pytest.raises(BadSetting, match="INKBELL_SECRET_KEY") as refusal:
        secret_keys(environment())
    assert str(tmp_path) in str(refusal.value)
