"""Notices: kept with the transaction, sent by a job, once per key; what fails is seen and tried."""

import base64
import datetime
import http.server
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from civicapp import (
    BadTarget,
    Channel,
    ChannelOff,
    Message,
    Outgoing,
    Undeliverable,
    deliveries_about,
    failed_deliveries,
    hookimpl,
)
from civicapp.backing import Backing
from civicapp.jobs import ledger
from civicapp.jobs.work import Work
from civicapp.notify import ledger as sent_ledger
from civicapp.notify.channels import UnknownChannel
from civicapp.notify.email import EmailChannel
from civicapp.notify.messages import Messages
from civicapp.notify.webhook import WebhookChannel, sign
from civicapp.plugins import Plugins
from civicapp.settings import Settings
from civicapp.storage.ledgers import DeliveryRow

HELLO = Message("Hello", "Your note was pinned.\n")
LATER = datetime.timedelta(days=2)


class Post(Channel):
    """A channel that remembers, and fails on demand."""

    sent: list[Outgoing]
    faults: list[Exception]

    def send(self, outgoing: Outgoing) -> None:
        if Post.faults:
            raise Post.faults.pop(0)
        Post.sent.append(outgoing)


@pytest.fixture
def post() -> type[Post]:
    Post.sent, Post.faults = [], []
    return Post


@pytest.fixture
def backing(make_backing, board, post):
    @hookimpl
    def notification_channels() -> dict[str, type[Channel]]:
        return {"post": post}

    board.notification_channels = notification_channels
    return make_backing(board)


def run_jobs(backing: Backing, *, days: int = 0) -> None:
    """Run every job that is due, as a worker would."""
    work = Work(
        backing.database,
        backing.files,
        backing.queue,
        backing.jobs,
        backing._context,
        None,
        backing.outbox,
    )
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    for id in backing.database.read_now(ledger.due, tuple(backing.jobs), now, 100):
        work.run(id)


def notify(
    backing: Backing, key: str = "k1", target: str = "reader", channel: str = "post"
) -> bool:
    return backing.database.write_now(
        lambda s: backing.outbox.notify(s, channel, target, HELLO, key, about="board.note:1")
    )


def rows(backing: Backing) -> list[Any]:
    return backing.database.read_now(lambda s: list(s.scalars(select(DeliveryRow))))


# Once, and with the commit


def test_a_notice_is_sent_after_the_commit_and_once_per_key(backing, post):
    assert notify(backing)
    assert not notify(backing)
    assert post.sent == []
    run_jobs(backing)
    assert not notify(backing)
    run_jobs(backing)
    (sent,) = post.sent
    assert (sent.target, sent.message, sent.about) == ("reader", HELLO, "board.note:1")
    (delivery,) = backing.database.read_now(deliveries_about, "board.note:1")
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    assert delivery.sent_at is not None


def test_a_write_that_fails_sends_nothing(backing, post):
    def fail(session: Any) -> None:
        backing.outbox.notify(session, "post", "reader", HELLO, "k1")
        raise LookupError

    with pytest.raises(LookupError):
        backing.database.write_now(fail)
    run_jobs(backing)
    assert (post.sent, rows(backing)) == ([], [])


def test_target_and_text_stand_nowhere_in_clear_and_go_when_sent(backing, post):
    notify(backing, target="reader@example.org")

    def dump(session: Any) -> str:
        tables = ("core_delivery", "core_job")
        return repr([list(session.execute(text(f"SELECT * FROM {t}"))) for t in tables])

    kept = backing.database.read_now(dump)
    assert "reader" not in kept
    assert "pinned" not in kept
    assert rows(backing)[0].sealed is not None
    run_jobs(backing)
    assert rows(backing)[0].sealed is None


def test_an_address_that_can_be_none_is_refused_before_anything_is_kept(backing):
    with pytest.raises(BadTarget):
        notify(backing, target=" ")
    assert rows(backing) == []


def test_a_worker_sends_it_by_itself(backing, post):
    runner = backing.runner()
    runner.start()
    try:
        notify(backing)
        until = time.monotonic() + 20
        while rows(backing)[0].state != "sent" and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        runner.stop(5)
    assert [sent.target for sent in post.sent] == ["reader"]


# Failures


def test_a_failure_is_tried_again_with_the_same_id(backing, post):
    post.faults = [ConnectionError("down"), TimeoutError("slow")]
    notify(backing)
    for _ in range(3):
        run_jobs(backing, days=1)
    (sent,) = post.sent
    (delivery,) = backing.database.read_now(deliveries_about, "board.note:1")
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("sent", 3, None)
    assert sent.id == delivery.id


