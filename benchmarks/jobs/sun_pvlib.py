"""Light and power of planes by pvlib, hour by hour: sun_pvlib.py PLANES.npz; runs in the environment of the peers.

Sun, sky, glass, heat and panels are pvlib's; weather, horizons, crowns and the shares of the sky are those it is given.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import pvlib


def main() -> None:
    given = np.load(sys.argv[1])
    times = pd.to_datetime(given["moments"], unit="s", utc=True)
    latitude, longitude = given["place"].tolist()
    sun = pvlib.solarposition.get_solarposition(times, latitude, longitude)
    light = (sun["elevation"].to_numpy() > 0) & (given["level"] > 0)
    sun, times = sun[light], times[light]
    level, direct, diffuse, air, wind = (given[n][light] for n in ("level", "direct", "diffuse", "temperature", "wind"))
    zenith, azimuth = sun["zenith"].to_numpy(), sun["azimuth"].to_numpy()
    outside = pvlib.irradiance.get_extra_radiation(times).to_numpy()
    mass = pvlib.atmosphere.get_relative_airmass(zenith)
    horizons, offsets = given["horizons"], given["offsets"]
    count = horizons.shape[1]
    towards = np.floor(np.radians(azimuth) / (2 * np.pi) * count + 0.5).astype(int) % count
    rise = np.tan(np.radians(90 - zenith))
    crowns, passing = given["crowns"], given["passing"][light]
    slice_ = np.clip((90 - zenith) / 90 * given["slices"], 0, given["slices"] - 1).astype(np.uint64)
    bare = passing == passing.max()
    found, began = [], time.process_time()
    skies = np.column_stack([given["sky"], given["bare_sky"]])
    for k, (tilt, facing, both) in enumerate(zip(given["tilt"], given["facing"], skies, strict=True)):
        tilt, facing = np.degrees(tilt), np.degrees(facing)
        mine = horizons[offsets[k] : offsets[k + 1]]
        sky = np.where(bare, both[1], both[0])
        behind = (crowns[offsets[k] : offsets[k + 1]][:, towards] >> slice_) & np.uint64(1)
        free = ((mine[:, towards] < rise) * np.where(behind, passing, 1.0)).mean(axis=0) if len(mine) else 1.0
        angle = pvlib.irradiance.aoi(tilt, facing, zenith, azimuth)
        parts = pvlib.irradiance.perez(
            tilt, facing, diffuse, direct, outside, zenith, azimuth, mass, return_components=True
        )
        beam = direct * np.maximum(np.cos(np.radians(angle)), 0) * free
        spread = (parts["poa_isotropic"] + parts["poa_horizon"]) * sky + parts["poa_circumsolar"] * free
        spread = np.maximum(spread, 0) + pvlib.irradiance.get_ground_diffuse(tilt, level, 0.2)
        total = beam + spread
        cells = pvlib.temperature.faiman(total, air, wind)
        used = beam * np.nan_to_num(pvlib.iam.ashrae(angle)) + spread
        dc = pvlib.pvsystem.pvwatts_dc(used, cells, 1.0, -0.0035)
        found.append((total.sum() / 1000, np.maximum(dc, 0).sum() * 0.96 * (1 - 0.1408)))
    print(json.dumps({"seconds": time.process_time() - began, "found": found}))


if __name__ == "__main__":
    main()
