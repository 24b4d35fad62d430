"""Personal parts of cases, sealed: AES-256-GCM with a key of each case's own.

What is sealed is bound to its place (which case, which event), so that nothing can be moved elsewhere unseen.
Without the key nothing can be read again; erasing a case is throwing away its key.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kastor.store.errors import StoreError

_KEY_BITS, _NONCE = 256, 12


class Unreadable(StoreError):
    """What is sealed was altered, or belongs elsewhere."""


def new_key() -> bytes:
    """A key for one case. [32 bytes]"""
    return AESGCM.generate_key(_KEY_BITS)


def seal(key: bytes, content: bytes, place: str) -> bytes:
    """
    Encrypt something.

    Parameters
    ----------
    place
        Where it will stand; to be named again when it is opened.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """
    Decrypt something.

    Examples
    --------
    >>> key = new_key()
    >>> unseal(key, seal(key, b"secret", "case:1"), "case:1")
    b'secret'

    Raises
    ------
    Unreadable
        When it was altered, stands in another place, or the key is another one.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(
            f"What is sealed at {place} was altered or belongs elsewhere. Restore the tenant from a backup."
        ) from error
