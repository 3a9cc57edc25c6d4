"""The adapter against real servers on loopback: aiosmtpd, and sockets that misbehave."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from inspect import signature
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.require import require
from townhall.adapters.maildir import Maildir
from townhall.adapters.mailers import NullMailer, SortedMailer, from_settings
from townhall.adapters.smtp import Smtp
from townhall.domain.outbox import IN_HAND, DeferredError, RefusedError
from townhall.errors import InputError
from townhall.settings import Settings

MAIL = b"Subject: x\r\n\r\n.a line that begins with a dot\r\nand the end\r\n"
LETTER = ("c0de", "from@example.org", "to@example.org", MAIL)


class Sink:
    """Keeps what it is given; answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.connections: set[tuple[str, int]] = set()
        self.reply_to_rcpt = "250 OK"
        self.reply_to_data = "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server, session: Session, envelope: Envelope, address, options
    ):
        if self.reply_to_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reply_to_rcpt

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server, session: Session, envelope: Envelope
    ):
        self.connections.add(session.peer)
        if self.reply_to_data.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.reply_to_data


@pytest.fixture
def sink() -> Sink:
    return Sink()


class OnAFreePort(Controller):
    """A controller that knows which port it got when it asked for any."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(sink: Sink, **options) -> Iterator[Controller]:
    controller = OnAFreePort(sink, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


@pytest.fixture
def server(sink: Sink) -> Iterator[Controller]:
    with serving(sink) as controller:
        yield controller


@contextmanager
def mailer(port: int, **times: float) -> Iterator[Smtp]:
    smtp = Smtp(f"smtp://127.0.0.1:{port}", hello="townhall.test", **{"timeout": 5.0, **times})
    yield smtp
    smtp.close()


@contextmanager
def scripted(script: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """Serve each connection with `script(line, number)`, in order; yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        number = 0
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, suppress(OSError):
                script(line, number)
            number += 1

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=5)


def converse(line: socket.socket, *replies: bytes) -> None:
    """Greet, then give one reply to each command."""
    line.sendall(b"220 ready\r\n")
    read = line.makefile("rb")
    for reply in replies:
        if not read.readline():
            return
        line.sendall(reply)


def test_mails_arrive_as_they_were_sent_over_one_connection(sink: Sink, server: Controller):
    with mailer(server.port) as smtp:
        for _ in range(3):
            smtp.send(*LETTER)
    assert sink.taken == [("from@example.org", ["to@example.org"], MAIL)] * 3
    assert len(sink.connections) == 1


@pytest.mark.parametrize("reply", ["450 mailbox busy", "451 try later", "421 closing"])
@pytest.mark.parametrize("stage", ["reply_to_rcpt", "reply_to_data"])
def test_4xx_puts_the_mail_off_with_the_servers_words(
    sink: Sink, server: Controller, stage: str, reply: str
):
    setattr(sink, stage, reply)
    with mailer(server.port) as smtp:
        with pytest.raises(DeferredError) as error:
            smtp.send(*LETTER)
        assert error.value.words == reply
        setattr(sink, stage, "250 OK")
        smtp.send(*LETTER)
    assert len(sink.taken) == 1


@pytest.mark.parametrize("reply", ["550 no such user", "554 spam"])
@pytest.mark.parametrize("stage", ["reply_to_rcpt", "reply_to_data"])
def test_5xx_refuses_the_mail_with_the_servers_words(
    sink: Sink, server: Controller, stage: str, reply: str
):
    setattr(sink, stage, reply)
    with mailer(server.port) as smtp:
        with pytest.raises(RefusedError) as error:
            smtp.send(*LETTER)
        assert error.value.words == reply
        setattr(sink, stage, "250 OK")
        smtp.send(*LETTER)
    assert len(sink.taken) == 1