def test_what_will_never_arrive_is_given_up_at_once_and_seen(backing, post):
    post.faults = [Undeliverable("no such person")]
    notify(backing)
    for _ in range(2):
        run_jobs(backing, days=1)
    (delivery,) = backing.database.read_now(failed_deliveries)
    assert (delivery.attempts, delivery.can_retry) == (1, True)
    assert "no such person" in str(delivery.last_error)


def test_after_the_last_try_a_delivery_has_failed_and_can_be_tried_by_hand(backing, post):
    post.faults = [ConnectionError("down")] * 21
    notify(backing)
    for _ in range(25):
        run_jobs(backing, days=1)
    (delivery,) = backing.database.read_now(failed_deliveries)
    assert delivery.attempts == 21
    assert backing.database.write_now(backing.outbox.send_again, delivery.id)
    assert not backing.database.write_now(backing.outbox.send_again, delivery.id)
    run_jobs(backing)
    assert len(post.sent) == 1
    assert backing.database.read_now(failed_deliveries) == []
    assert not backing.database.write_now(backing.outbox.send_again, delivery.id)


def test_no_error_names_the_address(backing, post, capsys, caplog):
    address = "reader@example.org"
    post.faults = [ConnectionError(f"cannot reach {address}")]
    notify(backing, target=address)
    run_jobs(backing)
    jobs = backing.database.read_now(
        lambda s: s.scalars(text("SELECT last_error FROM core_job")).all()
    )
    shown = [rows(backing)[0].last_error, *jobs, *capsys.readouterr(), caplog.text]
    assert address not in repr(shown)
    assert "cannot reach …" in str(rows(backing)[0].last_error)


@pytest.mark.parametrize("repeatable", [False, True])
def test_a_crash_between_the_receivers_yes_and_our_commit(backing, post, repeatable, monkeypatch):
    monkeypatch.setattr(post, "repeatable", repeatable)
    notify(backing)
    keep, sent_ledger.sent = sent_ledger.sent, _crash  # type: ignore[assignment]
    try:
        run_jobs(backing)
    finally:
        sent_ledger.sent = keep
    run_jobs(backing, days=1)
    if repeatable:
        first, second = post.sent
        assert first.id == second.id
    else:
        assert len(post.sent) == 1, "nobody is told twice"
        (delivery,) = backing.database.read_now(failed_deliveries)
        assert "may have arrived" in str(delivery.last_error)
        assert delivery.can_retry
        assert backing.database.write_now(backing.outbox.send_again, delivery.id)
        run_jobs(backing, days=1)
        assert len(post.sent) == 2


def _crash(*_: object) -> None:
    raise SystemError


def test_what_cannot_be_sent_is_forgotten_after_two_weeks(backing, post):
    post.faults = [Undeliverable("no")]
    notify(backing)
    run_jobs(backing)
    now = datetime.datetime.now(datetime.UTC)
    backing.database.write_now(sent_ledger.forget, now + datetime.timedelta(days=15))
    (row,) = rows(backing)
    assert row.sealed is None
    assert not backing.database.write_now(backing.outbox.send_again, row.id)
    backing.database.write_now(sent_ledger.forget, now + datetime.timedelta(days=400))
    assert rows(backing) == []


# Channels


def test_a_channel_that_nobody_brings_is_named_with_the_nearest(backing):
    with pytest.raises(UnknownChannel, match="did you mean `post`"):
        notify(backing, channel="pots")


def test_email_needs_a_server_in_production_and_is_printed_in_a_demonstration(
    make_backing, board, capsys
):
    host = {"env": "production", "secret_key": "ab" * 16 + "01" * 16}
    bare = make_backing(board, **host)
    assert not bare.outbox.reaches("email")
    with pytest.raises(ChannelOff, match="CIVICAPP_SMTP_HOST"):
        notify(bare, channel="email", target="reader@example.org")
    demo = make_backing(board, demo=True)
    assert demo.outbox.reaches("email")
    notify(demo, channel="email", target="reader@example.org")
    run_jobs(demo)
    printed = capsys.readouterr().out
    assert "To: reader@example.org\nSubject: Hello\n\nYour note was pinned." in printed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (7, "returned an int"),
        ({"sms": 7}, "channel `sms` is an int"),
        ({"email": Post}, "channel `email` belongs to the kernel"),
    ],
)
def test_hook_notification_channels_is_checked_at_boot(answer, message, kernel_of, board):
    @hookimpl
    def notification_channels() -> object:
        return answer

    board.notification_channels = notification_channels
    with pytest.raises(LookupError, match=message):
        kernel_of(board)


