"""Passwords: what makes a good one, and how it is kept.

Rules of NIST SP 800-63B-4 (section 3.1.1) for a password that is the only factor: length counts, at
least 15 characters; any character; nothing about digits or capitals; no expiry; nothing that can be
guessed from the person. Kept as Argon2id with the second recommended parameters of RFC 9106.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cache
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kastor.store.errors import WeakPassword

SHORTEST, LONGEST = 15, 200
"""Characters a password has."""

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(4)
"""Each computation takes 64 MiB: a flood of sign-ins must not take the machine's memory."""


@cache
def _nobodys() -> str:
    """What is computed for unknown people, so that they take as long as known ones."""
    return _HASHER.hash(secrets.token_hex(16))


def hashed(password: str, *known: str) -> str:
    """
    A password as it is kept.

    Parameters
    ----------
    known
        What is known of the person, such as login and name; a password must not be made of it.

    Raises
    ------
    WeakPassword
        When it does not follow the rules; the message says which and how to do better.
    """
    plain = _plain(password)
    check(plain, *known)
    return anew(plain)


def anew(password: str) -> str:
    """A password that was good enough once, as it is kept today."""
    with _AT_ONCE:
        return _HASHER.hash(_plain(password))


def check(password: str, *known: str) -> None:
    """
    Whether a password follows the rules.

    Raises
    ------
    WeakPassword
        When it does not.
    """
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(
            f"The password has {len(plain)} characters; {SHORTEST} are the least. Four words that come to your mind "
            "and have nothing to do with each other are long and easy to remember."
        )
    if len(plain) > LONGEST:
        raise WeakPassword(f"The password has {len(plain)} characters; at most {LONGEST} are kept.")
    if _simple(plain):
        raise WeakPassword("The password repeats itself or counts up; take four words that do not belong together.")
    rest = plain.casefold()
    words = {word for text in ("kastor", *known) for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2:
        raise WeakPassword("The password is made of your name; take words that have nothing to do with you.")


def fits(kept: str, password: str) -> bool:
    """Whether a password is the kept one; takes as long when nothing is kept."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), _plain(password)) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether a kept password should be hashed anew because the parameters have grown."""
    return bool(kept) and _HASHER.check_needs_rehash(kept)


def _plain(password: str) -> str:
    # the same letters typed on different machines may come in different codes
    return unicodedata.normalize("NFKC", password[: LONGEST * 4])


def _simple(plain: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(plain)}
    repeated = any(plain == (plain[:n] * len(plain))[: len(plain)] for n in range(1, len(plain) // 2 + 1))
    return len(set(plain)) < 5 or repeated or steps <= {-1, 0, 1}
