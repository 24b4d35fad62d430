"""A town that has nothing but a development plan: planning opens with the plan on the ground and what may be built."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from kastor.city.sample import CRS
from kastor.loading import load, tile
from kastor.store import Dataset, create_tenant, delete_tenant
from tests.loading.test_plans import PLAN


@pytest.fixture
def plan_town(home: Path) -> Iterator[str]:
    """A tenant that holds the small plan and nothing else."""
    with create_tenant(home, "planstadt", "Planstadt", CRS) as twin:
        load(twin, [PLAN], Dataset("am-muehlbach", "Am Mühlbach"))
        tile(twin)
    yield "planstadt"
    delete_tenant(home, "planstadt")


def red(picture: bytes) -> float:
    """Share of a picture that is as red as a place to live in a plan."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return float((pixels[..., 0] - pixels[..., 1] > 20).mean())


def test_a_plan_shows_in_an_empty_town(page: Page, plan_town: str) -> None:
    page.goto(f"/{plan_town}/planen")
    expect(page.get_by_label("Bebauungsplan am Boden zeigen")).to_have_value("am-muehlbach")
    canvas = page.locator("canvas").first
    for _ in range(100):
        if red(canvas.screenshot()) > 0.008:
            return
        page.wait_for_timeout(300)
    raise AssertionError("the plan does not lie on the ground")
