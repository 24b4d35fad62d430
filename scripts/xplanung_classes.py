"""Makes the table of the classes of XPlanGML 6.0 from its XML schemas: names, order, types and how often.

    python scripts/xplanung_classes.py FOLDER_WITH_XSD > kastor/formats/xplanung/classes_6_0.json

The table holds names and codes only; the schemas themselves are published by the Leitstelle XPlanung.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


def local(name: str | None) -> str:
    """A name without its prefix."""
    return (name or "").rpartition(":")[2]


def main(folder: Path) -> dict[str, Any]:
    """Classes with base and own properties, data types among them, and codes of enumerations."""
    classes: dict[str, Any] = {}
    codes: dict[str, list[str]] = {}
    abstract: list[str] = []
    for file in sorted(folder.glob("XPlanGML_*.xsd")):
        for node in etree.parse(str(file)).getroot():
            name = node.get("name", "") if isinstance(node.tag, str) else ""
            if node.tag == f"{XS}element" and node.get("abstract") == "true" and not name.startswith("_Generic"):
                abstract.append(name)
            if node.tag == f"{XS}simpleType":
                found = [e.get("value") for e in node.iter(f"{XS}enumeration")]
                if found:
                    codes[name] = found
            if node.tag == f"{XS}complexType" and name.endswith("Type") and not name.endswith("PropertyType"):
                extension = node.find(f".//{XS}extension")
                base = local(extension.get("base")) if extension is not None else ""
                classes[name.removesuffix("Type")] = {
                    "base": base.removesuffix("Type") if base != "AbstractFeatureType" else "",
                    "own": [row(e) for e in node.iter(f"{XS}element") if e.get("name")],
                }
    return {"classes": classes, "codes": codes, "abstract": sorted(abstract)}


def row(element: Any) -> list[Any]:
    """Name, type, least and most (0 for any number) of a property."""
    most = element.get("maxOccurs", "1")
    return [
        element.get("name"), local(element.get("type")) or "inline", int(element.get("minOccurs", "1")),
        0 if most == "unbounded" else int(most),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False, separators=(",", ":")))