def test_two_plugins_that_bring_one_channel_are_both_named():
    from civicapp.notify.channels import gather_channels

    class Bringer:
        @staticmethod
        @hookimpl
        def notification_channels() -> dict[str, type[Channel]]:
            return {"sms": Post}

    plugins = Plugins()
    for id in ("aa", "bb"):
        plugins.register(id, Bringer())
    _, (fault,) = gather_channels(plugins)
    assert (fault.plugin, fault.message) == ("bb", "channel `sms` belongs to aa")


# E-mail


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that takes what it is told to. refuse: answers to RCPT and to the text."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[str] = []
        self.refuse: dict[str, bytes] = {}


class _Smtp(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.say(b"220 mailbox")
        while line := self.rfile.readline():
            word = line[:4].upper().decode()
            if word == "DATA":
                self.say(b"354 go on")
                mail = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                answer = self.server.refuse.get("DATA", b"250 taken")
                self.server.mails += [mail] if answer.startswith(b"250") else []
                self.say(answer)
                if "QUIT" in self.server.refuse:
                    return
            elif word == "QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(self.server.refuse.get(word, b"250 well"))

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running(Mailbox()) as server:
        yield server


def email_channel(mailbox: Mailbox, **more: object) -> EmailChannel:
    return EmailChannel(
        Settings(
            smtp_host="127.0.0.1",
            smtp_port=mailbox.server_address[1],
            smtp_from="Isle Office <office@isle.example>",
            **{"smtp_starttls": False, **more},  # type: ignore[arg-type]
        )
    )


def outgoing(target: str, message: Message = HELLO) -> Outgoing:
    at = datetime.datetime(2026, 8, 17, 7, 5, tzinfo=datetime.UTC)
    return Outgoing("f00d", target, message, "board.note:1", at)


def test_a_mail_says_who_sends_and_carries_the_deliverys_id(mailbox):
    message = Message("Laporan\nditerima", "Terima kasih.\nNomor: 7\n")
    email_channel(mailbox).send(outgoing("reader@example.org", message))
    (mail,) = mailbox.mails
    head, _, body = mail.partition("\r\n\r\n")
    assert "From: Isle Office <office@isle.example>" in head
    assert "To: reader@example.org" in head
    assert "Subject: Laporan diterima\r\n" in head
    assert "Message-ID: <f00d@isle.example>" in head
    assert "Auto-Submitted: auto-generated" in head
    assert "Date: Mon, 17 Aug 2026 07:05:00 +0000" in head
    assert body == "Terima kasih.\r\nNomor: 7\r\n"


@pytest.mark.parametrize(
    ("refuse", "error"),
    [
        ({"RCPT": b"550 reader@example.org unknown"}, Undeliverable),
        ({"RCPT": b"451 later"}, ConnectionError),
        ({"DATA": b"554 looks like spam"}, Undeliverable),
        ({"DATA": b"452 disk full"}, Exception),
        ({"MAIL": b"530 sign in"}, Exception),
    ],
)
def test_a_no_for_ever_differs_from_a_no_for_now(mailbox, refuse, error):
    mailbox.refuse = refuse
    with pytest.raises(error) as found:
        email_channel(mailbox).send(outgoing("reader@example.org"))
    assert isinstance(found.value, Undeliverable) is (error is Undeliverable)
    if error is not Exception:
        assert "reader" not in str(found.value)


def test_a_server_that_hangs_up_after_its_yes_took_the_mail(mailbox):
    mailbox.refuse = {"QUIT": b""}
    email_channel(mailbox).send(outgoing("reader@example.org"))
    assert len(mailbox.mails) == 1


def test_no_mail_goes_out_in_clear_when_tls_is_wanted(mailbox):
    with pytest.raises(Exception, match="STARTTLS"):
        email_channel(mailbox, smtp_starttls=True).send(outgoing("reader@example.org"))
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "target",
    ["", "reader", "a@b", "a@b.c d@e.f", "a@b.c\nBcc: x@y.z", "Reader <a@b.c>", "@b.c",
     "a@b.c, d@e.f", "a" * 251 + "@b.c"],
)  # fmt: skip
def test_what_is_no_address_is_no_address(mailbox, target):
    with pytest.raises(BadTarget):
        email_channel(mailbox).check_target(target)


