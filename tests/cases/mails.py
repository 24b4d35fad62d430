"""Mails as people's programs write them, for tests: bytes, since it is the bytes that differ."""

from __future__ import annotations

import struct
from email.header import Header

TENANT = "service@wohnen-musterstadt.example"


def mail(
    body: bytes | str,
    *headers: str,
    sender: str = "Erika Muster <erika@web.example>",
    subject: str = "Haustier",
    kind: str = "text/plain; charset=utf-8",
    encoding: str = "8bit",
    identity: str = "<1@web.example>",
) -> bytes:
    """A mail of one part."""
    content = body if isinstance(body, bytes) else body.encode()
    lines = [
        f"From: {sender}", f"To: {TENANT}", f"Subject: {subject}", f"Message-ID: {identity}",
        "Date: Fri, 27 Nov 2026 09:15:00 +0100", "MIME-Version: 1.0", f"Content-Type: {kind}",
        f"Content-Transfer-Encoding: {encoding}", *headers,
    ]  # fmt: skip
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content


def parts(kind: str, *pieces: bytes, boundary: str = "b1") -> tuple[str, bytes]:
    """Content type and body of a multipart."""
    edge = f"--{boundary}".encode()
    body = b"".join(edge + b"\r\n" + piece + b"\r\n" for piece in pieces) + edge + b"--\r\n"
    return f'multipart/{kind}; boundary="{boundary}"', body


def part(kind: str, content: bytes, *headers: str) -> bytes:
    """One part."""
    return "\r\n".join([f"Content-Type: {kind}", *headers]).encode() + b"\r\n\r\n" + content


def encoded(words: str, charset: str) -> str:
    """An encoded word of a header."""
    return Header(words, charset).encode()


def winmail(body: str, files: dict[str, bytes]) -> bytes:
    """``winmail.dat`` as Outlook writes it: a text and attachments (MS-OXTNEF)."""

    def attribute(level: int, name: int, content: bytes) -> bytes:
        return struct.pack("<BII", level, name, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)

    pieces = [
        struct.pack("<IH", 0x223E9F78, 1),
        attribute(1, 0x00089006, struct.pack("<I", 0x00010000)),
        attribute(1, 0x00069007, struct.pack("<II", 1252, 0)),
        attribute(1, 0x0002800C, body.encode("windows-1252") + b"\0"),
    ]
    for name, content in files.items():
        pieces += [
            attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
            attribute(2, 0x00018010, name.encode("windows-1252") + b"\0"),
            attribute(2, 0x0006800F, content),
        ]
    return b"".join(pieces)
