"""Every process keeps the contract: described in both languages, units on all outputs, same input, same output."""

from typing import Any, ClassVar

import numpy as np
import pytest
import shapely
from pydantic import Field

from kastor.city.edits import apply
from kastor.city.model import empty_city
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.planning.processes import PROCESSES, processes
from kastor.process import (
    LANGUAGES,
    About,
    Features,
    Indicator,
    InvalidInput,
    MethodCard,
    MissingData,
    Output,
    Process,
    Progress,
    Quiet,
    Raster,
    Result,
    TooMuch,
    WrongResult,
    check_demand,
    check_result,
    check_site,
    made,
    parameters,
    said,
)

AREA = shapely.box(ORIGIN[0], ORIGIN[1], ORIGIN[0] + 50, ORIGIN[1] + 50)
EVERY = pytest.mark.parametrize("process", list(PROCESSES.values()), ids=list(PROCESSES))


def site() -> Site:
    return Site(AREA, four_houses(), flat_ground())


def plain(result: Result) -> Any:
    """A result as comparable values, bit for bit."""
    return (
        result.indicators,
        [(r.id, r.unit, r.west, r.north, r.cell, r.times, r.values.tobytes()) for r in result.rasters],
        [(f.id, f.ids, [g.wkb for g in f.geometry], dict(f.properties)) for f in result.features],
        [(s.id, s.name, s.times.tobytes(), s.values.tobytes()) for s in result.series],
        result.account,
    )


@EVERY
def test_everything_is_said_in_both_languages(process: type[Process]) -> None:
    about = process.about
    card = about.card
    texts = [about.title, about.summary, card.method, card.suited, card.unsuited, card.checked]
    texts += [o.title for o in about.outputs] + [entry.title for o in about.outputs for entry in o.legend]
    for text in texts:
        assert set(text) == set(LANGUAGES)
        assert all(text.values())
    for language in LANGUAGES:
        for schema in parameters(process, language).values():
            assert schema["title"]


@EVERY
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_to_choose_from_is_named(process: type[Process], language: str) -> None:
    for name, schema in parameters(process, language).items():
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        choices = schema.get("x-choices", [])
        assert [choice["value"] for choice in choices] == values, f"{name}: give said() its choices, in order"
        assert all(choice["title"] for choice in choices)
        assert all(set(choice) <= {"value", "title", "help"} and choice.get("help", "x") for choice in choices)


@EVERY
def test_what_depends_on_another_parameter_names_one_of_its_values(process: type[Process]) -> None:
    form = parameters(process, "en")
    for schema in form.values():
        for other, value in schema.get("x-only-with", {}).items():
            assert value in form[other]["enum"]


@EVERY
def test_most_people_see_a_short_form(process: type[Process]) -> None:
    assert sum(not schema.get("x-expert", False) for schema in parameters(process, "en").values()) <= 6


@EVERY
def test_every_output_has_a_unit_and_a_name_of_its_own(process: type[Process]) -> None:
    assert process.about.outputs
    assert all(output.unit for output in process.about.outputs)
    assert len({output.id for output in process.about.outputs}) == len(process.about.outputs)


@EVERY
def test_it_gives_what_it_declares_and_the_same_each_time(process: type[Process]) -> None:
    one, other = (process().run(site(), Quiet()) for _ in range(2))
    check_result(process.about, one)
    assert plain(one) == plain(other)
    assert {i.id for i in one.indicators} == {o.id for o in process.about.outputs if o.type == "indicator"}


@EVERY
def test_every_property_and_every_figure_of_the_account_has_a_name(process: type[Process]) -> None:
    result = process().run(site(), Quiet())
    outputs = {output.id: output for output in process.about.outputs}
    for features in result.features:
        named = {features.id, *(column.id for column in outputs[features.id].columns)}
        assert set(features.properties) == named
    assert set(result.account) == {column.id for column in process.about.account}
    for column in [*process.about.account, *(c for output in outputs.values() for c in output.columns)]:
        assert set(column.title) == set(LANGUAGES)


@EVERY
def test_an_empty_list_of_edits_changes_nothing(process: type[Process]) -> None:
    assert plain(process().run(apply(site(), ()), Quiet())) == plain(process().run(site(), Quiet()))


@EVERY
def test_a_city_that_lacks_what_it_needs_is_refused(process: type[Process]) -> None:
    check_site(process.about, site())
    bare = Site(AREA, empty_city(CRS), None)
    if process.about.needs:
        with pytest.raises(MissingData, match="Load such data"):
            check_site(process.about, bare)
    else:
        check_site(process.about, bare)


