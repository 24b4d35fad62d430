"""Files to a stored and tiled twin, once: load_and_tile.py HOME CRS FILE..."""

import json
import sys
import time
from pathlib import Path

from kastor.loading import load, tile
from kastor.store import Dataset, create_tenant

ready = time.process_time()
home, crs, *files = sys.argv[1:]
dataset = Dataset(id="measured", title="", owner="", licence="", licence_url="", attribution="", date="")
with create_tenant(Path(home), "measured", "Measured", crs) as tenant:
    loaded = load(tenant, [Path(file) for file in files], dataset)
    stored = time.process_time()
    tile(tenant, layers=("buildings",))
tiled = time.process_time()
buildings = loaded.result.kinds["building"]
print(json.dumps({"buildings": buildings, "start": ready, "load": stored - ready, "tile": tiled - stored}))
