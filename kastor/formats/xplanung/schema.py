"""The check against the XML schemas of XPlanGML, from a folder on this machine; nothing is ever fetched.

The schemas of the Leitstelle carry their profile of GML. What they import besides (XLink, and the name of WFS) is
stated here as far as they use it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from lxml import etree

from kastor.city.report import Report
from kastor.formats.archive import contents
from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import parser, utf8_blocks
from kastor.formats.xplanung.model import Finding, PlanFile
from kastor.formats.xplanung.read import plan_members

START = "XPlanung-Operationen.xsd"

_XLINK_NAMES = ("type", "href", "role", "arcrole", "title", "show", "actuate")
_XLINK = (
    '<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'targetNamespace="http://www.w3.org/1999/xlink">'
    + "".join(f'<attribute name="{name}" type="string"/>' for name in _XLINK_NAMES)
    + '<attributeGroup name="simpleAttrs">'
    + "".join(f'<attribute ref="xlink:{name}"/>' for name in _XLINK_NAMES)
    + "</attributeGroup></schema>"
).encode()
_WFS = b'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.opengis.net/wfs/2.0"/>'
_NAMESPACE = re.compile(r"\{http://www\.(?:xplanung\.de|opengis\.net|w3\.org)/[^}]*\}")


def check_schema(path: Path, file: PlanFile, schemas: Path | None) -> Iterator[Finding]:
    """
    What in a file violates the schema of its version.

    Parameters
    ----------
    schemas
        Folder that holds the schemas by version, as folders or zip archives named like ``XPlanGML_6_0``.
        Without one for the version a hint says that the schema was not checked.

    Raises
    ------
    FormatError
        When the schema itself cannot be used.
    """
    schema = _schema_of(schemas, file.version) if schemas is not None else None
    if schema is None:
        yield Finding("schema_not_checked", "hint", values={"version": file.version})
        return
    starts = sorted((o.line, o.id, o.kind) for o in file.objects)
    with contents(path) as members:
        for member in plan_members(path, members)[0]:
            with member.stream() as stream:
                tree = etree.fromstring(b"".join(utf8_blocks(stream, Report(path.name), member.file)), parser())
            schema.validate(tree)
            for entry in cast(Iterable[Any], schema.error_log):
                at = bisect_right(starts, (entry.line, "\U0010ffff")) - 1
                _, owner, kind = starts[at] if at >= 0 else (0, "", "")
                values = {"problem": _NAMESPACE.sub("", entry.message)}
                yield Finding("schema", "error", owner, kind, values, None, entry.line)


@lru_cache(maxsize=2)
def _schema_of(schemas: Path, version: str) -> etree.XMLSchema | None:
    """The schema of a version from a folder, kept for the next file; None where the folder has none."""
    found = _files(schemas, version)
    return _schema(found, version) if START in found else None


class _Local(etree.Resolver):
    """Finds the parts of a schema by their file name, in memory; anything else is empty."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__()
        self._files = {"xlink.xsd": _XLINK, "wfs.xsd": _WFS} | files

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        content = self._files.get(system_url.rpartition("/")[2], b"")
        return self.resolve_string(content, context, base_url=system_url)


def _schema(files: dict[str, bytes], version: str) -> etree.XMLSchema:
    reader = parser()
    reader.resolvers.add(_Local(files))
    try:
        return etree.XMLSchema(etree.fromstring(files[START], reader, base_url=f"schemas:/{START}"))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise FormatError(
            START, f"The schema of version {version} cannot be used: {error}.", "Fetch it again from xleitstelle.de."
        ) from error


def _files(folder: Path, version: str) -> dict[str, bytes]:
    """The schema files of a version by their name."""
    ends = (version, version.replace(".", "_"))
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.is_dir() and place.name.endswith(ends):
            return {file.name: file.read_bytes() for file in place.rglob("*.xsd")}
        if place.suffix == ".zip" and place.stem.endswith(ends):
            return _unpacked(place)
    return {}


def _unpacked(archive: Path) -> dict[str, bytes]:
    files = {}
    with contents(archive) as members:
        for member in members:
            if member.name.endswith(".xsd"):
                with member.stream() as stream:
                    files[member.name] = stream.read()
    return files
