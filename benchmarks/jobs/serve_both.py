"""Kastor, and below /cesium the page of the peer over the same tiles: serve_both.py HOME CESIUM_DIRECTORY PORT"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from kastor.web.app import create_app
from kastor.web.settings import Settings

home, cesium, port = sys.argv[1:]
pages = [Mount("/cesium", StaticFiles(directory=cesium, html=True))] if cesium else []
app = Starlette(routes=[*pages, Mount("/", create_app(Settings(home=Path(home))))])
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
