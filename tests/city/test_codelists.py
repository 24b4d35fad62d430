"""Codes of authorities and tags of OpenStreetMap in words."""

import gzip
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.city.codelists import (
    FUNCTION_GROUPS,
    attribute_words,
    function_group,
    function_words,
    roof_code,
    roof_words,
    value_words,
)
from kastor.city.codes_adv import BUILDING_FUNCTIONS, FUNCTION_GROUP_RANGES, ROOFS, STRUCTURE_FUNCTIONS
from kastor.city.codes_osm import BUILDINGS, ROOF_SHAPES

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_usual_functions_read_like_the_catalogue():
    assert function_words("31001_1010") == {"de": "Wohnhaus", "en": "House"}
    assert function_words("51009_1611") == {"de": "Carport", "en": "Carport"}
    assert function_words("53001_1800")["de"] == "Brücke"
    assert function_words("apartments")["de"] == "Mehrfamilienhaus"
    assert function_words("2463")["en"] == "Garage"


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("31001_1010", "residential"), ("31001_1313", "outbuilding"), ("31001_2463", "outbuilding"),
        ("31001_2020", "commercial"), ("31001_2111", "industrial"), ("31001_2523", "industrial"),
        ("31001_3021", "public"), ("31001_2721", "agricultural"), ("31001_2723", "outbuilding"),
        ("51009_1610", "outbuilding"), ("51002_1251", "industrial"), ("53001_1800", "other"),
        ("31001_9998", "unknown"), ("yes", "unknown"), ("school", "public"), ("barn", "agricultural"), ("", "unknown"),
    ],
)  # fmt: skip
def test_functions_fall_into_the_group_a_clerk_would_choose(code, group):
    assert FUNCTION_GROUPS[function_group(code)] == group


def test_every_building_function_except_the_unspecified_has_a_group():
    silent = [number for number in BUILDING_FUNCTIONS if not function_group(f"31001_{number}")]
    assert silent == [9998]
    assert all(0 < group < len(FUNCTION_GROUPS) for _, _, group in FUNCTION_GROUP_RANGES)
    assert all(function_group(f"{kind}_{n}") for kind, table in STRUCTURE_FUNCTIONS.items() for n in table)


def test_roof_shapes_of_openstreetmap_become_codes_with_words():
    assert set(ROOF_SHAPES.values()) <= set(ROOFS)
    assert all(roof_words(shape) for shape in ROOF_SHAPES)
    assert roof_code("half-hipped") == 3300
    assert roof_code("1000 ") == 1000
    assert roof_code("1234") == 0
    assert roof_code("9" * 5000) == 0
    assert roof_words("") is None


def test_attributes_and_values_have_words_in_both_languages():
    assert attribute_words("DatenquelleDachhoehe")["de"] == "Datenquelle der Dachhöhe"
    assert attribute_words("own:tag") == {"de": "own:tag", "en": "own:tag"}
    assert value_words("landuse", "forest")["en"] == "Forest"
    assert value_words("oneway", "yes")["de"] == "ja"
    assert value_words("DatenquelleDachhoehe", "1000")["de"] == "Laserscan"
    assert value_words("roofType", "3100")["de"] == "Satteldach"
    assert value_words("building", "garage")["de"] == "Garage"
    assert value_words("highway", "unheard_of") is None


def test_all_words_are_filled():
    tables = [BUILDING_FUNCTIONS, ROOFS, *STRUCTURE_FUNCTIONS.values()]
    words = [word for table in tables for pair in table.values() for word in pair]
    words += [word for entry in BUILDINGS.values() for word in entry[:2]]
    assert all(word and word == word.strip() for word in words)


@given(st.text(max_size=12))
def test_any_text_is_answered_without_an_error(text):
    assert function_group(text) in range(len(FUNCTION_GROUPS))
    assert roof_code(text) == 0 or roof_code(text) in ROOFS
    function_words(text)
    value_words("highway", text)


def test_the_functions_of_a_real_official_model_are_all_known():
    files = sorted((DATA / "citygml" / "koeln-nord-lod2").glob("*.gml.gz"))
    if not files:
        pytest.skip("the Köln-Nord building model is not at hand")
    text = "".join(gzip.decompress(file.read_bytes()).decode() for file in files)
    codes = Counter(re.findall(r"<bldg:function>([^<]*)<", text))
    roofs = Counter(re.findall(r"<bldg:roofType>([^<]*)<", text))
    assert len(codes) > 20
    assert [code for code in codes if function_words(code) is None] == []
    assert [code for code in roofs if roof_words(code) is None] == []
