"""Talking to another server: only to those the operator names, never further than they answer, never without end.

An address is called when it lies below one of those in ``KASTOR_REMOTES``. What the other server names in turn, its
jobs and files, must lie on the same host and below an allowed address too, and redirects are not followed: so
nobody can make this server look around in the network it stands in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests

from kastor.process import InvalidInput, ProcessError

SECONDS = 30.0
"""How long another server may take to begin an answer, and to send more of it."""

LONGEST = 600.0
"""How long an answer may take as a whole. [s]"""

LARGEST_JSON = 2**26
"""Of a description, a status, a result. [bytes]"""

LARGEST_FILE = 2**30
"""Of a raster. [bytes]"""

PIECE = 2**16


class RemoteError(ProcessError):
    """Another server does not answer as it should; the message says which and how."""


class RefusedError(RemoteError):
    """Another server answers that it will not do this, now or ever."""


@dataclass(frozen=True)
class RemoteSettings:
    """
    What an operator may set about other servers; each field is the environment variable ``KASTOR_<NAME>``.

    Parameters
    ----------
    remotes
        Addresses whose processes may be offered, separated by spaces; whatever lies below them may be called.
    remote_keys
        JSON object: an allowed address, and the key this instance shows to it (``Authorization: Bearer``).
    """

    remotes: str = field(default_factory=lambda: os.environ.get("KASTOR_REMOTES", ""))
    remote_keys: str = field(default_factory=lambda: os.environ.get("KASTOR_REMOTE_KEYS", ""), repr=False)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The addresses one by one."""
        return tuple(self.remotes.split())

    def key_for(self, address: str) -> str:
        """The key shown to a server; empty for none."""
        found = [key for place, key in _keys(self.remote_keys).items() if below(address, place)]
        return found[0] if found else ""


def _keys(text: str) -> dict[str, str]:
    try:
        keys = orjson.loads(text or "{}")
    except orjson.JSONDecodeError as error:
        raise RemoteError(f"KASTOR_REMOTE_KEYS is no JSON ({error}). Give an object of addresses and keys.") from None
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise RemoteError("KASTOR_REMOTE_KEYS must be a JSON object of addresses and keys.")
    return keys


