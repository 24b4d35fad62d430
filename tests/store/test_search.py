"""The search forgives what people get wrong when they type an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind
from kastor.store import Tenant, create_tenant
from kastor.store.folding import close, folded
from tests.store.houses import CRS, add_house
from tests.store.test_loads import put

PLACES = {
    "b1": [("Lindenstraße", "12a", "50674", "Köln")],
    "b2": [("Lindenstraße", "12", "50674", "Köln")],
    "b3": [("Lindenstraße", "121", "50674", "Köln")],
    "b4": [("Lindenweg", "3", "50674", "Köln")],
    "b5": [("Müllergasse", "1", "50667", "Köln"), ("Müllergasse", "3", "50667", "Köln")],
    "b6": [("Str. des 17. Juni", "5", "50667", "Köln")],
    "b7": [("Groß-Gerauer-Straße", "8", "", "")],
    "b8": [("Çelebi-Platz", "2", "", "")],
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    grow = CityBuilder(CRS)
    for i, (name, addresses) in enumerate(PLACES.items()):
        listed = [dict(zip(("street", "number", "postcode", "city"), a, strict=True)) for a in addresses]
        add_house(grow, f"DENW{name}", 15.0 * i, address=listed)
    grow.add_object("way/77", Kind.STREET, name="Lindenstraße", highway="residential")
    for piece in range(3):
        grow.add_object(f"way/{90 + piece}", Kind.STREET, name="Ringweg", highway="tertiary")
    grow.add_object("way/98", Kind.STREET, highway="track")
    add_house(grow, "DENWhall", 400.0, name="Rathaus am Markt")
    with pytest.MonkeyPatch.context() as environment:
        if request.param == "postgresql":
            environment.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
        opened = create_tenant(tmp_path_factory.mktemp("home"), "koeln", "Köln", CRS)
    with opened:
        put(opened, ("all", grow.build()))
        yield opened


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Lindenstraße 12a", "DENWb1"), ("lindenstr. 12 A", "DENWb1"), ("LINDENSTRASSE 12", "DENWb2"),
        ("Lindenstr 121", "DENWb3"), ("12 lindenstraße", "DENWb2"), ("lindenw", "DENWb4"),
        ("mueller", "DENWb5"), ("Muller gasse", ""), ("müllerg 3", "DENWb5"), ("17 juni", "DENWb6"),
        ("straße des 17. juni 5", "DENWb6"), ("gross gerauer", "DENWb7"), ("celebi", "DENWb8"), ("rathaus", "DENWhall"),
        ("markt", "DENWhall"), ("DENWb4", "DENWb4"), ("denwB4", ""), ("DENWB", ""), ("way/77", "way/77"),
        ("Lindesntraße", "way/77"), ("Lidenweg 3", "DENWb4"), ("Mülergasse", "DENWb5"), ("lindenstraße", "way/77"),
        ("50667 müllergasse", "DENWb5"), ("Lindenweg 99", "DENWb4"), ("xyzxyz", ""), ("", ""), ("  ", ""), ("*", ""),
        ('"', ""), ("AND", ""), ("lind OR", ""),
    ],
)  # fmt: skip
def test_the_first_hit_is_what_was_meant(town: Tenant, typed: str, first: str) -> None:
    found = [row.id for row in town.search(typed)]
    assert (found[0] if found else "") == first


def test_as_many_hits_as_asked_for(town: Tenant) -> None:
    assert len(town.search("linden", 3)) == 3
    assert town.search("linden", 0) == []


def test_hits_of_whole_words_come_before_beginnings(town: Tenant) -> None:
    assert [row.id for row in town.search("lindenstraße 12")] == ["DENWb2", "DENWb1", "DENWb3"]


def test_a_street_in_pieces_is_one_hit(town: Tenant) -> None:
    assert [row.id for row in town.search("ringweg")] == ["way/90"]
    assert [row.id for row in town.search("way/9")] == ["way/90", "way/98"]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet="abcd", max_size=8), st.text(alphabet="abcd", max_size=8), st.integers(0, 3))
def test_closeness_does_not_depend_on_the_order(one: str, other: str, most: int) -> None:
    assert close(one, other, most) == close(other, one, most)
    assert close(one, one, most)
