"""What happens by itself at the ways in: mailboxes are looked into, what came in is worked on, old keys are forgotten.

The server's loop calls :func:`turn` for each tenant with open channels; ``kastor channel collect`` does the same once.
Two loops on one tenant do no harm: everything has a key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from kastor.cases.channels import city_post, mail_post, mailbox, whatsapp_post
from kastor.cases.channels.inbox import Door, Receive, work_off
from kastor.cases.channels.open311_client import CitySystemError
from kastor.cases.channels.settings import (
    ChannelError,
    ChannelSecrets,
    MailSettings,
    Open311Settings,
    Settings,
    WhatsAppSettings,
    read,
)
from kastor.cases.delivery import TryLater
from kastor.cases.message import MAIL, OPEN311, WHATSAPP
from kastor.store import Tenant, channels, open_tenant
from kastor.store.errors import StoreError
from kastor.store.tenants import tenant_ids

SELDOM = timedelta(hours=1)
"""How often old keys are forgotten."""

MAILBOX = timedelta(seconds=30)
"""How often a mailbox is looked into."""

log = logging.getLogger("kastor.channels")


def settings_of(tenant: Tenant) -> dict[str, Settings]:
    """Settings of the channels that are open, by name; what cannot be read is closed, and the log says so."""
    with tenant.database.read() as connection:
        found = channels.all_settings(connection)
    opened: dict[str, Settings] = {}
    for name, values in found.items():
        try:
            opened[name] = read(name, values)
        except ChannelError as error:
            log.warning("channel %s of tenant %s is closed: %s", name, tenant.info.id, error)
    return opened


def doors(tenant: Tenant, opened: dict[str, Settings], receive: Receive, now: datetime) -> dict[str, Door]:
    """Who works on entries, by channel."""
    found: dict[str, Door] = {}
    for settings in opened.values():
        if isinstance(settings, MailSettings):
            found[MAIL] = partial(mail_post.take_in, tenant, settings, receive=receive, now=now)
        if isinstance(settings, WhatsAppSettings):
            found[WHATSAPP] = partial(whatsapp_post.take_in, tenant, settings, receive=receive, now=now)
    return found


def collect(tenant: Tenant, settings: MailSettings) -> int:
    """
    Fetch the mails of a tenant and write them down; gives their number.

    Raises
    ------
    TryLater
        When the mail server does not answer, or refuses.
    """

    def keep(key: str, sender: str, raw: bytes, arrived: datetime) -> None:
        with tenant.database.write("A mail cannot be written down") as connection:
            channels.put(connection, MAIL, key, sender, raw, arrived)

    return mailbox.collect(settings, ChannelSecrets().of(tenant.info.id, MAIL, "imap"), keep)


def turn(tenant: Tenant, receive: Receive, now: datetime, fetch: bool = True, seldom: bool = False) -> int:
    """
    Do for one tenant what is due; gives the number of entries that were worked on.

    Parameters
    ----------
    receive
        Takes a message in: ``reception.receive``.
    fetch
        Whether the mailbox is looked into.
    seldom
        Whether old keys are forgotten.
    """
    opened = settings_of(tenant)
    mail = opened.get(MAIL)
    if fetch and isinstance(mail, MailSettings):
        try:
            collect(tenant, mail)
        except TryLater as error:
            log.warning("the mailbox of tenant %s: %s", tenant.info.id, error)
    done = work_off(tenant, doors(tenant, opened, receive, now), now) if opened else 0
    city = opened.get(OPEN311)
    if seldom and isinstance(city, Open311Settings) and city.city:
        try:
            city_post.pull(tenant.database, city, now)
        except CitySystemError as error:
            log.warning("the city's system of tenant %s: %s", tenant.info.id, error)
    if seldom:
        with tenant.database.write("Old keys cannot be forgotten") as connection:
            channels.tidy(connection, now)
    return done


class Intake:
    """
    Looks after the ways in of all tenants until it is told to stop.

    Parameters
    ----------
    home
        Directory of all tenants.
    receive
        Takes a message in.
    every
        How often it looks. [s]
    after
        Told when something was worked on, so that answers leave at once.
    """

    def __init__(
        self, home: Path, receive: Receive, every: float = 5.0, after: Callable[[], None] = lambda: None
    ) -> None:
        self.home = home
        self.receive = receive
        self.every = every
        self.after = after
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._last: dict[tuple[str, timedelta], datetime] = {}

    def work(self) -> None:
        """Work until :meth:`stop`."""
        while not self._stop.is_set():
            self._wake.clear()
            if self.once(datetime.now(UTC)):
                self.after()
            self._wake.wait(self.every)

    def once(self, now: datetime) -> int:
        """One turn for every tenant; what goes wrong with one is written to the log and does not keep the others."""
        count = 0
        for tenant_id in tenant_ids(self.home):
            if self._stop.is_set():
                break
            try:
                count += self._turn(tenant_id, now)
            except (StoreError, OSError, ChannelError) as error:
                log.warning("the ways in of tenant %s cannot be looked after: %s", tenant_id, error)
        return count

    def wake(self) -> None:
        """Something came in."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after what is being done."""
        self._stop.set()
        self._wake.set()

    def _turn(self, tenant_id: str, now: datetime) -> int:
        with open_tenant(self.home, tenant_id) as tenant:
            with tenant.database.read() as connection:
                if not channels.all_settings(connection):
                    return 0
            fetch, seldom = self._is_due(tenant_id, MAILBOX, now), self._is_due(tenant_id, SELDOM, now)
            return turn(tenant, self.receive, now, fetch, seldom)

    def _is_due(self, tenant_id: str, span: timedelta, now: datetime) -> bool:
        last = self._last.get((tenant_id, span))
        if last is not None and now - last < span:
            return False
        self._last[tenant_id, span] = now
        return True
