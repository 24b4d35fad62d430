"""A town's files become its twin: read, put into place, check, store, tile.

The only room that sees formats, store and tiles together. :func:`load` is one transaction: it
either ends with a complete import report or leaves the twin as it was. :func:`tile` brings the
tiles up to date with what is stored and can be repeated at any time.
"""

from kastor.loading.errors import LoadingError
from kastor.loading.exports import EXPORTS, export
from kastor.loading.files import Loaded, Progress, load, quiet
from kastor.loading.ground import derive_terrain, find_trees
from kastor.loading.stand import drawn_terrain
from kastor.loading.tiling import LAYERS, layers_of, origin_of, tile, tiles_of

__all__ = [
    "EXPORTS",
    "LAYERS",
    "Loaded",
    "LoadingError",
    "Progress",
    "derive_terrain",
    "drawn_terrain",
    "export",
    "find_trees",
    "layers_of",
    "load",
    "origin_of",
    "quiet",
    "tile",
    "tiles_of",
]
