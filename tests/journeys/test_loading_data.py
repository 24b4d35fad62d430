"""Journey 5, as far as it goes by command: new data, its report, a changed object seen in the browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from kastor.demo.towns import HERE
from tests.journeys.conftest import PROJECT

TILE = "LoD2_32_364_5650_1_NW.gml"
BUILDING = "DENW37AL1000vEnZ"


def kastor(home: Path, *arguments: str) -> str:
    """Run the command and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "kastor", *arguments],
        env={**os.environ, "KASTOR_HOME": str(home)},
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_newer_tile_changes_one_building_and_everyone_sees_it(page: Page, home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(HERE / "koeln" / "lod2.zip") as packed:
        text = packed.read(TILE).decode()
    start = text.index(f'gml:id="{BUILDING}"')
    changed = text[:start] + text[start:].replace("31001_1010", "31001_2020", 1)
    newer = tmp_path / TILE
    newer.write_text(changed)
    report = tmp_path / "report.json"
    kastor(home, "load", "koeln", str(newer), "--dataset", "lod2", "--title", "3D-Gebäudemodell LoD2",
           "--owner", "Geobasis NRW", "--report", str(report))  # fmt: skip
    assert json.loads(report.read_text())["kept"]["Building"] == 173

    page.goto("/koeln/daten")
    expect(page.get_by_role("heading", name="Daten", level=1)).to_be_visible()
    page.get_by_role("link", name="3D-Gebäudemodell LoD2").click()
    newest = page.get_by_role("table", name="Ladungen und Befunde").get_by_role("row").nth(1)
    expect(newest.get_by_role("cell").nth(3)).to_have_text("1")
    page.goto(f"/koeln?object={BUILDING}")
    page.goto("/koeln/liste")
    page.get_by_role("searchbox").or_(page.get_by_role("textbox")).first.fill(BUILDING)
    expect(page.get_by_text(re.compile("Büro|Verwaltung|Bürogebäude")).first).to_be_visible()


def test_the_import_report_names_findings_with_their_cure(page: Page) -> None:
    page.goto("/koeln/daten")
    page.get_by_role("link", name=re.compile("zu prüfen")).first.click()
    expect(page.get_by_text("Objekte gelesen")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_broken_file_is_refused_and_the_twin_stays(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gml"
    with zipfile.ZipFile(HERE / "koeln" / "lod2.zip") as packed:
        broken.write_bytes(packed.read(TILE)[:500_000])
    before = json.loads(kastor(home, "tenant", "list", "--json"))
    done = subprocess.run(
        [sys.executable, "-m", "kastor", "load", "koeln", str(broken), "--dataset", "lod2"],
        env={**os.environ, "KASTOR_HOME": str(home)}, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "broken" in done.stderr
    assert "line" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(kastor(home, "tenant", "list", "--json")) == before
