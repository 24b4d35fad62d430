"""Settings of the ways in and out: one set for each channel of a tenant, secrets apart from them.

A channel is open when it has settings. Passwords and keys are no part of them: they belong to the operator, stand in
the environment and never in a tenant's directory, its backups or its exports.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import orjson

from kastor.cases.message import MAIL, OPEN311, PHONE, WHATSAPP
from kastor.store.errors import StoreError

Security = Literal["tls", "starttls", "none"]
"""How a mail server is talked to; ``none`` only on this machine."""

LOCAL = ("127.0.0.1", "::1", "localhost")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9.-]{1,255}")
_NUMBER = re.compile(r"\+[1-9]\d{5,17}")


class ChannelError(StoreError):
    """A setting of a channel is missing or makes no sense; the message names it, its value and the cure."""


@dataclass(frozen=True)
class MailSettings:
    """
    The mailbox of a tenant.

    Parameters
    ----------
    address, name
        Where mails come to and answers come from, and what stands before the address.
    imap_host, imap_port, imap_security, imap_user
        The server mails are fetched from; the user is the address when empty.
    folder, done, aside
        Folder mails arrive in, those they go to afterwards: from people, and from machines.
    smtp_host, smtp_port, smtp_security, smtp_user
        The server answers go to; no user where it asks for none.
    most_per_hour
        Mails of one sender that are worked on in an hour; what is more waits.
    """

    address: str
    imap_host: str
    smtp_host: str
    name: str = ""
    imap_port: int = 993
    imap_security: Security = "tls"
    imap_user: str = ""
    folder: str = "INBOX"
    done: str = "Kastor"
    aside: str = "Kastor-Automatisch"
    smtp_port: int = 587
    smtp_security: Security = "starttls"
    smtp_user: str = ""
    most_per_hour: int = 20

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ChannelError(f"address: {self.address[:80]!r} is no mail address. Give one such as service@stadt.de.")
        for part in ("imap", "smtp"):
            host, port, security = (getattr(self, f"{part}_{one}") for one in ("host", "port", "security"))
            if not re.fullmatch(r"[A-Za-z0-9.:-]{1,255}", host):
                raise ChannelError(f"{part}_host: {host[:80]!r} is no name of a server.")
            if not 1 <= port <= 65535:
                raise ChannelError(f"{part}_port: {port} is not 1 to 65535.")
            if security not in get_args(Security):
                raise ChannelError(f"{part}_security: {security[:20]!r} is none of tls, starttls, none.")
            if security == "none" and host not in LOCAL:
                raise ChannelError(f"{part}_security: none would send passwords and mails in the clear; use tls.")
        if len({self.folder, self.done, self.aside}) < 3:
            raise ChannelError("folder, done and aside must be three folders.")
        if not 1 <= self.most_per_hour <= 1000:
            raise ChannelError(f"most_per_hour: {self.most_per_hour} is not 1 to 1000.")


@dataclass(frozen=True)
class WhatsAppSettings:
    """
    WhatsApp of a tenant; messages go through Meta's servers.

    Parameters
    ----------
    number
        Id of the telephone number at WhatsApp.
    agreed
        Who decided that messages may go to Meta, and when, in words; nothing is open without it.
    template
        Name of the approved template that asks for an answer when free text is not allowed.
    api
        Address of the Graph API with its version.
    media_hosts
        Hosts files may be fetched from, besides that of the API.
    most_per_hour
        Messages of one sender that are worked on in an hour; what is more waits.
    """

    number: str
    agreed: str
    template: str = ""
    api: str = "https://graph.facebook.com/v21.0"
    media_hosts: tuple[str, ...] = ("lookaside.fbsbx.com",)
    most_per_hour: int = 60

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{3,30}", self.number):
            raise ChannelError(f"number: {self.number[:40]!r} is no id of a number; it has digits only.")
        if len(self.agreed.strip()) < 10:
            raise ChannelError(
                "agreed: say who decided, and when, that messages of people may go through Meta's servers."
            )
        _check_url("api", self.api)
        object.__setattr__(self, "media_hosts", tuple(self.media_hosts))


@dataclass(frozen=True)
class PhoneSettings:
    """
    The telephone of a tenant.

    Parameters
    ----------
    name
        Who is called, as it is spoken.
    person, emergency
        Numbers calls are passed on to, as ``+49...``; empty for none.
    """

    name: str
    person: str = ""
    emergency: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 100:
            raise ChannelError("name: say in 1 to 100 letters who is called.")
        for one in ("person", "emergency"):
            value = getattr(self, one)
            if value and not _NUMBER.fullmatch(value):
                raise ChannelError(f"{one}: {value[:40]!r} is no telephone number; write it as +4923621234.")


@dataclass(frozen=True)
class Open311Settings:
    """
    Open311 of a tenant.

    Parameters
    ----------
    contact, key_service
        For people who write programs: whom to ask, and how to get a key.
    jurisdiction
        Its ``jurisdiction_id``; any is taken when empty.
    open_to_all
        Whether requests are taken without a key too.
    city
        Endpoint of the city's existing system that gets what is reported; empty for none.
    city_jurisdiction
        Its ``jurisdiction_id``.
    city_codes
        Its service codes by ours, where they differ.
    """

    contact: str
    key_service: str = ""
    jurisdiction: str = ""
    open_to_all: bool = False
    city: str = ""
    city_jurisdiction: str = ""
    city_codes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.contact.strip():
            raise ChannelError("contact: say whom people who write programs may ask.")
        if self.city:
            _check_url("city", self.city)


Settings = MailSettings | WhatsAppSettings | PhoneSettings | Open311Settings

KINDS: Mapping[str, type[Settings]] = {
    MAIL: MailSettings,
    WHATSAPP: WhatsAppSettings,
    PHONE: PhoneSettings,
    OPEN311: Open311Settings,
}


def _check_url(name: str, value: str) -> None:
    found = urlsplit(value)
    local = found.hostname in LOCAL
    if not found.hostname or not (found.scheme == "https" or (found.scheme == "http" and local)):
        raise ChannelError(f"{name}: {value[:100]!r} must begin with https:// (http:// on this machine only).")


def read(channel: str, values: Mapping[str, Any]) -> Settings:
    """
    The settings of a channel.

    Raises
    ------
    ChannelError
        When there is no such channel, or a setting makes no sense.
    """
    kind = KINDS.get(channel)
    if kind is None:
        raise ChannelError(f"{channel[:40]!r} is no channel with settings; there are {', '.join(KINDS)}.")
    known = {one.name for one in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ChannelError(f"{unknown[0][:40]!r} is no setting of {channel}; there are {', '.join(sorted(known))}.")
    try:
        return kind(**values)
    except TypeError as error:
        raise ChannelError(f"Settings of {channel} are incomplete: {error}.") from None


def written(found: Settings) -> dict[str, Any]:
    """Settings as they are kept."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(found).items()}


