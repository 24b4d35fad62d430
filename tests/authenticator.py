"""A device that makes passkeys and signs with them, as software; for what no browser would send see its arguments."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """
    One device with one passkey.

    Parameters
    ----------
    host, origin
        Where it believes to be.
    flags
        What it says it has asked its owner.
    uses
        How often it was used.
    """

    host: str
    origin: str
    flags: int = PRESENT | VERIFIED
    uses: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What ``navigator.credentials.create`` gives."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        made = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._said(ATTESTED) + made}
        return self._credential(
            clientDataJSON=text(self._client("webauthn.create", options)),
            attestationObject=text(cbor2.dumps(attestation)),
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What ``navigator.credentials.get`` gives."""
        self.uses += 1
        client, said = self._client("webauthn.get", options), self._said(0)
        signature = self.key.sign(said + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(clientDataJSON=text(client), authenticatorData=text(said), signature=text(signature))

    def _said(self, more: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([self.flags | more]) + self.uses.to_bytes(4, "big")

    def _client(self, what: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": what, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _credential(self, **response: str) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}


def text(content: bytes) -> str:
    """Base64url."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def content(encoded: str) -> bytes:
    """What base64url says."""
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