@pytest.mark.parametrize("sender", ["", "Office", "Office <a@b>", "a@b.c\nX: y"])
def test_a_sender_that_is_none_stops_the_start(sender):
    with pytest.raises(ValueError, match="smtp_from"):
        Settings(smtp_from=sender)


# Webhooks


class Hook(http.server.ThreadingHTTPServer):
    """A receiver that answers `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.status = 204
        self.calls: list[tuple[dict[str, str], bytes]] = []


class _Receiver(http.server.BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.calls.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.send_header("location", "http://elsewhere.example/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_that_of_standard_webhooks():
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    body = b'{"test": 2432232314}'
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_signed_and_names_what_it_is_about():
    with running(Hook()) as hook:
        target = f"{SECRET} http://127.0.0.1:{hook.server_address[1]}/in?x=1"
        WebhookChannel(Settings()).send(outgoing(target))
        ((headers, body),) = hook.calls
    assert headers["webhook-id"] == headers["idempotency-key"] == "f00d"
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert headers["webhook-signature"] == sign(key, "f00d", headers["webhook-timestamp"], body)
    assert json.loads(body)["data"] == {
        "about": "board.note:1", "subject": "Hello", "text": "Your note was pinned.\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "error"), [(410, Undeliverable), (302, ConnectionError), (500, ConnectionError)]
)
def test_only_2xx_is_a_yes(status, error):
    with running(Hook()) as hook:
        hook.status = status
        target = f"{SECRET} http://127.0.0.1:{hook.server_address[1]}/"
        with pytest.raises(error, match=str(status)):
            WebhookChannel(Settings()).send(outgoing(target))
        assert len(hook.calls) == 1


@pytest.mark.parametrize(
    "target",
    ["", "https://a.example/", f"{SECRET}", f"{SECRET} ftp://a.example/", "whsec_eA== https://a.b/",
     f"{SECRET} https:///x", f"{SECRET} https://a.example:x/", "whsec_! https://a.example/",
     f"{SECRET} https://a.example/ x"],
)  # fmt: skip
def test_a_webhook_wants_a_secret_and_an_address(target):
    with pytest.raises(BadTarget):
        WebhookChannel(Settings()).check_target(target)


PRODUCTION = {"env": "production"}


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]"])
def test_a_webhook_of_a_production_host_never_leads_into_a_private_network(host):
    channel = WebhookChannel(Settings(**PRODUCTION))  # type: ignore[arg-type]
    with pytest.raises(Undeliverable, match="private"):
        channel.send(outgoing(f"{SECRET} https://{host}/"))


def test_a_webhook_of_a_production_host_is_encrypted():
    channel = WebhookChannel(Settings(**PRODUCTION))  # type: ignore[arg-type]
    with pytest.raises(BadTarget):
        channel.check_target(f"{SECRET} http://a.example/")


# Messages from templates


@pytest.fixture
def messages(kernel_of, board, tmp_path) -> Messages:
    folder = tmp_path / "package" / "templates"
    folder.mkdir(parents=True)
    (folder / "pinned.txt").write_text(
        'Subject: {{ ctx.gettext("Home") }} {{ number }}\n\n'
        "{{ name }} & {{ ctx.number(1234) }}\n", "utf-8"
    )  # fmt: skip
    (folder / "bare.txt").write_text("no subject\n", "utf-8")
    return Messages({"board": folder.parent}, kernel_of(board).context)


def test_a_message_speaks_the_recipients_language_and_escapes_nothing(messages):
    found = messages.render("board/pinned.txt", "id", number=7, name="<Reader>")
    assert found == Message("Beranda 7", "<Reader> & 1.234\n")
    assert "\n" not in messages.render("board/pinned.txt", "id", number="7\nx", name="").subject
    english = messages.render("board/pinned.txt", "en", number=7, name="Reader")
    assert english.text == "Reader & 1,234\n"
    assert messages.render("board/pinned.txt", "xx", number=7, name="Reader") == english


def test_a_template_without_a_subject_or_a_value_is_a_fault(messages):
    with pytest.raises(ValueError, match="Subject"):
        messages.render("board/bare.txt", "id")
    with pytest.raises(Exception, match="number"):
        messages.render("board/pinned.txt", "id", name="Reader")
