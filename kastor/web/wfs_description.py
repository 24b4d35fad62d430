"""What a Web Feature Service says about itself: capabilities, schema of its features, stored queries, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from fastapi.responses import Response
from lxml import etree
from lxml.builder import ElementMaker

from kastor.city.model import Kind
from kastor.store import Tenant
from kastor.store.filter_values import Property
from kastor.web import feature_crs, fes
from kastor.web.collections import NAMES, collections, whole
from kastor.web.feature_crs import System
from kastor.web.gml import GML, xml_name

WFS = "http://www.opengis.net/wfs/2.0"
OWS = "http://www.opengis.net/ows/1.1"
FES = "http://www.opengis.net/fes/2.0"
XLINK = "http://www.w3.org/1999/xlink"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIX = "kastor"

GML_TYPE = "application/gml+xml; version=3.2"
GML_FORMS = (
    "application/gml+xml;version=3.2",
    "text/xml;subtype=gml/3.2",
    "text/xml;subtype=gml/3.2.1",
    "GML3",
    "gml32",
)
"""Names clients use for GML 3.2, without spaces."""

_NAMESPACES = {"wfs": WFS, "ows": OWS, "fes": FES, "gml": GML, "xlink": XLINK}
_W = ElementMaker(namespace=WFS, nsmap=_NAMESPACES)
_O = ElementMaker(namespace=OWS, nsmap=_NAMESPACES)
_F = ElementMaker(namespace=FES, nsmap=_NAMESPACES)
_X = ElementMaker(namespace=XS, nsmap={"xs": XS, "gml": GML})

OPERATIONS = ("GetCapabilities", "DescribeFeatureType", "GetFeature", "ListStoredQueries", "DescribeStoredQueries")

CONSTRAINTS = {
    "ImplementsSimpleWFS": True, "ImplementsBasicWFS": False, "ImplementsTransactionalWFS": True,
    "ImplementsLockingWFS": False, "KVPEncoding": True, "XMLEncoding": False, "SOAPEncoding": False,
    "ImplementsInheritance": False, "ImplementsRemoteResolve": False, "ImplementsResultPaging": True,
    "ImplementsStandardJoins": False, "ImplementsSpatialJoins": False, "ImplementsTemporalJoins": False,
    "ImplementsFeatureVersioning": False, "ManageStoredQueries": False,
}  # fmt: skip
"""Classes of the standard, and whether this service has them."""

FILTER_CONSTRAINTS = {
    "ImplementsQuery": True, "ImplementsAdHocQuery": True, "ImplementsFunctions": False, "ImplementsResourceId": True,
    "ImplementsMinStandardFilter": True, "ImplementsStandardFilter": True, "ImplementsMinSpatialFilter": True,
    "ImplementsSpatialFilter": True, "ImplementsMinTemporalFilter": False, "ImplementsTemporalFilter": False,
    "ImplementsVersionNav": False, "ImplementsSorting": False, "ImplementsExtendedOperators": False,
    "ImplementsMinimumXPath": True, "ImplementsSchemaElementFunc": False,
}  # fmt: skip

XSD_TYPES = {
    "text": "string", "number": "double", "integer": "long", "boolean": "boolean", "date": "date",
    "timestamp": "dateTime", "array": "string",
}  # fmt: skip
"""Type of a property -> type of XML Schema; lists are their JSON."""


class ServiceError(Exception):
    """What a client asked wrongly: code, the parameter it is about, and the text."""

    def __init__(self, code: str, locator: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.locator, self.status = code, locator, status


def namespace(here: str) -> str:
    """Namespace of the features of a service at an address."""
    return here


def urn(system: System) -> str:
    """Name of a reference system as WFS has it."""
    if system.uri == feature_crs.CRS84:
        return "urn:ogc:def:crs:OGC:1.3:CRS84"
    return system.uri.replace(feature_crs.EPSG, "urn:ogc:def:crs:EPSG::")


def capabilities(twin: Tenant, here: str, most: int) -> Response:
    """The capabilities document."""
    info = twin.info
    credits = " · ".join(dict.fromkeys(d.attribution for d in twin.datasets() if d.attribution and not d.ended))
    document = _W.WFS_Capabilities(
        _O.ServiceIdentification(
            _O.Title(f"Objekte {info.title}"), _O.Abstract(info.description.get("de", "")), _O.ServiceType("WFS"),
            _O.ServiceTypeVersion("2.0.0"), _O.Fees("none"), _O.AccessConstraints(credits or "none"),
        ),
        _O.ServiceProvider(_O.ProviderName(info.title), _O.ServiceContact()),
        _O.OperationsMetadata(
            *(_operation(name, here) for name in OPERATIONS), _transaction(here),
            _O.Parameter(_O.AllowedValues(_O.Value("2.0.0")), name="version"),
            *(_constraint(_O, name, has) for name, has in CONSTRAINTS.items()),
            _O.Constraint(_O.NoValues(), _O.DefaultValue(str(most)), name="CountDefault"),
        ),
        _W.FeatureTypeList(*(_feature_type(twin, kind, here) for kind in collections(twin))),
        _filter_capabilities(),
        version="2.0.0",
    )  # fmt: skip
    return _xml(document)


def _operation(name: str, here: str) -> Any:
    get = _O.Get({f"{{{XLINK}}}href": f"{here}?", f"{{{XLINK}}}type": "simple"})
    parts = [_O.DCP(_O.HTTP(get))]
    if name in ("GetFeature", "DescribeFeatureType"):
        values = [_O.Value(GML_TYPE), *([_O.Value("application/json")] if name == "GetFeature" else [])]
        parts.append(_O.Parameter(_O.AllowedValues(*values), name="outputFormat"))
    return _O.Operation(*parts, name=name)


def _transaction(here: str) -> Any:
    """The one operation that is sent as a body."""
    post = _O.Post({f"{{{XLINK}}}href": here, f"{{{XLINK}}}type": "simple"})
    return _O.Operation(_O.DCP(_O.HTTP(post)), name="Transaction")


def _constraint(maker: Any, name: str, has: bool) -> Any:
    return maker.Constraint(_O.NoValues(), _O.DefaultValue(str(has).upper()), name=name)


def _feature_type(twin: Tenant, kind: Kind, here: str) -> Any:
    name, german, _ = NAMES[kind]
    storage = feature_crs.storage(twin)
    others = [s for s in feature_crs.offered(twin) if not s.spatial and s.uri not in (storage.uri, feature_crs.CRS84)]
    # the name is in the namespace of this service, which must therefore be known where it stands
    maker = ElementMaker(namespace=WFS, nsmap={**_NAMESPACES, PREFIX: namespace(here)})
    parts = [maker.Name(f"{PREFIX}:{name}"), _W.Title(german), _W.DefaultCRS(urn(storage))]
    parts += [_W.OtherCRS(urn(system)) for system in others]
    parts.append(_W.OutputFormats(_W.Format(GML_TYPE), _W.Format("application/json")))
    extent = whole(twin)
    if extent is not None:
        west, south, east, north = extent.degrees
        parts.append(
            _O.WGS84BoundingBox(_O.LowerCorner(f"{west:.6f} {south:.6f}"), _O.UpperCorner(f"{east:.6f} {north:.6f}"))
        )
    return maker.FeatureType(*parts)


def _filter_capabilities() -> Any:
    places = ("gml:Envelope", "gml:Point", "gml:LineString", "gml:Polygon", "gml:MultiSurface")
    comparisons = (*fes.COMPARISONS, "PropertyIsLike", "PropertyIsNull", "PropertyIsBetween")
    return _F.Filter_Capabilities(
        _F.Conformance(*(_constraint(_F, name, has) for name, has in FILTER_CONSTRAINTS.items())),
        _F.Id_Capabilities(_F.ResourceIdentifier(name="fes:ResourceId")),
        _F.Scalar_Capabilities(
            _F.LogicalOperators(),
            _F.ComparisonOperators(*(_F.ComparisonOperator(name=name) for name in comparisons)),
        ),
        _F.Spatial_Capabilities(
            _F.GeometryOperands(*(_F.GeometryOperand(name=name) for name in places)),
            _F.SpatialOperators(*(_F.SpatialOperator(name=name) for name in fes.SPATIAL)),
        ),
    )


def schema(here: str, known: Mapping[Kind, Mapping[str, Property]]) -> Response:
    """XML Schema of some types of features."""
    maker = ElementMaker(namespace=XS, nsmap={"xs": XS, "gml": GML, PREFIX: namespace(here)})
    document = maker.schema(
        _X("import", namespace=GML, schemaLocation="http://schemas.opengis.net/gml/3.2.1/gml.xsd"),
        *(element for kind, properties in known.items() for element in _type(NAMES[kind][0], properties)),
        targetNamespace=namespace(here), elementFormDefault="qualified", version="1.0",
    )  # fmt: skip
    return _xml(document, GML_TYPE)


def _type(name: str, properties: Mapping[str, Property]) -> list[Any]:
    fields = []
    for key, property in properties.items():
        kind = "gml:GeometryPropertyType" if property.type == "geometry" else f"xs:{XSD_TYPES[property.type]}"
        fields.append(_X.element(name=xml_name(key), type=kind, minOccurs="0"))
    content = _X.complexContent(_X.extension(_X.sequence(*fields), base="gml:AbstractFeatureType"))
    return [
        _X.element(name=name, type=f"{PREFIX}:{name}Type", substitutionGroup="gml:AbstractFeature"),
        _X.complexType(content, name=f"{name}Type"),
    ]


def stored_queries(here: str, query: str, names: Sequence[str], described: bool) -> Response:
    """The list of stored queries, or what they ask for."""
    maker = ElementMaker(namespace=WFS, nsmap={**_NAMESPACES, PREFIX: namespace(here), "xs": XS})
    title = "Get a feature by its id"
    types = [f"{PREFIX}:{name}" for name in names]
    if not described:
        returned = [_W.ReturnFeatureType(name) for name in types]
        return _xml(maker.ListStoredQueriesResponse(maker.StoredQuery(_W.Title(title), *returned, id=query)))
    text = _W.QueryExpressionText(
        returnFeatureTypes=" ".join(types), language="urn:ogc:def:queryLanguage:OGC-WFS::WFSQueryExpression",
        isPrivate="true",
    )  # fmt: skip
    parameter = _W.Parameter(name="ID", type="xs:string")
    return _xml(
        maker.DescribeStoredQueriesResponse(maker.StoredQueryDescription(_W.Title(title), parameter, text, id=query))
    )


def collection_head(here: str, location: str, attributes: Mapping[str, str]) -> str:
    """The beginning of a FeatureCollection."""
    spaces = {**{f"xmlns:{p}": uri for p, uri in _NAMESPACES.items()}, f"xmlns:{PREFIX}": namespace(here)}
    spaces |= {"xmlns:xsi": XSI, "xsi:schemaLocation": location}
    said = " ".join(f"{name}={quoteattr(value)}" for name, value in {**spaces, **attributes}.items())
    return f"<?xml version='1.0' encoding='UTF-8'?><wfs:FeatureCollection {said}>"


def exception(error: ServiceError) -> Response:
    """An error as the standard words it."""
    report = _O.ExceptionReport(
        _O.Exception(_O.ExceptionText(str(error)), exceptionCode=error.code, locator=error.locator), version="2.0.0"
    )
    answer = _xml(report)
    answer.status_code = error.status
    return answer


def _xml(document: Any, media_type: str = "text/xml") -> Response:
    return Response(etree.tostring(document, xml_declaration=True, encoding="UTF-8"), media_type=media_type)
