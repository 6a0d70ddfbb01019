"""Disk, files, and the mail server."""

import datetime
import errno
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GIB, MIB = 2**30, 2**20


# Disk


def room(free=100 * GIB, inodes=1000, free_inodes=900):
    return lambda _: SimpleNamespace(
        f_bavail=free // 4096, f_frsize=4096, f_files=inodes, f_favail=free_inodes
    )


@pytest.mark.parametrize(
    ("given", "level", "said", "command"),
    [
        ({}, "ok", "data, database: 100.0 GiB free", ""),
        ({"free": 1 * GIB}, "warning", "1.0 GiB free", "du -xhd2 "),
        ({"free": 100 * MIB}, "error", "100 MiB free", "du -xhd2 "),
        ({"free_inodes": 30}, "warning", "3.0% of the inodes free", "du -x --inodes "),
        ({"free_inodes": 0}, "error", "0.0% of the inodes free", "du -x --inodes "),
        ({"inodes": 0, "free_inodes": 0}, "ok", "100.0 GiB free", ""),
    ],
)
def test_room_for_data(world, given, level, said, command):
    found = world.only("disk", statvfs=room(**given))
    assert found.startswith(f"{level} data, database: ")
    assert said in found
    assert (f" → {command}" in found) if command else " → " not in found


def test_every_folder_is_looked_at(world, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    world.set(CIVICAPP_FILES=str(tmp_path / "elsewhere/uploads"))
    asked = []

    def statvfs(path):
        asked.append(path)
        return room()(path)

    assert len(world.found("disk", statvfs=statvfs)) == 2
    assert asked == [tmp_path / "data", tmp_path / "elsewhere"]


def test_a_disk_that_cannot_be_asked(world):
    def refuse(_):
        raise OSError(errno.EACCES, "Permission denied")

    assert world.only("disk", statvfs=refuse).startswith("skipped data, database: ")


def test_a_folder_that_cannot_be_written(world, tmp_path, monkeypatch):
    def refuse(**_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", refuse)
        disk = world.found("disk", statvfs=room())[0]
        files = world.only("files")
    data = tmp_path / "data"
    assert disk.startswith(f"error {data} cannot be written: Read-only file system → ls -ld {data}")
    assert files.startswith(f"error {data} cannot be written: Read-only file system → ls -ld ")
    assert world.only("files") == f"ok {data}/files will be made"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else(world, tmp_path):
    (tmp_path / "data").chmod(0o500)
    try:
        assert "Permission denied" in world.found("disk", statvfs=room())[0]
    finally:
        (tmp_path / "data").chmod(0o700)


def test_a_data_folder_that_is_open_or_none(world, tmp_path):
    data = tmp_path / "data"
    data.chmod(0o755)
    found = world.found("disk", statvfs=room())[0]
    assert found == f"warning {data} is open to others (mode 0755) → chmod 700 {data}"
    data.rmdir()
    assert world.only("disk", statvfs=room()).startswith("ok ")
    data.write_text("")
    assert f"error {data} is no folder → mv {data} " in world.found("disk", statvfs=room())[0]


# Files


class Bucket(BaseHTTPRequestHandler):
    """Answer every question with one status."""

    status: int

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "said", "command"),
    [
        (404, "ok s3://photos/isle answers; whether it takes files was not tried", ""),
        (403, "warning s3://photos/isle does not say what it holds", "aws s3 ls s3://photos/isle"),
        (401, "error s3://photos/isle does not know the key", "export AWS_ACCESS_KEY_ID=…"),
        (500, "error s3://photos/isle: ", "aws s3 ls s3://photos/isle"),
    ],
)
def test_a_bucket_is_asked(world, status, said, command):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("B", (Bucket,), {"status": status}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        world.set(
            CIVICAPP_FILES="s3://photos/isle",
            AWS_ENDPOINT=f"http://127.0.0.1:{server.server_port}",
            AWS_ALLOW_HTTP="true",
            AWS_ACCESS_KEY_ID="x",
            AWS_SECRET_ACCESS_KEY="hunter2",
            AWS_REGION="x",
        )
        found = world.only("files")
    finally:
        server.shutdown()
        server.server_close()
    assert found.startswith(said)
    assert found.endswith(command)
    assert "hunter2" not in found


# Mail


class Mail:
    """A mail server for one message less than one: it greets, takes up TLS, hears of sign-ins."""

    def __init__(self, tls: ssl.SSLContext | None = None, **given: object) -> None:
        self.tls, self.given = tls, given
        self.said: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with ExitStack() as opened, suppress(OSError, ValueError):
                self.talk(opened.enter_context(connection), opened)

    def talk(self, connection: socket.socket, opened: ExitStack) -> None:
        connection.settimeout(60)
        if self.given.get("silent"):
            connection.recv(1)
            return
        if self.given.get("greeting"):
            connection.sendall(f"{self.given['greeting']}\r\n".encode())
        else:
            connection.sendall(b"220 isle ESMTP\r\n")
        secure = False
        stream = opened.enter_context(connection.makefile("rb"))
        while line := stream.readline().decode().strip():
            self.said.append(line)
            word = line.split()[0].upper()
            if word == "EHLO":
                offers = ["STARTTLS"] if self.tls and not secure else []
                offers += ["AUTH PLAIN"] if self.given.get("password") else []
                lines = ["isle", *offers]
                for number, offer in enumerate(lines):
                    mark = " " if number == len(lines) - 1 else "-"
                    connection.sendall(f"250{mark}{offer}\r\n".encode())
            elif word == "STARTTLS" and self.tls:
                connection.sendall(b"220 go on\r\n")
                wrapped = self.tls.wrap_socket(connection, server_side=True)
                connection = opened.enter_context(wrapped)
                stream, secure = opened.enter_context(connection.makefile("rb")), True
            elif word == "AUTH":
                good = line.split()[-1] == self.given["password"]
                connection.sendall(b"235 welcome\r\n" if good else b"535 no\r\n")
            elif word == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"502 no\r\n")

    def close(self) -> None:
        # A thread that waits in accept is not woken by close alone.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(60)


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Make a certificate that signs itself; its file is folder/name.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def mail(world, tmp_path) -> Iterator[object]:
    """Return what starts a mail server for the bundle."""
    started = []

    def start(tls: str | None = None, trusted: bool = True, **given: object) -> Mail:
        context = certificate(tmp_path, tls) if tls else None
        if tls and trusted:
            world.set(SSL_CERT_FILE=str(tmp_path / f"{tls}.pem"))
        started.append(Mail(context, **given))
        world.set(
            CIVICAPP_SMTP_HOST="localhost",
            CIVICAPP_SMTP_PORT=str(started[-1].port),
            CIVICAPP_SMTP_FROM="Isle <isle@isle.example>",
        )
        return started[-1]

    yield start
    for server in started:
        server.close()