def below(address: str, allowed: str) -> bool:
    """Whether an address lies at, or below, an allowed one: same scheme, host and port, and path."""
    try:
        one, other = urlsplit(address), urlsplit(allowed)
        same = (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
    plain = not (one.username or one.password or ".." in one.path or "\\" in address or "%2e" in one.path.lower())
    inside = one.path == other.path or one.path.startswith(other.path.rstrip("/") + "/")
    return same and plain and one.scheme in ("http", "https") and inside


class Server:
    """
    Another server, as one process of it is talked to.

    Parameters
    ----------
    address
        Of the process.
    """

    def __init__(self, address: str, settings: RemoteSettings | None = None) -> None:
        self.address = address
        self._settings = settings or RemoteSettings()
        self.check(address)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "Kastor"
        # without one of ours nothing is sent, whatever a .netrc of this machine says
        self._session.auth = _Shown(self._settings.key_for(address))

    @property
    def host(self) -> str:
        """What it is called in messages."""
        return urlsplit(self.address).netloc

    def check(self, address: str) -> None:
        """
        See that an address may be called.

        Raises
        ------
        InvalidInput
            When the operator does not allow it, or it leads to another server.
        """
        if not any(below(address, entry) for entry in self._settings.allowed):
            raise InvalidInput(
                f"{address[:200]!r} is not among the servers this one may ask; the operator names them in"
                " KASTOR_REMOTES.",
                f"{address[:200]!r} gehört nicht zu den Servern, die gefragt werden dürfen; der Betrieb nennt sie in"
                " KASTOR_REMOTES.",
            )
        one, other = urlsplit(address), urlsplit(self.address)
        if (one.scheme, one.netloc) != (other.scheme, other.netloc):
            raise InvalidInput(
                f"{address[:200]!r} lies on another server than the process, {other.netloc}.",
                f"{address[:200]!r} liegt auf einem anderen Server als das Modell, {other.netloc}.",
            )

    def json(self, address: str, language: str = "en") -> tuple[Any, Mapping[str, str]]:
        """What an address answers, and the headers of the answer."""
        answer = self._ask("GET", address, {"Accept": "application/json", "Accept-Language": language})
        return _parsed(self._whole(answer), answer, self.host), answer.headers

    def post(self, address: str, body: Any, prefer: str) -> Answer:
        """Send an order."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if prefer:
            headers["Prefer"] = prefer
        answer = self._ask("POST", address, headers, orjson.dumps(body))
        return Answer(answer.status_code, dict(answer.headers), self._whole(answer))

    def delete(self, address: str) -> None:
        """Tell that something is no longer wanted."""
        self._ask("DELETE", address, {}).close()

    def download(self, address: str, file: Path) -> None:
        """Fetch a file."""
        answer = self._ask("GET", address, {"Accept": "*/*"})
        with file.open("wb") as target:
            for piece in self._pieces(answer, LARGEST_FILE):
                target.write(piece)

    def resolved(self, address: str, beside: str) -> str:
        """An address the other server gave, complete and allowed."""
        found = urljoin(beside, address)
        self.check(found)
        return found

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Any:
        self.check(address)
        try:
            answer = self._session.request(
                method, address, data=body, headers=dict(headers), timeout=SECONDS, stream=True, allow_redirects=False
            )
        except requests.RequestException as error:
            raise RemoteError(
                f"{self.host} does not answer ({type(error).__name__}). Try again later.",
                f"{self.host} antwortet nicht ({type(error).__name__}). Versuchen Sie es später noch einmal.",
            ) from None
        if answer.is_redirect or 300 <= answer.status_code < 400:
            raise RemoteError(
                f"{self.host} points elsewhere ({answer.status_code}); that is not followed.",
                f"{self.host} verweist woandershin ({answer.status_code}); dem wird nicht gefolgt.",
            )
        if answer.status_code >= 400:
            kind = RefusedError if answer.status_code < 500 and answer.status_code != 429 else RemoteError
            reason = self._reason(answer)
            raise kind(
                f"{self.host} refused ({answer.status_code}): {reason or 'it gives no reason.'}",
                f"{self.host} lehnt ab ({answer.status_code}): {reason or 'ohne Begründung.'}",
            )
        return answer

    def _reason(self, answer: Any) -> str:
        """What a server says about a refusal, as far as it speaks problem+json; empty when it says nothing."""
        try:
            said = orjson.loads(b"".join(self._pieces(answer, PIECE * 4)))
        except (orjson.JSONDecodeError, RemoteError):
            return ""
        detail = said.get("detail") or said.get("description") or said.get("title") if isinstance(said, dict) else None
        return str(detail)[:500] if detail else ""

    def _whole(self, answer: Any) -> bytes:
        return b"".join(self._pieces(answer, LARGEST_JSON))

    def _pieces(self, answer: Any, most: int) -> Any:
        """The answer piece by piece, decompressed, as long as it is neither too large nor too slow."""
        size, deadline = 0, time.monotonic() + LONGEST
        try:
            for piece in answer.iter_content(PIECE):
                size += len(piece)
                if size > most:
                    raise RemoteError(
                        f"{self.host} sent more than {most / 2**20:,.0f} MiB; that is not read.",
                        f"{self.host} hat mehr als {most / 2**20:.0f} MiB geschickt; das wird nicht gelesen.",
                    )
                if time.monotonic() > deadline:
                    raise RemoteError(
                        f"{self.host} took more than {LONGEST:g} s to send its answer.",
                        f"{self.host} hat für seine Antwort länger als {LONGEST:g} s gebraucht.",
                    )
                yield piece
        except requests.RequestException as error:
            raise RemoteError(
                f"{self.host} broke off its answer ({type(error).__name__}). Try again later.",
                f"{self.host} hat seine Antwort abgebrochen ({type(error).__name__}). Versuchen Sie es später noch"
                " einmal.",
            ) from None
        finally:
            answer.close()


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header, empty without."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


class _Shown(requests.auth.AuthBase):
    """The key, if there is one."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> Any:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _parsed(body: bytes, answer: Any, host: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        kind = answer.headers.get("content-type", "nothing")
        raise RemoteError(
            f"{host} answered with {kind[:80]}, JSON is needed. Check the address.",
            f"{host} hat {kind[:80]} geantwortet, nötig ist JSON. Prüfen Sie die Adresse.",
        ) from None
