"""The twin for the Masterportal, the geoportal many German towns run: its services and a portal that shows them.

``services.json`` lists every layer with its address, ``config.json`` is a portal for version 3 with the
layers in its tree. Both can be copied as they are, or merged into a portal that is there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kastor.formats.crs_names import normalise
from kastor.store import Tenant

NO_CREDIT = "nicht vorhanden"
"""What the Masterportal takes for "no attribution"."""

TOOLS = {
    "mainMenu": ("fileImport", "openConfig", "language", "about"),
    "secondaryMenu": ("legend", "shareView", "measure", "coordToolkit", "shadow"),
}
"""Tools of each menu that need nothing else set up."""


def services(
    tenant: Tenant, root: str, maps: Mapping[str, str], tilesets: Mapping[str, str], terrain: bool
) -> list[dict[str, Any]]:
    """
    The content of ``services.json``.

    Parameters
    ----------
    root
        Address of this instance, without a slash at its end.
    maps
        Layers of the Web Map Service: name -> title.
    tilesets
        3D layers: name -> title.
    terrain
        Whether there are heights.
    """
    credit = " · ".join(dict.fromkeys(d.attribution for d in tenant.datasets() if d.attribution and not d.ended))
    shared = {
        "layerAttribution": credit or NO_CREDIT, "legend": False, "datasets": _metadata(tenant, root),
        "gfiAttributes": "showAll", "gfiTheme": "default",
    }  # fmt: skip
    found = [
        {
            "id": f"{tenant.id}-{name}", "name": f"{title} {tenant.info.title}", "typ": "WMS",
            "url": f"{root}/wms/{tenant.id}", "layers": name, "version": "1.3.0", "format": "image/png",
            "transparent": name != "karte", "singleTile": False, "tilesize": 512, "gutter": 0, "featureCount": 5,
            "infoFormat": "text/html", "minScale": "0", "maxScale": "100000", **shared,
        }
        for name, title in maps.items()
    ]  # fmt: skip
    found += [
        {
            "id": f"{tenant.id}-{name}-3d", "name": f"{title} {tenant.info.title} 3D", "typ": "TileSet3D",
            "url": f"{root}/tiles/{tenant.id}/{name}", "cesium3DTilesetOptions": {"maximumScreenSpaceError": 8},
            **shared,
        }
        for name, title in tilesets.items()
    ]  # fmt: skip
    if terrain:
        found.append(
            {
                "id": f"{tenant.id}-gelaende-3d", "name": f"Gelände {tenant.info.title} 3D", "typ": "Terrain3D",
                "url": f"{root}/tiles/{tenant.id}/quantized-mesh", **shared,
            }
        )  # fmt: skip
    return found


def portal(tenant: Tenant, layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    The content of ``config.json``.

    Parameters
    ----------
    layers
        What :func:`services` gave.
    """
    box = tenant.box() or (0.0, 0.0, 0.0, 1000.0, 1000.0, 0.0)
    view = tenant.info.view
    centre = view["target"][:2] if view else [(box[0] + box[3]) / 2, (box[1] + box[4]) / 2]
    subjects = [layer for layer in layers if layer.get("layers") != "karte"]
    base = [layer for layer in layers if layer.get("layers") == "karte"]
    return {
        "portalConfig": {
            "map": {
                "controls": {"zoom": True, "orientation": {"zoomMode": "once"}, "button3d": True},
                "mapView": {
                    "epsg": f"EPSG:{normalise(tenant.crs).horizontal}", "startCenter": [round(c, 1) for c in centre],
                    "startZoomLevel": 6, "extent": [round(side, 1) for side in (box[0], box[1], box[3], box[4])],
                },
                "map3dParameter": {"globe": {"enableLighting": True}},
            },
            "mainMenu": {
                "expanded": True, "sections": _tools("mainMenu"),
                "title": {"text": tenant.info.title, "toolTip": tenant.info.description.get("de", "")},
            },
            "secondaryMenu": {"sections": _tools("secondaryMenu")},
            "tree": {"highlightedFeatures": {"active": True}},
        },
        "layerConfig": {
            "baselayer": {"elements": [{"id": layer["id"], "visibility": True} for layer in base]},
            "subjectlayer": {
                "elements": [
                    {"id": layer["id"], "name": layer["name"], "typ": layer["typ"],
                     "visibility": layer["typ"] in ("TileSet3D", "Terrain3D")}
                    for layer in subjects
                ]
            },
        },
    }  # fmt: skip


def _tools(menu: str) -> list[list[dict[str, str]]]:
    return [[{"type": tool} for tool in TOOLS[menu]]]


def _metadata(tenant: Tenant, root: str) -> list[dict[str, Any]]:
    return [
        {
            "md_id": dataset.id, "md_name": dataset.title or dataset.id,
            "show_doc_url": f"{root}/records/{tenant.id}/collections/datasets/items/",
        }
        for dataset in tenant.datasets()
        if not dataset.ended
    ]  # fmt: skip
