"""A town of a housing company and all around it: dwellings, contracts, craftsmen, and real peers for all ways in.

Nothing beyond this machine is reached: mail goes over a Dovecot and an SMTP server, WhatsApp over a peer that answers
like the Graph API, orders and closed cases to a peer that stands for the ERP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from imapclient import IMAPClient

from kastor.cases import casework, contracts
from kastor.cases.appointments import erp
from kastor.cases.channels import intake
from kastor.cases.channels.settings import MailSettings, PhoneSettings, WhatsAppSettings, written
from kastor.cases.clockwork import turn
from kastor.cases.events import State
from kastor.cases.message import MAIL, PHONE, WHATSAPP
from kastor.cases.reception import receive
from kastor.cases.senders import SENDERS
from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic
from kastor.store import Dataset, Tenant, cases, channels, crafts, create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person as Clerk
from kastor.web.settings import Settings
from tests.cases.crafts import FIRST, with_craftsmen
from tests.cases.graph_server import TOKEN, Graph, graph
from tests.cases.mail_servers import PASSWORD, Imap, Postbox, smtp
from tests.cases.mails import TENANT, mail, part, parts
from tests.cases.test_erp import Peer, served_peer

CRS = "EPSG:25832+7837"
HOUSE = "DENWAL00000000A1"
PLACE = (359500.0, 5724000.0)
"""East and north of the house. [m]"""

CONTRACTS = (
    "vertragsnummer;geburtsdatum;objekt;wohnflaeche_m2;etage;offene_beschwerden;widerrufene_erlaubnis\n"
    f"471112;1980-12-31;{HOUSE};78,5;2;0;nein\n"
)
NUMBER, APP, CALLS = "106540352242922", "app-geheim", "telefon-geheim"
SECRETS = {
    "mail": {"imap": PASSWORD},
    "whatsapp": {"app": APP, "verify": "wort", "token": TOKEN},
    "phone": {"signature": CALLS},
}
PUBLIC = "https://wohnen.example"
API = "/api/tenants/musterstadt"
STAFF = {"Authorization": "Bearer of-a-test"}


@dataclass
class Town:
    """A tenant, its server, and what stands around it."""

    twin: Tenant
    client: TestClient
    imap: Imap
    postbox: Postbox
    graph: Graph
    erp: Peer
    user: str
    later: timedelta = timedelta(seconds=2)

    def work(self) -> None:
        """Everything that happens by itself: mails are fetched, what came in is worked on, what is said goes out."""
        # mails are stamped by the server's clock, which is the machine's
        now = datetime.now(UTC) + self.later
        intake.turn(self.twin, receive, now)
        turn(self.twin.database, now, SENDERS)

    def post(self, content: bytes) -> None:
        """A mail arrives in the mailbox of the tenant."""
        with IMAPClient("127.0.0.1", self.imap.port, ssl=False) as box:
            box.login(self.user, PASSWORD)
            box.append("INBOX", content)
        self.work()

    def mails_to(self, address: str) -> list[Message]:
        return [message for recipients, message in self.postbox.taken if recipients == [address]]

    def case(self) -> cases.Case:
        with self.twin.database.read() as connection:
            (found,) = cases.listed(connection)
        return found

    def state(self) -> State:
        return casework.read_state(self.twin.database, self.case().id)

    def events(self) -> list[Any]:
        with self.twin.database.read() as connection:
            case_id = self.case().id
            return casework.read_events(connection, case_id, cases.key_of(connection, case_id))

    def told(self, record: str) -> list[dict[str, Any]]:
        """What the ERP has taken, in the order it came."""
        return [one for one in self.erp.taken.values() if one["record"] == record]

    def craftsman_presses(self, answer: str) -> None:
        """The craftsman opens the link of the order and presses a button."""
        text = text_of(self.mails_to(FIRST.mail)[0])
        link = re.search(rf"{PUBLIC}(/musterstadt/orders/\S+)", text)
        assert link is not None, text
        assert self.client.post(link[1], data={"answer": answer}).status_code == 200
        self.work()

    def craftsmans_calendar_accepts(self) -> None:
        """The calendar of the craftsman answers the invitation with a REPLY, as a mail."""
        invited = next(one for one in self.mails_to(FIRST.mail)[-1].walk() if one.get_content_type() == "text/calendar")
        asked = invited.get_payload(decode=True).decode()
        assert "METHOD:REQUEST" in asked
        reply = asked.replace("METHOD:REQUEST", "METHOD:REPLY").replace("RSVP=TRUE", "PARTSTAT=ACCEPTED").encode()
        kind, body = parts(
            "mixed", part("text/plain", b"Angenommen"), part("text/calendar; method=REPLY; charset=utf-8", reply)
        )  # fmt: skip
        self.post(
            mail(body, sender=FIRST.mail, subject="Angenommen: Termin", kind=kind, identity="<reply@craft.example>")
        )

    def visit_is_over(self) -> None:
        """The clock goes on to some hours after the visit."""
        begin = datetime.fromisoformat(self.state()["appointment"]["begin"])
        turn(self.twin.database, begin + timedelta(hours=5), SENDERS)


def text_of(message: Message) -> str:
    """The plain text of a mail."""
    found = next(one for one in message.walk() if one.get_content_type() == "text/plain")
    return str(found.get_payload(decode=True).decode().replace("\r\n", "\n"))


def _houses() -> Any:
    grow = CityBuilder(CRS)
    east, north = PLACE
    for number, (name, house) in enumerate([(HOUSE, "5"), ("DENWAL00000000A2", "7")]):
        grow.add_object(
            name, Kind.BUILDING, measuredHeight=12.0, storeysAboveGround=4,
            address=[{"street": "Kalkweg", "number": house, "city": "Dorsten"}],
        )  # fmt: skip
        x = east - 5 + 40 * number
        ring = [(x, north - 5, 30.0), (x + 10, north - 5, 30.0), (x + 10, north + 5, 30.0), (x, north + 5, 30.0)]
        grow.add_surface(Semantic.GROUND, [[ring]], lod=1)
    return grow.build()


def _opened(twin: Tenant, mailbox: MailSettings, graph_url: str, erp_url: str) -> None:
    now = datetime.now(UTC)
    whatsapp = WhatsAppSettings(number=NUMBER, agreed="Vorstand, 1. November 2026", api=f"{graph_url}/v21.0")
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, MAIL, written(mailbox), now, "")
        channels.set_settings(connection, WHATSAPP, written(whatsapp), now, "")
        channels.set_settings(connection, PHONE, written(PhoneSettings("Wohnen Musterstadt")), now, "")
        crafts.set_connection(connection, erp.NAME, {"way": "rest", "url": erp_url}, "2026-03-01", "7")


@contextmanager
def town(home: Path, imap: Imap, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town whose server runs and whose peers answer."""
    monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", orjson.dumps({"musterstadt": SECRETS}).decode())
    monkeypatch.setenv("KASTOR_PUBLIC_URL", PUBLIC)
    with ExitStack() as stack:
        twin = stack.enter_context(create_tenant(home, "musterstadt", "Wohnen Musterstadt", CRS))
        with twin.load(Dataset("houses", "Häuser")) as loading:
            loading.put("houses", _houses())
            loading.finish({"source": "houses", "findings": []})
        contracts.load(twin, CONTRACTS.encode())
        with_craftsmen(twin)
        port, postbox = stack.enter_context(smtp())
        graph_peer, erp_peer = stack.enter_context(graph()), stack.enter_context(served_peer())
        # a mailbox for each town
        user = f"u{abs(hash(str(home)))}"
        mailbox = MailSettings(
            address=TENANT, name="Wohnen Musterstadt", imap_host="127.0.0.1", imap_port=imap.port, imap_security="none",
            imap_user=user, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", most_per_hour=100,
        )  # fmt: skip
        _opened(twin, mailbox, graph_peer.url, erp_peer.url)
        app = create_app(Settings(home=home, rate=0, workers=0))
        somebody, staff = app.state.identify, Clerk("7", {"musterstadt": frozenset({Role.CASEWORKER})})
        app.state.identify = lambda request: staff if "authorization" in request.headers else somebody(request)
        found = Town(twin, TestClient(app, base_url=PUBLIC), imap, postbox, graph_peer, erp_peer, user)
        yield found
        for one in app.state.tenants.values():
            one.close()