def test_no_mail_server(world):
    found = world.only("mail")
    assert found.startswith("warning no mail server is set: no e-mail is sent")
    assert found.endswith("export CIVICAPP_SMTP_HOST=mail.example.org")
    world.set(CIVICAPP_SMTP_HOST="mail.invalid")
    sender, server = world.found("mail")
    assert sender.startswith(
        "error without a sender no e-mail is sent → export CIVICAPP_SMTP_FROM="
    )
    assert server.endswith("there is no host of this name → getent hosts mail.invalid")


def test_a_mail_server_with_tls_and_sign_in(world, mail):
    server = mail(tls="localhost", password="AGlzbGUAaHVudGVyMg==")
    assert "ok localhost, port" in (found := world.only("mail"))
    assert found.endswith("answers, TLS, without sign-in")
    world.set(CIVICAPP_SMTP_USER="isle")
    found = world.only("mail")
    assert "error there is no password for `isle` → export CIVICAPP_SMTP_PASSWORD_FILE=…" in found
    path = world.secret("CIVICAPP_SMTP_PASSWORD_FILE", "hunter2\n")
    assert world.only("mail").endswith("takes the sign-in, TLS")
    path.write_text("hunter3")
    found = world.only("mail")
    assert "refuses user `isle`, or the password: 535" in found
    assert found.endswith(f" → vi {path}")
    assert "hunter" not in found
    assert not [line for line in server.said if line.upper().startswith(("MAIL", "RCPT", "DATA"))]


def test_a_mail_server_without_tls(world, mail):
    server = mail()
    found = world.only("mail")
    assert "offers no STARTTLS: passwords and messages would travel in clear" in found
    openssl = f"openssl s_client -starttls smtp -connect localhost:{server.port}"
    assert f" → {openssl} -servername localhost" in found
    world.set(CIVICAPP_SMTP_STARTTLS="false")
    found = world.only("mail")
    assert found.startswith("warning localhost")
    assert "travel to it in clear → export CIVICAPP_SMTP_STARTTLS=true" in found
    world.set(CIVICAPP_SMTP_USER="isle")
    world.secret("CIVICAPP_SMTP_PASSWORD_FILE", "hunter2")
    assert "offers no sign-in → unset CIVICAPP_SMTP_USER" in world.only("mail")


@pytest.mark.parametrize(
    "given", [{"tls": "localhost", "trusted": False}, {"tls": "other.example"}]
)
def test_a_mail_server_with_a_certificate_of_its_own(world, mail, given):
    mail(**given)
    found = world.only("mail")
    assert "error localhost, port " in found
    assert "its certificate is not good: " in found
    assert " → openssl s_client " in found


def test_a_mail_server_that_refuses_or_stays_silent(world, mail):
    mail(greeting="554 go away")
    assert ": it answers 554 → " in world.only("mail")
    mail(silent=True)
    found = world.only("mail", wait=0.2)
    assert ": no answer within 0.2 s → openssl " in found
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    world.set(CIVICAPP_SMTP_PORT=port)
    assert world.only("mail").endswith(f" → nc -vz localhost {port}")
