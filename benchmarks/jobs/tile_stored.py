"""The buildings of a stored twin to tiles, all anew: tile_stored.py HOME"""

import json
import shutil
import sys
import time
from pathlib import Path

from kastor.loading import tile
from kastor.store import open_tenant

start = time.process_time()
with open_tenant(Path(sys.argv[1]), "measured") as tenant:
    shutil.rmtree(tenant.tiles / "buildings", ignore_errors=True)
    tile(tenant, layers=("buildings",))
print(json.dumps({"start": start, "tile": time.process_time() - start}))
