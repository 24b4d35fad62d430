import numpy as np

from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.terrain import Terrain
from kastor.tiles.confidence import CONFIDENCE_CLASSES, confidence_digest, confidence_paint, shown_color
from kastor.tiles.ground import COLORS, ground_picture
from kastor.tiles.land import land

BOX = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 400.0, ORIGIN[1] + 100.0)


def derived(*distances: float) -> Terrain:
    """Ground in stripes of 100 m, each as far from a measurement as given."""
    distance = np.repeat(np.array(distances, np.float32), 20)[None].repeat(20, axis=0)
    heights = np.full(distance.shape, 50.0, np.float32)
    return Terrain("", ORIGIN[0], ORIGIN[1] + 100.0, 5.0, heights, distance)


def test_measured_ground_keeps_its_colours():
    on = land(four_houses())
    assert np.array_equal(
        confidence_paint(flat_ground(), on)(BOX, 200, 50), ground_picture(on, BOX, 200, 50, shade=False)
    )
    painted = confidence_paint(derived(0.0, 0.0, 0.0, 0.0), on)(BOX, 200, 50)
    assert np.array_equal(painted, ground_picture(on, BOX, 200, 50, shade=False))


def test_the_further_from_a_measurement_the_darker():
    painted = confidence_paint(derived(0.0, 10.0, 60.0, 300.0), land(four_houses()))(BOX, 400, 100)
    brightness = [float(painted[:, c : c + 40].mean()) for c in (130, 230, 330)]
    assert brightness[0] > brightness[1] > brightness[2]


def test_uncertain_ground_is_hatched_and_near_ground_is_not():
    painted = confidence_paint(derived(0.0, 10.0, 60.0, 300.0), land(four_houses()))(BOX, 400, 100).astype(float)
    plain = painted[60:90, 130:170].std(axis=(0, 1)).max()
    hatched = [painted[60:90, c : c + 40].std(axis=(0, 1)).max() for c in (230, 330)]
    assert plain < 1.0
    assert min(hatched) > 3.0


def test_ground_without_any_measurement_counts_as_far():
    on = land(four_houses())
    unknown = confidence_paint(derived(*[float("nan")] * 4), on)(BOX, 100, 25)
    assert np.array_equal(unknown, confidence_paint(derived(500.0, 500.0, 500.0, 500.0), on)(BOX, 100, 25))


def test_the_hatch_goes_on_from_picture_to_picture():
    on, terrain = land(four_houses()), derived(300.0, 300.0, 300.0, 300.0)
    west, south, east, north = BOX
    whole = confidence_paint(terrain, on)(BOX, 400, 100)
    right = confidence_paint(terrain, on)((west + 200.0, south, east, north), 200, 100)
    assert np.abs(whole[:, 200:].astype(int) - right).max() <= 2


def test_the_digest_follows_the_distances():
    on = land(four_houses())
    one = confidence_digest(derived(0.0, 10.0, 60.0, 300.0), on)(BOX)
    assert confidence_digest(derived(0.0, 10.0, 60.0, 300.0), on)(BOX) == one
    assert confidence_digest(derived(0.0, 10.0, 60.0, 90.0), on)(BOX) != one


def test_the_legend_has_words_in_both_languages_and_rising_limits():
    limits = [c.until for c in CONFIDENCE_CLASSES]
    assert limits == sorted(limits)
    assert all(c.text["de"] and c.text["en"] for c in CONFIDENCE_CLASSES)


def test_the_legend_shows_the_colours_of_the_picture():
    painted = confidence_paint(derived(0.0, 10.0, 60.0, 300.0), land(four_houses()))(BOX, 400, 100)
    # a quiet corner of the second stripe
    seen = "#" + "".join(f"{value:02x}" for value in painted[75, 150])
    assert seen == shown_color(CONFIDENCE_CLASSES[1])
    assert shown_color(CONFIDENCE_CLASSES[0]) == COLORS["light"]["ground"]
