"""What cannot be worked with is refused before anything begins, in one sentence."""

import pytest
from click.testing import CliRunner

from townhall.cli import main
from townhall.settings import Settings

KEY = "x" * 32
SMTP = "It is not smtp://, smtp+starttls:// or smtps:// with a host and, if any, a port."
REDIS = "It is not redis:// or rediss:// with a host and, if any, a port."
DATABASE = "It begins with sqlite:/// or postgresql+psycopg:// and names a database."
NETWORK = "'foo' is neither an address nor a network such as 10.0.0.0/8."
BASE = "is not an http or https address that paths can be put behind."


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("SMTP_URL", "ftp://x", SMTP),
        ("SMTP_URL", "smtp://h:notaport", SMTP),
        ("SMTP_URL", "smtp://h:99999", SMTP),
        ("SMTP_URL", "smtp://:25", SMTP),
        ("REDIS_URL", "nonsense", REDIS),
        ("REDIS_URL", "redis://h:notaport", REDIS),
        ("DATABASE_URL", "nonsense", DATABASE),
        ("DATABASE_URL", "sqlite://", DATABASE),
        ("DATABASE_URL", "mysql://host/town", DATABASE),
        ("DATABASE_URL", "postgresql+psycopg://host:port/town", DATABASE),
        ("TRUSTED_PROXIES", "::1, foo", NETWORK),
        ("OUTBOUND_ALLOW", "foo", NETWORK),
        ("STREAMS", "4000", "4000 streams leave none of 64 threads for anything else."),
        ("STREAMS", "64", "64 streams leave none of 64 threads for anything else."),
        (
            "MAIL_FROM",
            "not an address",
            "'not an address' is not a mail address such as events@example.org.",
        ),
        ("BASE_URL", "ftp://x", f"'ftp://x' {BASE}"),
        ("BASE_URL", "http://", f"'http://' {BASE}"),
        ("BASE_URL", "https://x.example?x=1#f", f"'https://x.example?x=1#f' {BASE}"),
        ("BASE_URL", "https://me@x.example", f"'https://me@x.example' {BASE}"),
        ("BASE_URL", "https://x.example:port", f"'https://x.example:port' {BASE}"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_in_one_sentence(monkeypatch, name, value, sentence):
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", KEY)
    monkeypatch.setenv(f"TOWNHALL_{name}", value)
    for command in ("serve", "worker"):
        ended = CliRunner().invoke(main, [command])
        assert (ended.exit_code, ended.output) == (1, f"Error: TOWNHALL_{name}: {sentence}\n")


def test_a_password_is_not_repeated(monkeypatch):
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", KEY)
    for name in ("SMTP_URL", "REDIS_URL", "DATABASE_URL"):
        monkeypatch.setenv(f"TOWNHALL_{name}", "ftp://me:swordfish@host:port")
        assert "swordfish" not in CliRunner().invoke(main, ["serve"]).output
        monkeypatch.delenv(f"TOWNHALL_{name}")


@pytest.mark.parametrize(
    "name, value",
    [
        ("smtp_url", "smtp+starttls://me:pass%40word@mail.example:587"),
        ("smtp_url", "smtps://[::1]"),
        ("redis_url", "redis://:word@127.0.0.1:6379/0"),
        ("database_url", "sqlite:///var/townhall.db"),
        ("database_url", "postgresql+psycopg://me:word@host:5432/town"),
        ("database_url", "postgresql+psycopg:///town?host=/run/postgresql"),
        ("mail_from", "town.hall+events@example.org"),
        ("base_url", "https://x.example:8443"),
        ("streams", 63),
    ],
)
def test_what_can_be_used_is_kept_as_it_is(name, value):
    kept = getattr(Settings(secret_key=KEY, **{name: value}), name)
    assert (kept.get_secret_value() if name == "smtp_url" else kept) == value


def test_lists_are_read_by_commas():
    settings = Settings(
        secret_key=KEY, trusted_proxies="10.0.0.9/8, ::1", outbound_allow="10.0.0.0/8"
    )
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert settings.outbound_allow == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    "base_url, origin",
    [
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://localhost:80", "http://localhost"),
        ("https://X.example:443", "https://x.example"),
        ("https://x.example:80", "https://x.example:80"),
        ("https://x.example/halls", "https://x.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_origin_is_scheme_host_and_port(base_url, origin):
    assert Settings(secret_key=KEY, base_url=base_url).origin == origin


def test_a_mailbox_that_takes_tags_has_room_for_them():
    kept = Settings(secret_key=KEY, mail_tags=True, mail_from=f"{'m' * 23}@example.org")
    assert kept.mail_tags
    with pytest.raises(ValueError, match="leaves no room for a tag of 40 letters"):
        Settings(secret_key=KEY, mail_tags=True, mail_from=f"{'m' * 24}@example.org")