def test_address_that_smtp_cannot_say_is_refused(sink: Sink, server: Controller):
    with mailer(server.port) as smtp:
        with pytest.raises(RefusedError):
            smtp.send("c0de", "from@example.org", "ä@example.org", MAIL)
        smtp.send(*LETTER)
    assert [recipients for _, recipients, _ in sink.taken] == [["to@example.org"]]


def test_mail_that_a_fault_cut_short_is_no_part_of_the_next(sink: Sink, server: Controller):
    with mailer(server.port) as smtp:
        with pytest.raises(AttributeError):
            smtp.send("c0de", "from@example.org", "to@example.org", None)
        smtp.send(*LETTER)
    assert len(sink.taken) == 1


def test_server_that_is_away_puts_the_mail_off():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with mailer(port) as smtp, pytest.raises(DeferredError, match="refused"):
        smtp.send(*LETTER)


def test_connection_that_died_while_idle_is_made_anew():
    taken = []

    def script(line: socket.socket, number: int) -> None:
        hello_mail_rcpt_data = (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")
        converse(line, *hello_mail_rcpt_data)
        read = line.makefile("rb")
        while read.readline() != b".\r\n":
            pass
        taken.append(number)
        line.sendall(b"250 taken\r\n")  # and hang up

    with scripted(script) as port, mailer(port) as smtp:
        smtp.send(*LETTER)
        smtp.send(*LETTER)
    assert len(set(taken)) == 2


def test_server_that_closes_politely_is_called_again():
    def script(line: socket.socket, number: int) -> None:
        if number == 0:
            converse(line, b"250 ok\r\n", b"250 ok\r\n", b"421 enough\r\n")
        else:
            converse(line, b"250 ok\r\n", b"250 ok\r\n", b"550 no\r\n", b"250 ok\r\n")

    with scripted(script) as port, mailer(port) as smtp:
        with pytest.raises(DeferredError, match="421 enough"):
            smtp.send(*LETTER)
        with pytest.raises(RefusedError, match="550 no"):
            smtp.send(*LETTER)


def test_line_that_drops_after_data_puts_the_mail_off():
    def script(line: socket.socket, number: int) -> None:
        converse(line, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")
        line.makefile("rb").readline()

    with scripted(script) as port, mailer(port) as smtp, pytest.raises(DeferredError):
        smtp.send(*LETTER)


def test_server_that_hangs_puts_the_mail_off():
    done = threading.Event()

    def script(line: socket.socket, number: int) -> None:
        converse(line, b"250 ok\r\n")
        done.wait(5)

    with scripted(script) as port, mailer(port, timeout=0.3) as smtp:
        with pytest.raises(DeferredError):
            smtp.send(*LETTER)
        done.set()


def test_server_that_drips_octets_is_not_waited_for():
    done = threading.Event()

    def script(line: socket.socket, number: int) -> None:
        line.sendall(b"220-")
        while not done.wait(0.05):
            line.sendall(b"x")

    with scripted(script) as port, mailer(port, timeout=0.4) as smtp:
        with pytest.raises(DeferredError, match=r"timed out|too long"):
            smtp.send(*LETTER)
        done.set()


def test_server_that_never_comes_to_an_end_is_not_waited_for():
    done = threading.Event()

    def script(line: socket.socket, number: int) -> None:
        while not done.is_set():
            line.sendall(b"220-and another thing\r\n" * 100)

    with scripted(script) as port, mailer(port, timeout=0.3) as smtp:
        with pytest.raises(DeferredError, match="too long"):
            smtp.send(*LETTER)
        done.set()


def test_server_that_takes_its_time_over_every_reply_is_left_in_the_end():
    done = threading.Event()
    heard: list[bytes] = []

    def script(line: socket.socket, number: int) -> None:
        line.sendall(b"220 slow\r\n")
        for command in line.makefile("rb"):
            heard.append(command[:4].lower())
            if done.wait(0.25):
                return
            line.sendall(b"250 ok\r\n")

    with scripted(script) as port, mailer(port, whole=0.6) as smtp:
        with pytest.raises(DeferredError, match=r"timed out|too long"):
            smtp.send(*LETTER)
        done.set()
    assert heard == [b"ehlo", b"mail", b"rcpt"]


def test_a_delivery_takes_less_time_than_its_mail_is_held():
    used = signature(Smtp).parameters["whole"].default
    assert timedelta(seconds=used + 10) < IN_HAND


@pytest.mark.parametrize("accepted", [0, 2], ids=["MAIL", "DATA"])
def test_command_that_is_refused_refuses_the_mail(accepted: int):
    def script(line: socket.socket, number: int) -> None:
        converse(line, b"250 hello\r\n", *[b"250 ok\r\n"] * accepted, b"554 no\r\n", b"250 ok\r\n")

    with (
        scripted(script) as port,
        mailer(port) as smtp,
        pytest.raises(RefusedError, match="554 no"),
    ):
        smtp.send(*LETTER)


def talkative(
    replies: dict[str, bytes], heard: list[bytes]
) -> Callable[[socket.socket, int], None]:
    """Return the script of a server that takes commands together, and gives these replies."""

    def script(line: socket.socket, number: int) -> None:
        line.sendall(b"220 ready\r\n")
        held = b""
        while more := line.recv(65536):
            held += more
            if not held.endswith(b"\r\n"):
                continue
            said, held = held, b""
            heard.append(said)
            for command in said.decode().splitlines():
                word = command[:4].lower()
                if word == "ehlo":
                    line.sendall(b"250-ready\r\n250 PIPELINING\r\n")
                elif word in replies:
                    line.sendall(replies[word])

    return script


def test_commands_go_together_where_the_server_takes_that():
    heard: list[bytes] = []
    replies = {
        "mail": b"250 ok\r\n",
        "rcpt": b"250 ok\r\n",
        "data": b"354 go on\r\n",
        ".": b"250 taken\r\n",
    }
    with scripted(talkative(replies, heard)) as port, mailer(port) as smtp:
        smtp.send("code", "from@example.org", "to@example.org", b".dot\r\n..two\r\nend")
        smtp.send("code", "from@example.org", "other@example.org", b"again\r\n")
    assert [said for said in heard if not said.startswith(b"ehlo")] == [
        b"MAIL FROM:<from@example.org>\r\nRCPT TO:<to@example.org>\r\nDATA\r\n",
        b"..dot\r\n...two\r\nend\r\n.\r\n",
        b"MAIL FROM:<from@example.org>\r\nRCPT TO:<other@example.org>\r\nDATA\r\n",
        b"again\r\n.\r\n",
    ]


@pytest.mark.parametrize(
    "data, emptied", [(b"554 no recipients\r\n", []), (b"354 go on\r\n", [b".\r\n"])]
)
def test_refused_recipient_is_told_though_all_was_said_together(data: bytes, emptied: list[bytes]):
    heard: list[bytes] = []
    replies = {
        "mail": b"250 ok\r\n",
        "rcpt": b"550 no such user\r\n",
        "data": data,
        ".": b"554 nobody to send to\r\n",
        "rset": b"250 ok\r\n",
    }
    with scripted(talkative(replies, heard)) as port, mailer(port) as smtp:
        for _ in range(2):  # the connection is as good as before
            with pytest.raises(RefusedError, match="550 no such user"):
                smtp.send(*LETTER)
    assert [said for said in heard if said == b".\r\n"] == emptied * 2


def test_reply_without_end_is_not_kept():
    def script(line: socket.socket, number: int) -> None:
        line.sendall(b"220 " + b"x" * 20_000)

    with scripted(script) as port, mailer(port) as smtp, pytest.raises(DeferredError):
        smtp.send(*LETTER)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate for 127.0.0.1 that nobody signed."""
    openssl = shutil.which("openssl") or ""
    require("openssl", available=bool(openssl), reason="it is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "certificate.pem"
    options = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {pem}"
    )
    made = subprocess.run(
        [openssl, *options.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    pem.write_text(key.read_text() + pem.read_text())
    return pem


def authenticator(server: SMTP, session, envelope, mechanism, data) -> AuthResult:
    known = (data.login, data.password) == (b"us@er", b"p:w")
    return AuthResult(success=known, handled=False)


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")
def test_account_signs_in_once_the_line_is_encrypted(
    sink: Sink, certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = {"tls_context": tls, "auth_required": True, "authenticator": authenticator}
    with serving(sink, **options) as server:
        url = f"127.0.0.1:{server.port}"
        known = Smtp(f"smtp+starttls://us%40er:p%3Aw@{url}", hello="townhall.test", timeout=5)
        for _ in range(2):
            known.send(*LETTER)
        known.close()
        wrong = Smtp(f"smtp+starttls://us%40er:wrong@{url}", hello="townhall.test", timeout=5)
        with pytest.raises(DeferredError, match=r"^535 "):
            wrong.send(*LETTER)
        wrong.close()
    assert (len(sink.taken), len(sink.connections)) == (2, 1)


def test_line_is_encrypted_from_the_first_octet(
    sink: Sink, certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(sink, ssl_context=tls) as server:
        smtp = Smtp(f"smtps://127.0.0.1:{server.port}", hello="townhall.test", timeout=5)
        smtp.send(*LETTER)
        smtp.close()
    assert len(sink.taken) == 1


def test_server_whose_certificate_is_not_known_gets_no_mail(sink: Sink, tls: ssl.SSLContext):
    with serving(sink, tls_context=tls) as server:
        smtp = Smtp(f"smtp+starttls://127.0.0.1:{server.port}", hello="townhall.test", timeout=5)
        with pytest.raises(DeferredError, match="CERTIFICATE_VERIFY_FAILED"):
            smtp.send(*LETTER)
        smtp.close()
    assert sink.taken == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_server_without_the_encryption_asked_for_gets_no_mail(
    sink: Sink, server: Controller, scheme: str
):
    smtp = Smtp(f"{scheme}://127.0.0.1:{server.port}", hello="townhall.test", timeout=1)
    with pytest.raises(DeferredError):
        smtp.send(*LETTER)
    smtp.close()
    assert sink.taken == []


@pytest.mark.parametrize("url", ["http://mail.example.org", "smtp://", "mail.example.org"])
def test_address_of_no_mail_server_is_refused(url: str):
    with pytest.raises(InputError) as error:
        Smtp(url, hello="townhall.test")
    assert error.value.field == "smtp_url"


class Kept:
    """A mailer that remembers the recipients."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        self.recipients.append(recipient)


def test_addresses_that_no_server_serves_stay_here():
    away, here = Kept(), Kept()
    sorted_mailer = SortedMailer(away, here)
    reserved = ["a@x.invalid", "a@X.TEST", "a@example", "a@b.example."]
    served = ["a@example.org", "a@test.org", "a@invalid.net"]
    for recipient in [*reserved, *served]:
        sorted_mailer.send("c", "from@example.org", recipient, MAIL)
    assert (here.recipients, away.recipients) == (reserved, served)


def test_settings_choose_the_mailer(tmp_path):
    values = {"secret_key": "x" * 32, "maildir": tmp_path}
    assert isinstance(from_settings(Settings(**values)), Maildir)
    chosen = from_settings(Settings(**values, smtp_url="smtp://127.0.0.1:1"))
    assert isinstance(chosen, SortedMailer)
    chosen.send("c0de", "a@example.org", "b@demo.invalid", MAIL)
    assert (tmp_path / "new" / "c0de.townhall").read_bytes() == MAIL
    with pytest.raises(DeferredError):
        chosen.send("c0de", "a@example.org", "b@example.org", MAIL)


def test_null_mailer_takes_everything(tmp_path):
    nowhere = from_settings(Settings(secret_key="x" * 32, maildir=tmp_path, smtp_url="null:"))
    assert isinstance(nowhere, NullMailer)
    nowhere.send(*LETTER)
    assert list(tmp_path.iterdir()) == []
