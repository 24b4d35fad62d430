"""Reports handed to a city's existing system, which here is another tenant's Open311, and news from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kastor.cases import casework, commands
from kastor.cases.channels import city_post, defects
from kastor.cases.channels.open311_read import posted
from kastor.cases.channels.settings import Open311Settings, written
from kastor.cases.delivery import GiveUp, TryLater
from kastor.cases.message import OPEN311
from kastor.cases.reception import receive
from kastor.store import Tenant, cases, channels, create_tenant, open_tenant
from kastor.store.outbox import Item
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.serving import served

NOW = datetime.now(UTC)
WORDS = "Laterne dunkel. Rückruf unter 0171 2345678."


@pytest.fixture
def city(tmp_path: Path) -> Iterator[str]:
    """The city's system; gives the address of its endpoint."""
    home = tmp_path / "city"
    opened = Open311Settings("it@stadt.example", open_to_all=True)
    with create_tenant(home, "stadt", "Stadt", "EPSG:25832+7837") as tenant, tenant.database.write("settings") as rows:
        channels.set_settings(rows, OPEN311, written(opened), NOW, "")
    app = create_app(Settings(home=home, workers=0, cases_every=0))
    with served(app) as url:
        yield f"{url}/open311/stadt/v2"


def opens(twin: Tenant, city: str, **more: object) -> Open311Settings:
    settings = Open311Settings("it@musterstadt.example", city=city, **more)
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, OPEN311, written(settings), NOW, "")
    return settings


def reported(twin: Tenant) -> Item:
    """A report here, and the effect that hands it on."""
    offered = defects.services(twin, "de")
    fields = [("service_code", "strassenlaterne"), ("lat", "51.66"), ("long", "6.96"), ("description", WORDS)]
    case_id = defects.report(twin, posted(fields, offered), (), "de", receive, NOW)
    state = casework.read_state(twin.database, case_id)
    facts = {slot: fact["value"] for slot, fact in state["facts"].items()}
    payload = {"facts": facts, "place": state["place"], "task": {"record": "open311"}}
    return Item(f"{case_id}-1", case_id, OPEN311, OPEN311, payload, NOW.isoformat(), 0)


def in_city(tmp_path: Path) -> list[cases.Case]:
    with open_tenant(tmp_path / "city", "stadt") as tenant, tenant.database.read() as connection:
        return cases.listed(connection)


def test_a_report_goes_to_the_city_once_and_without_who_made_it(twin, city, tmp_path):
    opens(twin, city)
    item = reported(twin)
    city_post.send(twin.database, item)
    city_post.send(twin.database, item)
    (there,) = in_city(tmp_path)
    with open_tenant(tmp_path / "city", "stadt") as tenant:
        facts = casework.read_state(tenant.database, there.id)["facts"]
    assert facts["beschreibung"]["value"] == "Laterne dunkel. Rückruf unter [Telefon]."
    assert facts["kategorie"]["value"] == "strassenlaterne"


def test_what_is_settled_there_is_told_to_a_person_here_once(twin, city, tmp_path):
    settings = opens(twin, city)
    item = reported(twin)
    city_post.send(twin.database, item)
    assert city_post.pull(twin.database, settings, NOW) == 0
    (there,) = in_city(tmp_path)
    with open_tenant(tmp_path / "city", "stadt") as tenant, casework.begin(tenant.database, NOW) as work:
        work.do(there.id, commands.TakeOver("7"), commands.Close("7", "done"))
    assert city_post.pull(twin.database, settings, NOW + timedelta(hours=1)) == 1
    assert city_post.pull(twin.database, settings, NOW + timedelta(hours=2)) == 0
    assert casework.read_state(twin.database, item.case)["wanted"] == city_post.CLOSED


def test_codes_are_translated_and_unknown_ones_are_given_up(twin, city, tmp_path):
    opens(twin, city, city_codes={"strassenlaterne": "hinweis"})
    city_post.send(twin.database, reported(twin))
    with open_tenant(tmp_path / "city", "stadt") as tenant:
        (there,) = in_city(tmp_path)
        assert casework.read_state(tenant.database, there.id)["facts"]["kategorie"]["value"] == "hinweis"
    opens(twin, city, city_codes={"strassenlaterne": "017"})
    item = reported(twin)
    with pytest.raises(GiveUp, match="was not found"):
        city_post.send(twin.database, Item(item.key, "andere", item.kind, item.lane, item.payload, item.made, 0))


def test_a_city_that_does_not_answer_is_asked_later(twin):
    opens(twin, "http://127.0.0.1:9/v2")
    with pytest.raises(TryLater, match="does not answer"):
        city_post.send(twin.database, reported(twin))


def test_without_a_city_system_a_report_stays_here(twin):
    opens(twin, "")
    item = reported(twin)
    city_post.send(twin.database, item)
    with twin.database.read() as connection:
        assert channels.thread_named(connection, city_post.CITY, item.case) is None


def test_the_steps_of_defects_hand_on_by_this_channel():
    from kastor.cases.senders import SENDERS

    assert SENDERS[OPEN311] is city_post.send
