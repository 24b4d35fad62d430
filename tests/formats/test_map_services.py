import pytest

from kastor.formats.errors import FormatError
from kastor.formats.map_services import origin, wms, wmts

CRS = "EPSG:25832+7837"
URL = "https://maps.example:8443/wmts?REQUEST=GetCapabilities"

CAPABILITIES = """<?xml version="1.0"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"
    xmlns:xlink="http://www.w3.org/1999/xlink">
  <ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP>
    <ows:Get xlink:href="https://maps.example/kvp?"/>
  </ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata>
  <Contents>
    <Layer>
      <ows:Identifier>dop</ows:Identifier>
      <Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>
      <Format>image/png</Format>
      <TileMatrixSetLink><TileMatrixSet>WEB</TileMatrixSet></TileMatrixSetLink>
      <TileMatrixSetLink><TileMatrixSet>UTM</TileMatrixSet></TileMatrixSetLink>
      RESOURCE
    </Layer>
    <TileMatrixSet><ows:Identifier>WEB</ows:Identifier><ows:SupportedCRS>EPSG:3857</ows:SupportedCRS></TileMatrixSet>
    <TileMatrixSet>
      <ows:Identifier>UTM</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::25832</ows:SupportedCRS>
      <TileMatrix>
        <ows:Identifier>01</ows:Identifier><ScaleDenominator>1000</ScaleDenominator>
        <TopLeftCorner>-46133.17 6301219.54</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>
        <MatrixWidth>2</MatrixWidth><MatrixHeight>4</MatrixHeight>
      </TileMatrix>
      <TileMatrix>
        <ows:Identifier>00</ows:Identifier><ScaleDenominator>2000</ScaleDenominator>
        <TopLeftCorner>-46133.17 6301219.54</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>
        <MatrixWidth>1</MatrixWidth><MatrixHeight>2</MatrixHeight>
      </TileMatrix>
    </TileMatrixSet>
  </Contents>
</Capabilities>"""
RESOURCE = (
    '<ResourceURL format="image/png" resourceType="tile" '
    'template="https://tiles.example/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"/>'
)


def read(resource: str = RESOURCE, crs: str = CRS, layer: str = "dop"):
    capabilities = CAPABILITIES.replace("RESOURCE", resource).encode()
    return wmts(crs, "luft", "Luftbild", URL, layer, "Amt", capabilities)


def test_a_wmts_is_read_with_the_matrices_of_the_tenants_plane_from_coarse_to_fine():
    service = read()
    assert service["url"] == "https://tiles.example/default/UTM/{TileMatrix}/{TileRow}/{TileCol}.png"
    assert [level["id"] for level in service["levels"]] == ["00", "01"]
    assert [level["resolution"] for level in service["levels"]] == pytest.approx([0.56, 0.28])
    assert service["levels"][1]["west"] == -46133.17
    assert service["levels"][1]["tiles"] == [2, 4]
    assert origin(service) == "https://tiles.example"


def test_a_wmts_without_resource_addresses_is_asked_by_parameters():
    url = read(resource="")["url"]
    assert url.startswith("https://maps.example/kvp?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=dop&STYLE=default")
    assert url.endswith("&TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"layer": "nothing"}, "It has: dop"),
        ({"crs": "EPSG:25833+7837"}, "The tenant needs EPSG:25833"),
        ({"resource": RESOURCE.replace("{Style}", "{Time}")}, "asks for Time"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(asked, said):
    with pytest.raises(FormatError, match=said):
        read(**asked)


@pytest.mark.parametrize("content", [b"", b"<html/>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"\x00" * 50])
def test_other_answers_are_refused(content):
    with pytest.raises(FormatError, match="WMTSCapabilities"):
        wmts(CRS, "luft", "Luftbild", URL, "dop", "Amt", content)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "https://user:secret@maps.example/wms",
        "https://maps.example; script-src *",
        "https://maps.example'/wms",
        "//maps.example/wms",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_could_open_the_page_to_others_is_refused(url):
    with pytest.raises(FormatError, match="address"):
        wms(CRS, "luft", "Luftbild", url, "dop", "Amt")


def test_a_wms_is_asked_in_the_plane_of_the_tenant():
    service = wms(CRS, "luft", "Luftbild", "https://maps.example/wms", "dop", "Amt")
    assert service["crs"] == "EPSG:25832"
    assert origin(service) == "https://maps.example"
    with pytest.raises(FormatError, match="id of a service"):
        wms(CRS, "Luft Bild", "Luftbild", "https://maps.example/wms", "dop", "Amt")
