<?xml version="1.0" encoding="UTF-8"?>
<!-- Hand-made: one of everything the reader of CityGML 2.0 has to understand. -->
<CityModel xmlns="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
    xmlns:gen="http://www.opengis.net/citygml/generics/2.0" xmlns:app="http://www.opengis.net/citygml/appearance/2.0"
    xmlns:veg="http://www.opengis.net/citygml/vegetation/2.0" xmlns:brid="http://www.opengis.net/citygml/bridge/2.0"
    xmlns:tran="http://www.opengis.net/citygml/transportation/2.0" xmlns:gml="http://www.opengis.net/gml"
    xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0">
  <gml:name>One of everything</gml:name>
  <gml:boundedBy>
    <gml:Envelope srsName="EPSG:25832" srsDimension="3">
      <gml:lowerCorner>0 0 0</gml:lowerCorner><gml:upperCorner>100 100 20</gml:upperCorner>
    </gml:Envelope>
  </gml:boundedBy>
  <cityObjectMember>
    <bldg:Building gml:id="house">
      <gml:description>A house &amp; its parts</gml:description>
      <gml:name>Haus</gml:name>
      <gml:name>Zweitname</gml:name>
      <creationDate>2020-12-22</creationDate>
      <externalReference>
        <informationSystem>http://example.org/cadastre</informationSystem>
        <externalObject><name>DE-1</name></externalObject>
      </externalReference>
      <externalReference>
        <informationSystem>register</informationSystem>
        <externalObject><uri>urn:x:1</uri></externalObject>
      </externalReference>
      <gen:stringAttribute name="material"><gen:value>brick</gen:value></gen:stringAttribute>
      <gen:stringAttribute name="empty"><gen:value/></gen:stringAttribute>
      <gen:intAttribute name="flats"><gen:value>12</gen:value></gen:intAttribute>
      <gen:doubleAttribute name="area"><gen:value>1.5e2</gen:value></gen:doubleAttribute>
      <gen:dateAttribute name="built"><gen:value>1962-05-01</gen:value></gen:dateAttribute>
      <gen:uriAttribute name="site"><gen:value>https://example.org</gen:value></gen:uriAttribute>
      <gen:measureAttribute name="eaves"><gen:value uom="m">6.5</gen:value></gen:measureAttribute>
      <gen:intAttribute name="wrong"><gen:value>many</gen:value></gen:intAttribute>
      <gen:genericAttributeSet name="energy">
        <gen:doubleAttribute name="demand"><gen:value>88.5</gen:value></gen:doubleAttribute>
        <gen:stringAttribute name="class"><gen:value>C</gen:value></gen:stringAttribute>
      </gen:genericAttributeSet>
      <bldg:class>1000</bldg:class>
      <bldg:function>31001_1010</bldg:function>
      <bldg:function>31001_1020</bldg:function>
      <bldg:usage/>
      <bldg:yearOfConstruction>1962</bldg:yearOfConstruction>
      <bldg:roofType>1000</bldg:roofType>
      <bldg:measuredHeight uom="urn:adv:uom:m">6.0</bldg:measuredHeight>
      <bldg:storeysAboveGround>2</bldg:storeysAboveGround>
      <bldg:storeyHeightsAboveGround>3.0 3.0</bldg:storeyHeightsAboveGround>
      <bldg:lod0FootPrint>
        <gml:MultiSurface srsDimension="2"><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
          <gml:posList>0 0 10 0 10 10 0 10 0 0</gml:posList>
        </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>
      </bldg:lod0FootPrint>
      <bldg:lod1Solid>
        <gml:Solid gml:id="block"><gml:exterior><gml:CompositeSurface>
          <gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
            <gml:pos>0 0 0</gml:pos><gml:pos>0 10 0</gml:pos><gml:pos>10 10 0</gml:pos><gml:pos>10 0 0</gml:pos><gml:pos>0 0 0</gml:pos>
          </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
          <gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
            <gml:coordinates>0,0,6 10,0,6 10,10,6 0,10,6 0,0,6</gml:coordinates>
          </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
        </gml:CompositeSurface></gml:exterior>
        <gml:interior><gml:CompositeSurface>
          <gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
            <gml:posList>4 4 2 6 4 2 6 6 2 4 4 2</gml:posList>
          </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
        </gml:CompositeSurface></gml:interior></gml:Solid>
      </bldg:lod1Solid>
      <bldg:lod2Solid>
        <gml:Solid><gml:exterior><gml:CompositeSurface>
          <gml:surfaceMember xlink:href="#ground"/>
          <gml:surfaceMember xlink:href="#roof"/>
          <gml:surfaceMember>
            <gml:OrientableSurface orientation="-"><gml:baseSurface xlink:href="#party"/></gml:OrientableSurface>
          </gml:surfaceMember>
          <gml:surfaceMember xlink:href="#nowhere"/>
        </gml:CompositeSurface></gml:exterior></gml:Solid>
      </bldg:lod2Solid>
      <bldg:lod2TerrainIntersection>
        <gml:MultiCurve><gml:curveMember><gml:LineString>
          <gml:posList srsDimension="3">0 0 0.1 10 0 0.2 10 10 0.3</gml:posList>
        </gml:LineString></gml:curveMember></gml:MultiCurve>
      </bldg:lod2TerrainIntersection>
      <bldg:outerBuildingInstallation>
        <bldg:BuildingInstallation gml:id="chimney">
          <bldg:function>1010</bldg:function>
          <bldg:lod2Geometry><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
            <gml:posList>1 1 6 2 1 6 2 2 8 1 1 6</gml:posList>
          </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></bldg:lod2Geometry>
        </bldg:BuildingInstallation>
      </bldg:outerBuildingInstallation>
      <bldg:boundedBy>
        <bldg:GroundSurface gml:id="ground-surface">
          <creationDate>2020-12-22</creationDate>
          <bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>
            <gml:Polygon gml:id="ground"><gml:exterior><gml:LinearRing>
              <gml:posList>0 0 0 0 10 0 10 10 0 10 0 0 0 0 0</gml:posList>
            </gml:LinearRing></gml:exterior></gml:Polygon>
          </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>
        </bldg:GroundSurface>
      </bldg:boundedBy>
      <bldg:boundedBy>
        <bldg:RoofSurface gml:id="roof-surface">
          <bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>
            <gml:Polygon gml:id="roof"><gml:exterior><gml:LinearRing>
              <gml:posList>0 0 6 10 0 6 10 10 6 10 10 6 0 10 6 0 0 6</gml:posList>
            </gml:LinearRing></gml:exterior>
            <gml:interior><gml:LinearRing>
              <gml:posList>2 2 6 2 4 6 4 4 6 4 2 6 2 2 6</gml:posList>
            </gml:LinearRing></gml:interior>
            <gml:interior><gml:LinearRing>
              <gml:posList>8 8 6 8 8 6 8 8 6</gml:posList>
            </gml:LinearRing></gml:interior></gml:Polygon>
          </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>
        </bldg:RoofSurface>
      </bldg:boundedBy>
      <bldg:boundedBy>
        <bldg:WallSurface gml:id="wall-surface">
          <bldg:lod3MultiSurface><gml:MultiSurface>
            <gml:surfaceMember><gml:Polygon gml:id="wall"><gml:exterior><gml:LinearRing>
              <gml:posList>0 0 0 10 0 0 10 0 6 0 0 6</gml:posList>
            </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
            <gml:surfaceMember><gml:Polygon gml:id="broken"><gml:exterior><gml:LinearRing>
              <gml:posList>0 0 0 10 0 0 10 0 six 0 0 6</gml:posList>
            </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
            <gml:surfaceMember><gml:Polygon gml:id="needle"><gml:exterior><gml:LinearRing>
              <gml:posList>0 0 0 10 0 0 0 0 0</gml:posList>
            </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
          </gml:MultiSurface></bldg:lod3MultiSurface>
          <bldg:opening>
            <bldg:Window gml:id="window">
              <bldg:lod3MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
                <gml:posList>4 0 2 6 0 2 6 0 4 4 0 4 4 0 2</gml:posList>
              </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></bldg:lod3MultiSurface>
            </bldg:Window>
          </bldg:opening>
        </bldg:WallSurface>
      </bldg:boundedBy>
      <bldg:interiorRoom><bldg:Room gml:id="room"/></bldg:interiorRoom>
      <bldg:lod4MultiSurface><gml:MultiSurface/></bldg:lod4MultiSurface>
      <bldg:consistsOfBuildingPart>
        <bldg:BuildingPart gml:id="part">
          <bldg:measuredHeight>4</bldg:measuredHeight>
          <bldg:lod2MultiSurface><gml:MultiSurface>
            <gml:surfaceMember><gml:TriangulatedSurface><gml:trianglePatches><gml:Triangle><gml:exterior><gml:LinearRing>
              <gml:posList>20 0 0 22 0 0 22 2 0 20 0 0</gml:posList>
            </gml:LinearRing></gml:exterior></gml:Triangle></gml:trianglePatches></gml:TriangulatedSurface></gml:surfaceMember>
          </gml:MultiSurface></bldg:lod2MultiSurface>
          <bldg:boundedBy>
            <bldg:ClosureSurface>
              <bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>
                <gml:Polygon gml:id="party"><gml:exterior><gml:LinearRing>
                  <gml:posList>10 0 0 10 10 0 10 10 4 10 0 4 10 0 0</gml:posList>
                </gml:LinearRing></gml:exterior></gml:Polygon>
              </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>
            </bldg:ClosureSurface>
          </bldg:boundedBy>
          <bldg:consistsOfBuildingPart>
            <bldg:BuildingPart gml:id="part-of-part"/>
          </bldg:consistsOfBuildingPart>
        </bldg:BuildingPart>
      </bldg:consistsOfBuildingPart>
      <bldg:address>
        <Address gml:id="address-1">
          <xalAddress><xAL:AddressDetails><xAL:Country>
            <xAL:CountryName>Deutschland</xAL:CountryName>
            <xAL:Locality Type="Town">
              <xAL:LocalityName>Köln</xAL:LocalityName>
              <xAL:Thoroughfare Type="Street">
                <xAL:ThoroughfareNumber>16</xAL:ThoroughfareNumber>
                <xAL:ThoroughfareNumberSuffix>a</xAL:ThoroughfareNumberSuffix>
                <xAL:ThoroughfareName>Kasselberger Weg</xAL:ThoroughfareName>
              </xAL:Thoroughfare>
              <xAL:PostalCode><xAL:PostalCodeNumber>50769</xAL:PostalCodeNumber></xAL:PostalCode>
            </xAL:Locality>
          </xAL:Country></xAL:AddressDetails></xalAddress>
          <multiPoint><gml:MultiPoint><gml:pointMember><gml:Point><gml:pos>5 5 1</gml:pos></gml:Point></gml:pointMember></gml:MultiPoint></multiPoint>
        </Address>
      </bldg:address>
      <bldg:address>
        <Address><xalAddress><xAL:AddressDetails><xAL:Locality>
          <xAL:LocalityName>Köln</xAL:LocalityName>
          <xAL:Thoroughfare><xAL:ThoroughfareName>Hinterweg</xAL:ThoroughfareName></xAL:Thoroughfare>
        </xAL:Locality></xAL:AddressDetails></xalAddress></Address>
      </bldg:address>
    </bldg:Building>
  </cityObjectMember>
  <cityObjectMember>
    <bldg:Building gml:id="plain">
      <bldg:function>31001_2463</bldg:function>
      <bldg:measuredHeight>2.602</bldg:measuredHeight>
      <bldg:lod2Solid>
        <gml:Solid><gml:exterior><gml:CompositeSurface>
          <gml:surfaceMember xlink:href="#plain-roof"/>
          <gml:surfaceMember xlink:href="#plain-ground"/>
        </gml:CompositeSurface></gml:exterior></gml:Solid>
      </bldg:lod2Solid>
      <bldg:boundedBy><bldg:RoofSurface gml:id="plain-roof-surface"><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>
        <gml:Polygon gml:id="plain-roof"><gml:exterior><gml:LinearRing>
          <gml:posList srsDimension="3">356672.745 5655015.102 44.756 356676.978 5655019.211 44.756 356681.12 5655014.929 44.756 356672.745 5655015.102 44.756</gml:posList>
        </gml:LinearRing></gml:exterior></gml:Polygon>
      </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy>
      <bldg:boundedBy><bldg:GroundSurface><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>
        <gml:Polygon gml:id="plain-ground"><gml:exterior><gml:LinearRing>
          <gml:posList>356672.745 5655015.102 42.154 356681.12 5655014.929 42.154 356676.978 5655019.211 42.154 356672.745 5655015.102 42.154</gml:posList>
        </gml:LinearRing></gml:exterior></gml:Polygon>
      </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface></bldg:GroundSurface></bldg:boundedBy>
    </bldg:Building>
  </cityObjectMember>
  <cityObjectMember>
    <bldg:Building gml:id="plain"><bldg:measuredHeight>1</bldg:measuredHeight></bldg:Building>
  </cityObjectMember>
  <cityObjectMember>
    <bldg:Building><bldg:measuredHeight>3</bldg:measuredHeight></bldg:Building>
  </cityObjectMember>
  <cityObjectMember>
    <brid:Bridge gml:id="bridge">
      <brid:class>1000</brid:class>
      <brid:boundedBy><brid:RoofSurface><brid:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>
        <gml:posList>50 50 5 60 50 5 60 55 5 50 50 5</gml:posList>
      </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></brid:lod2MultiSurface></brid:RoofSurface></brid:boundedBy>
      <brid:consistsOfBridgePart><brid:BridgePart gml:id="bridge-part"/></brid:consistsOfBridgePart>
    </brid:Bridge>
  </cityObjectMember>
  <cityObjectMember>
    <veg:SolitaryVegetationObject gml:id="tree">
      <veg:species>Quercus robur</veg:species>
      <veg:height uom="m">12.5</veg:height>
      <veg:trunkDiameter uom="m">0.4</veg:trunkDiameter>
      <veg:crownDiameter uom="m">8</veg:crownDiameter>
      <veg:lod1ImplicitRepresentation><ImplicitGeometry>
        <referencePoint><gml:Point srsName="EPSG:25833"><gml:pos>70 70 1.5</gml:pos></gml:Point></referencePoint>
      </ImplicitGeometry></veg:lod1ImplicitRepresentation>
    </veg:SolitaryVegetationObject>
  </cityObjectMember>
  <cityObjectMember><tran:Road gml:id="road"><tran:function>highway</tran:function></tran:Road></cityObjectMember>
  <app:appearanceMember>
    <app:Appearance><app:surfaceDataMember><app:ParameterizedTexture gml:id="texture">
      <app:imageURI>missing/texture.jpg</app:imageURI>
      <app:target uri="#wall"><app:TexCoordList><app:textureCoordinates ring="#wall-0">0 0 1 0 1 1 0 0</app:textureCoordinates></app:TexCoordList></app:target>
    </app:ParameterizedTexture></app:surfaceDataMember></app:Appearance>
  </app:appearanceMember>
</CityModel>