@dataclass(frozen=True)
class ChannelSecrets:
    """
    What proves who this instance is; each field is the environment variable ``KASTOR_<NAME>``.

    Parameters
    ----------
    channel_secrets
        JSON object: a tenant, and under it by channel its secrets. Of ``mail``: ``imap`` and ``smtp`` (passwords);
        ``whatsapp``: ``app`` (secret of the app, signs webhooks), ``verify`` (word for the challenge), ``token``;
        ``phone``: ``signature``; ``open311``: ``city`` (key at the city's system).
    """

    channel_secrets: str = field(default_factory=lambda: os.environ.get("KASTOR_CHANNEL_SECRETS", ""), repr=False)

    def of(self, tenant: str, channel: str, name: str) -> str:
        """
        A secret; empty for none.

        Raises
        ------
        ChannelError
            When the setting is no JSON object of objects.
        """
        try:
            found = orjson.loads(self.channel_secrets or "{}")
        except orjson.JSONDecodeError:
            raise ChannelError(
                "KASTOR_CHANNEL_SECRETS is no JSON. Give an object of tenants, channels and secrets."
            ) from None
        for step in (tenant, channel, name):
            if not isinstance(found, dict):
                raise ChannelError("KASTOR_CHANNEL_SECRETS must be a JSON object of tenants, channels and secrets.")
            found = found.get(step, {})
        return found if isinstance(found, str) else ""
