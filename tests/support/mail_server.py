"""A mail server on this machine: STARTTLS, sign-in, and whatever fault a test asks for."""

import base64
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class MailServer:
    """What it was sent, and how it answers; a mail is its recipients, subject and text.

    `answers` are its words to a command, such as ``{"RCPT": "550 no"}``; ``"CONNECT"`` is its
    greeting, and an empty text hangs up.
    """

    port: int
    certificate: Path
    answers: dict[str, str] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    in_the_clear: list[str] = field(default_factory=list)

    def context(self) -> ssl.SSLContext:
        """What trusts this server's certificate, and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run one; its certificate lies in `folder`."""
    certificate, key = _certificate(folder)
    encrypted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encrypted.load_cert_chain(certificate, key)
    found = MailServer(port=0, certificate=certificate)

    class Handler(_Handler):
        server_side, context = found, encrypted

    with _Server((HOST, 0), Handler) as server:
        found.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield found
        server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is none of the server's business."""


class _Handler(socketserver.StreamRequestHandler):
    server_side: MailServer
    context: ssl.SSLContext
    timeout = 20

    def handle(self) -> None:
        self._encrypted = False
        if not self._say("CONNECT", "220 ready"):
            return
        while line := self.rfile.readline():
            text = line.decode("latin-1").strip()
            if not self._encrypted:
                self.server_side.in_the_clear.append(text)
            if not self._obey(text) or text.upper().startswith("QUIT"):
                return

    def _obey(self, text: str) -> bool:
        verb = text.partition(" ")[0].upper()
        if verb == "QUIT":
            return self._say(verb, "221 bye")
        act = {"EHLO": self._greet, "STARTTLS": self._encrypt, "DATA": self._take}.get(verb)
        if verb == "AUTH":
            self.server_side.signed_in.append(base64.b64decode(text.rpartition(" ")[2]).decode())
            return self._say(verb, "235 welcome")
        return act() if act else self._say(verb, "250 ok")

    def finish(self) -> None:
        for each in (self.wfile, self.rfile, self.request):
            with suppress(OSError):  # a client that hung up
                each.close()

    def _greet(self) -> bool:
        offered = "250-here\r\n250 AUTH PLAIN"
        return self._say("EHLO", offered if self._encrypted else "250-here\r\n250 STARTTLS")

    def _encrypt(self) -> bool:
        if not self._say("STARTTLS", "220 go on"):
            return False
        self.wfile.close()
        self.rfile.close()
        self.request = self.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self._encrypted = True
        return True

    def _take(self) -> bool:
        self._say("", "354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if self._say("DATA", "250 taken") and "DATA" not in self.server_side.answers:
            mail = message_from_bytes(b"".join(lines), policy=default)
            self.server_side.mails.append(f"{mail['To']}\n{mail['Subject']}\n{mail.get_content()}")
        return True

    def _say(self, verb: str, usual: str) -> bool:
        answer = self.server_side.answers.get(verb, usual)
        if answer:
            self.wfile.write(answer.encode() + b"\r\n")
            self.wfile.flush()
        return bool(answer)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that this address signs for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "mail.pem", folder / "mail.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return pem, secret
