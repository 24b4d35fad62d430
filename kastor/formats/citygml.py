"""CityGML 1.0, 2.0 and 3.0 into the city: buildings, bridges, tunnels and their parts, and trees.

Files of any size are read in chunks. Two readers give the same arrays: a readable one on XML
trees (``citygml_reference``), and a compiled one for the regular part of large files
(``citygml_fast``), which leaves every object it does not fully understand to the first.

Kept are all geometries up to LoD3 with the meaning of their surfaces, and all attributes,
addresses and external references. Textures, rooms, LoD4 and other classes of objects are
counted and reported. The name of the reference system is handed on as the file writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kastor.city.model import City
from kastor.city.report import Report
from kastor.formats import citygml_fast
from kastor.formats.citygml_chunks import chunks, unique_ids
from kastor.formats.errors import FormatError
from kastor.formats.part import Part
from kastor.formats.xml_safety import split_head, utf8_blocks
