"""A typical year of a tenant's own: read, settled by the sun, used for solar power, and gone again."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kastor.city.weather import Weather
from kastor.cli import app
from kastor.formats import weather as files
from kastor.formats.errors import FormatError
from kastor.planning.computing import data_of, site_of
from kastor.planning.orders import read
from kastor.planning.weather import load, own_weather, settled
from kastor.simulations.weather import usual_weather
from kastor.store import Tenant
from kastor.store.weather import NoWeather, remove

HERE = usual_weather()


def as_pvgis(year: Weather, shift: int = 600) -> str:
    """The year as PVGIS writes it; stamps lie ``shift`` seconds before the moment of the values."""
    rows = ["time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP"]
    for k, moment in enumerate(year.moments.tolist()):
        at = datetime.fromtimestamp(moment - shift, UTC)
        rows.append(f"{at:%Y%m%d:%H%M},{year.temperature[k]},80.0,{year.level[k]},{year.direct[k]},{year.diffuse[k]},280.0,"
                    f"{year.wind[k]},180.0,100000.0")  # fmt: skip
    return f"Latitude (decimal degrees): {year.latitude}\nLongitude (decimal degrees): {year.longitude}\n" + "\n".join(
        [*rows, "", "PVGIS (c) European Union"]
    )


def as_epw(year: Weather, hours_east: int) -> str:
    """The same as EPW in a clock so many hours east of universal time; its hours are named by their end."""
    zone = timezone(timedelta(hours=hours_east))
    rows = [f"LOCATION,Berlin,-,DEU,TMY,000,{year.latitude},{year.longitude},{hours_east},37.0", *["-"] * 7]
    for k, moment in enumerate(year.moments.tolist()):
        at = datetime.fromtimestamp(moment - 600, UTC).astimezone(zone)
        values = [at.year, at.month, at.day, at.hour + 1, 0, "?", year.temperature[k], 0, 80, 100000, 0, 0, 280,
                  year.level[k], year.direct[k], year.diffuse[k], 0, 0, 0, 0, 180, year.wind[k], 0]  # fmt: skip
        rows.append(",".join(map(str, values)))
    return "\n".join(rows)


def same(one: Weather, other: Weather) -> bool:
    return all(
        np.array_equal(getattr(one, n), getattr(other, n)) for n in ("moments", "level", "direct", "temperature")
    )


@pytest.mark.parametrize(
    "write", [as_pvgis, lambda year: as_epw(year, 1), lambda year: as_pvgis(year, 4200)], ids=["pvgis", "epw", "late"]
)
def test_both_formats_give_the_same_year_at_the_same_moments(write: Callable[[Weather], str], tmp_path: Path) -> None:
    file = tmp_path / "year.gz"
    file.write_bytes(gzip.compress(write(HERE).encode(), 1))
    found = settled(files.read(file))
    assert same(found, HERE)
    assert (found.latitude, found.longitude) == (HERE.latitude, HERE.longitude)
    assert same(files.unpack(files.pack(found)), found)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: "", "neither EPW nor a table of PVGIS"),
        (lambda text: text[: len(text) // 2].rpartition("\n")[0], "hours; a typical year has 8,760"),
        (lambda text: text.replace("Gd(h)", "Hd"), "Gd\\(h\\) are missing"),
        (
            lambda text: text.replace("Latitude (decimal degrees): 52", "Latitude (decimal degrees): 152"),
            "not on Earth",
        ),
        (lambda text: text.replace(",80.0,0.0,", ",80.0,9999,", 1), "0 to 1500 is possible"),
        (lambda text: text.replace(",80.0,0.0,", ",80.0,x,", 1), "a value is no number"),
    ],
)
def test_what_is_no_typical_year_is_refused(change: Callable[[str], str], problem: str, tmp_path: Path) -> None:
    file = tmp_path / "year.csv"
    file.write_text(change(as_pvgis(HERE)))
    with pytest.raises(FormatError, match=problem):
        files.read(file)


def test_a_tenant_computes_with_its_own_year_until_it_is_removed(small_twin: Tenant, tmp_path: Path) -> None:
    order, other = read(small_twin, "solar", {}), read(small_twin, "sun_hours", {})
    before, untouched = data_of(small_twin, order)["hash"], data_of(small_twin, other)["hash"]
    assert site_of(small_twin, order).weather is None
    (tmp_path / "year.csv").write_text(as_pvgis(HERE))
    loaded = load(small_twin, tmp_path / "year.csv", "7")
    kept = site_of(small_twin, order).weather
    assert kept is not None
    assert same(kept, loaded)
    assert data_of(small_twin, order)["hash"] != before
    assert data_of(small_twin, other)["hash"] == untouched
    remove(small_twin, "7")
    assert data_of(small_twin, order)["hash"] == before
    with pytest.raises(NoWeather, match="no weather of its own"):
        remove(small_twin, "7")


def test_the_commands_say_what_is_used(small_twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))
    (tmp_path / "year.csv").write_text(as_pvgis(HERE))
    run = CliRunner()
    shown = [run.invoke(app, ["tenant", "weather", "show", small_twin.id, "--json"]).output]
    done = run.invoke(app, ["tenant", "weather", "load", small_twin.id, str(tmp_path / "year.csv")])
    assert done.exit_code == 0, done.output
    assert "1180 kWh/m²" in done.output
    shown.append(run.invoke(app, ["tenant", "weather", "show", small_twin.id, "--json"]).output)
    assert ['"own": true' in text for text in shown] == [False, True]
    assert run.invoke(app, ["tenant", "weather", "remove", small_twin.id]).exit_code == 0
    assert own_weather(small_twin) is None
