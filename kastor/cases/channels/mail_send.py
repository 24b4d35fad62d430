"""Answers leave by SMTP: encrypted, with an id that stays the same, and honest about what did not work."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kastor.cases.channels.settings import MailSettings
from kastor.cases.delivery import GiveUp, TryLater

SECONDS = 30.0
"""How long the server may take."""


def send(settings: MailSettings, password: str, recipient: str, raw: bytes) -> None:
    """
    Hand a mail to the server.

    SMTP cannot promise more than "at least once": a connection lost after the server has taken the mail looks like one
    lost before. The mail is sent again then, with the same id, by which programs and servers know it.

    Raises
    ------
    TryLater
        When the server does not answer, or asks to come back.
    GiveUp
        When it refuses this mail or its recipient for good.
    """
    try:
        with _connected(settings, password) as client:
            refused = client.sendmail(settings.address, [recipient], raw)
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(next(iter(error.recipients.values()))[0]) from None
    except smtplib.SMTPAuthenticationError:
        raise TryLater(f"{settings.smtp_host} does not accept the password; set KASTOR_CHANNEL_SECRETS.") from None
    except smtplib.SMTPResponseException as error:
        raise _judged(error.smtp_code) from None
    except (smtplib.SMTPException, OSError, EOFError) as error:
        raise TryLater(f"The mail server {settings.smtp_host} cannot be used ({type(error).__name__}).") from None
    if refused:
        raise _judged(next(iter(refused.values()))[0])


def _judged(code: int) -> TryLater | GiveUp:
    """What a code means: 4xx is for now, 5xx for good."""
    if 500 <= code < 600:
        return GiveUp(f"The mail server refuses the mail or its recipient ({code}).")
    return TryLater(f"The mail server asks to come back later ({code}).")


@contextmanager
def _connected(settings: MailSettings, password: str) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        client = smtplib.SMTP(host, port, timeout=SECONDS)
    with client:
        if settings.smtp_security == "starttls":
            client.starttls(context=context)
        if settings.smtp_user:
            client.login(settings.smtp_user, password)
        yield client


def check(settings: MailSettings, password: str) -> None:
    """Sign in without sending anything."""
    try:
        with _connected(settings, password) as client:
            client.noop()
    except (smtplib.SMTPException, OSError, EOFError) as error:
        raise TryLater(f"The mail server {settings.smtp_host} cannot be used ({type(error).__name__}).") from None