@EVERY
def test_an_area_that_is_too_large_is_refused_before_anything_is_read(process: type[Process]) -> None:
    check_demand(process(), AREA, 4e9)
    with pytest.raises(TooMuch, match="smaller area"):
        check_demand(process(), shapely.box(0, 0, 1e6, 1e6), 1e15)
    with pytest.raises(TooMuch, match=r"this machine has 0\.0 GB\. Choose larger cells"):
        check_demand(process(), AREA, 1e6)


@EVERY
def test_a_larger_area_takes_more(process: type[Process]) -> None:
    small, large = (process().demand(size) for size in (1e6, 4e6))
    assert 0 < small.seconds < large.seconds
    assert 0 < small.memory < large.memory


@EVERY
def test_progress_never_goes_back(process: type[Process]) -> None:
    seen: list[float] = []

    class Watch(Quiet):
        def at(self, done: float, what: Any) -> None:
            assert set(what) == set(LANGUAGES)
            seen.append(done)

    process().run(site(), Watch())
    assert seen
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] <= 1


def test_all_processes_are_found_by_their_id() -> None:
    assert {name: p.about.id for name, p in processes().items()} == {name: name for name in processes()}


CARD = MethodCard({"de": "a", "en": "a"}, (), {"de": "a", "en": "a"}, {"de": "a", "en": "a"}, {"de": "a", "en": "a"})
WORDS = {"de": "Tiefe", "en": "Depth"}


class Odd(Process):
    """Declares one of each."""

    about: ClassVar[About] = About(
        "odd", "1", WORDS, WORDS,
        (Output("depth", "indicator", WORDS, "m"), Output("map", "raster", WORDS, "m"),
         Output("walls", "features", WORDS, "m")),
        CARD,
    )  # fmt: skip
    amount: float = Field(gt=0, le=1000, json_schema_extra=said("Menge", "Amount", "mm"))

    def run(self, site: Site, progress: Progress) -> Result:
        """Nothing."""
        return Result()


def raster(shape: tuple[int, ...], times: tuple[float, ...] = ()) -> Raster:
    return Raster("map", "m", 0.0, 0.0, 1.0, np.zeros(shape, np.float32), times)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (Result((Indicator("height", 1.0, "m"),)), "not declared"),
        (Result((Indicator("depth", 1.0, "ft"),)), "'ft', declared is 'm'"),
        (Result((Indicator("depth", float("nan"), "m"),)), "no number"),
        (Result((Indicator("depth", 1.0, "m", high=float("inf")),)), "no number"),
        (Result((Indicator("depth", 1.0, "m"),) * 2), "twice"),
        (Result(rasters=(Raster("depth", "m", 0, 0, 1, np.zeros((2, 2), np.float32)),)), "not declared"),
        (Result(rasters=(raster((4,)),)), "shape"),
        (Result(rasters=(raster((3, 2, 2), (1.0, 2.0)),)), "2 times"),
        (Result(features=(Features("walls", "m", ("a",), np.array([None], object), {"walls": []}),)), "lack"),
    ],
)
def test_a_result_that_breaks_the_promise_is_refused(result: Result, why: str) -> None:
    with pytest.raises(WrongResult, match=why):
        check_result(Odd.about, result)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({}, "amount: it is missing"),
        ({"amount": 0}, "amount: '0' does not fit"),
        ({"amount": "much"}, "'much' does not fit"),
        ({"amount": float("inf")}, "amount"),
        ({"amount": 5, "colour": "red"}, "colour: there is no such parameter; known are amount"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(inputs: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        made(Odd, inputs)


def test_the_form_of_a_parameter_knows_unit_title_and_limits() -> None:
    assert parameters(Odd, "de")["amount"] == {
        "exclusiveMinimum": 0, "maximum": 1000, "title": "Menge", "type": "number", "x-unit": "mm", "x-required": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "german"),
    [
        ({}, "amount: fehlt; bitte angeben"),
        ({"amount": 0}, "amount: '0' passt nicht: muss größer als 0 sein"),
        ({"amount": 5000}, "amount: '5000' passt nicht: darf höchstens 1000 sein"),
        ({"amount": "viel"}, "amount: 'viel' passt nicht: ist keine Zahl"),
        ({"amount": 5, "colour": "red"}, "colour: das gibt es nicht; bekannt sind amount"),
    ],
)
def test_what_is_wrong_is_said_in_german_too(inputs: dict[str, Any], german: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(Odd, inputs)
    assert caught.value.words["de"] == german
