"""Real mail servers for tests, on this machine only: Dovecot for IMAP, aiosmtpd for SMTP."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "geheim"
NOBODY = "nobody"

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {run}/run
state_dir = {run}/state
log_path = {run}/log
instance_name = test
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = {ssl}
ssl_cert = <{run}/cert.pem
ssl_key = <{run}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain
first_valid_uid = 1
mail_location = maildir:{run}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={run}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def dovecot_is_installed() -> bool:
    """Whether there is a Dovecot to start."""
    return shutil.which("dovecot") is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


@dataclass(frozen=True)
class Imap:
    """Ports of a server, in the clear and encrypted, and the certificate it shows."""

    port: int
    tls_port: int
    certificate: str


@contextmanager
def dovecot() -> Iterator[Imap]:
    """A Dovecot without any rights on the machine."""
    # a socket's path may have 107 letters only, which temporary directories of tests do not leave
    run = Path(tempfile.mkdtemp(prefix="dc"))
    user = NOBODY if os.geteuid() == 0 else getpass.getuser()
    entry = pwd.getpwnam(user)
    group = grp.getgrgid(entry.pw_gid).gr_name
    port, tls_port = free_port(), free_port()
    cert, _ = certificate(run)
    given = {"run": run, "user": user, "group": group, "port": port, "tls_port": tls_port, "password": PASSWORD}
    (run / "conf").write_text(CONFIG.format(ssl="yes", **given))
    (run / "mail").mkdir()
    ids: dict[str, Any] = {}
    if os.geteuid() == 0:
        ids = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        for path in (run, *run.iterdir()):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    server = subprocess.Popen(["dovecot", "-F", "-c", str(run / "conf")], cwd=run, stderr=subprocess.PIPE, **ids)
    try:
        _wait(server, run, port)
        yield Imap(port, tls_port, str(cert))
    finally:
        server.terminate()
        server.wait(10)
        if server.stderr:
            server.stderr.close()
        shutil.rmtree(run, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], run: Path, port: int) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            log = (run / "log").read_text() if (run / "log").exists() else ""
            assert server.poll() is None, f"Dovecot ended: {log}"
            assert time.monotonic() < deadline, f"Dovecot did not start within 15 s: {log}"
            time.sleep(0.05)


@dataclass
class Postbox:
    """What an SMTP server has taken, and what it answers to recipients."""

    taken: list[tuple[list[str], Message]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        if self.answer.startswith("250"):
            self.taken.append((list(envelope.rcpt_tos), BytesParser().parsebytes(content)))
        return self.answer


@contextmanager
def smtp(tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, Postbox]]:
    """An SMTP server, with STARTTLS where it has a certificate; gives its port and what it takes."""
    postbox = Postbox()
    controller = Controller(
        postbox, hostname="127.0.0.1", port=free_port(), tls_context=tls, require_starttls=tls is not None
    )
    controller.start()
    try:
        yield controller.port, postbox
    finally:
        controller.stop()
