"""The web interface of a home on a port: serve_features.py HOME PORT."""

import sys
from pathlib import Path

import uvicorn

from kastor.web.app import create_app
from kastor.web.settings import Settings

home = Path(sys.argv[1])
config = uvicorn.Config(create_app(Settings(home=home)), port=int(sys.argv[2]), log_level="error", access_log=False)
uvicorn.Server(config).run()
