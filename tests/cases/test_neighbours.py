"""Reports of the same failure are one failure, defects nearby are asked about, and spaces go to who asked first."""

from datetime import UTC, datetime, timedelta

import pytest

from kastor.cases import casework
from kastor.cases.appointments import answers
from kastor.cases.message import Message
from kastor.cases.neighbours import space_free
from kastor.cases.reception import receive
from kastor.city.sample import CRS
from kastor.store import crafts, create_tenant
from tests.cases.crafts import FIRST

NOW = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
HOUSE = "haus"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with create_tenant(tmp_path_factory.mktemp("neighbours"), "musterstadt", "Musterstadt", CRS) as tenant:
        yield tenant


def tell(town, thread, text, at=NOW, place=None, building="", **answers):
    """What a case is after somebody told all of it, and confirmed it when asked."""
    for number in range(4):
        said = text if not number else "Ja, das stimmt."
        given = answers if not number else {}
        receive(town, Message("web", f"{thread}-{number}", thread, "", said, at, language="de", answers=given,
                              place=place, object=building), at)  # fmt: skip
        found = case(town, thread)
        if found["outcome"]:
            return found
    return case(town, thread)


def case(town, thread):
    with casework.begin(town.database, NOW) as work:
        return work.state(work.case_of_thread("web", thread))


def cold(town, thread, building, at=NOW, part="heizung"):
    return tell(town, thread, "Die Heizung bleibt kalt.", at, building=building, intent="schaden", gefahr="keine",
                bauteil=part, symptom="kalt", umfang="raum", heizperiode=True)  # fmt: skip


def test_twelve_reports_of_a_cold_heating_are_one_failure(town):
    first = cold(town, "t0", HOUSE)
    assert first["outcome"]["outcome"] == "beauftragt"
    for number in range(1, 12):
        found = cold(town, f"t{number}", HOUSE, part="heizkoerper" if number > 5 else "heizung")
        assert found["facts"]["gleiche_meldungen"]["value"] == number
        assert found["outcome"]["outcome"] == "angehaengt"
        assert found["joined"] == first["id"]


def test_other_buildings_other_parts_and_old_reports_are_not_the_same(town):
    assert cold(town, "a1", "anderes haus")["outcome"]["outcome"] == "beauftragt"
    assert cold(town, "a2", "noch ein haus")["facts"]["gleiche_meldungen"]["value"] == 0
    late = cold(town, "a3", "anderes haus", NOW + timedelta(days=20))
    assert late["facts"]["gleiche_meldungen"]["value"] == 0
    water = tell(town, "a4", "Kein warmes Wasser.", building=HOUSE, intent="schaden", gefahr="keine",
                 bauteil="warmwasser", symptom="kalt", umfang="wohnung")  # fmt: skip
    assert water["facts"]["gleiche_meldungen"]["value"] == 0
    assert water["joined"] == ""


def lamp(town, thread, place, **more):
    return tell(town, thread, "Die Straßenlaterne ist aus.", place=place, intent="maengel", kategorie="strassenlaterne",
                gefahr="keine", beschreibung="Die Laterne ist aus.", **more)  # fmt: skip


def test_a_defect_within_fifty_metres_is_asked_about_and_joined(town):
    here = (7.0, 51.5)
    first = lamp(town, "m1", here)
    assert first["outcome"]["outcome"] == "angenommen"
    near = lamp(town, "m2", (7.0, 51.50040))  # 44.5 m to the north
    assert near["facts"]["gleiche_offene"]["value"] == 1
    assert near["asked"]["ist_dasselbe"] == 1
    assert (near["outcome"]["outcome"], near["joined"]) == ("doppelt", first["id"])
    same = lamp(town, "m3", (7.00068, 51.5), ist_dasselbe=True)  # 47 m to the east
    assert same["outcome"]["outcome"] == "doppelt"
    assert same["joined"] == first["id"]
    far = lamp(town, "m4", (7.0, 51.49954))  # 51 m to the south
    assert far["facts"]["gleiche_offene"]["value"] == 0


def test_personal_data_in_a_description_is_noticed(town):
    found = tell(town, "p1", "Der Mülleimer ist voll.", place=(8.0, 51.0), intent="maengel", kategorie="muelleimer",
                 gefahr="keine", beschreibung="Bitte melden unter 0171 2345678.")  # fmt: skip
    assert found["facts"]["personenbezug"]["value"] is True
    assert found["evaluation"]["values"]["oeffentlich"] == "nach_pruefung"


def space(town, thread, **more):
    return tell(town, thread, "Ich möchte einen Stellplatz mieten.", intent="balkon_stellplatz", vorhaben="stellplatz",
                adresse="Kalkweg 1", fahrzeug_laenge_cm=430, freie_stellplaetze=0,
                freie_mit_ladung=0, laengster_freier_cm=500,
                **{"ladebedarf": False, **more})  # fmt: skip


def test_the_waiting_list_goes_by_arrival(town):
    places = [space(town, f"w{number}")["facts"]["warteliste_vor_mir"]["value"] for number in range(3)]
    assert places == [0, 1, 2]
    assert space(town, "w3", ladebedarf=True)["facts"]["warteliste_vor_mir"]["value"] == 0
    assert case(town, "w2")["outcome"]["outcome"] == "warteliste"


def test_a_free_space_is_offered_to_who_waits_longest_and_fits(town):
    waits = [case(town, thread)["id"] for thread in ("w0", "w1")]
    with casework.begin(town.database, NOW) as work:
        assert space_free(work, 400, charging=False) == ""
        assert space_free(work, 500, charging=False) == waits[0]
        assert work.state(waits[0])["outcome"]["outcome"] == "angebot"
        assert work.state(waits[1])["outcome"]["outcome"] == "warteliste"
    with casework.begin(town.database, NOW) as work:
        assert space_free(work, 480, charging=False) == waits[1]


def test_when_a_failure_is_repaired_all_who_reported_it_are_asked(town):
    first, others = case(town, "t0")["id"], [case(town, f"t{number}")["id"] for number in range(1, 12)]
    with casework.begin(town.database, NOW) as work:
        order = crafts.Order(f"{first}-o9", first, "quelle", "heizung", crafts.ACCEPTED, work.at, work.at, None)
        crafts.save(work.connection, FIRST, work.at)
        crafts.add_order(work.connection, order, "link", {"place": "Kalkweg 1"}, work.key(first))
        assert answers.take(work, order, answers.FINISH)
        for other in others:
            nodes = {token["node"] for token in work.state(other)["steps"]["tokens"].values()}
            assert nodes == {"erledigt"}


def test_an_address_is_read_from_the_first_words_or_asked(town):
    found = tell(town, "z1", "Meine Toilettenspülung läuft ständig, Kalkweg 5, 2. OG links.", intent="schaden",
                 gefahr="keine", absperrbar=True)  # fmt: skip
    assert found["facts"]["adresse"]["value"] == "Kalkweg 5, 2. OG links"
    assert found["place"]["address"] == "Kalkweg 5, 2. OG links"
    assert found["outcome"]["outcome"] == "beauftragt"
    asked = receive(town, Message("web", "z2", "z2", "", "Meine Toilettenspülung läuft ständig.", NOW, language="de",
                                  answers={"gefahr": "keine", "absperrbar": True}), NOW)  # fmt: skip
    assert asked[-1].ask == "adresse"


def test_a_point_on_the_map_is_an_address(town):
    found = lamp(town, "z3", (9.5, 51.25))
    assert found["facts"]["adresse"]["value"] == "51.25000, 9.50000"
    assert found["asked"].get("adresse") is None
