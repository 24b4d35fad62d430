<?xml version="1.0" encoding="UTF-8"?>
<!-- Hand-made: what CityGML 3.0 writes differently; with a default namespace for buildings and odd prefixes. -->
<c:CityModel xmlns:c="http://www.opengis.net/citygml/3.0" xmlns="http://www.opengis.net/citygml/building/3.0"
    xmlns:q="http://www.opengis.net/citygml/construction/3.0" xmlns:gen="http://www.opengis.net/citygml/generics/3.0"
    xmlns:g="http://www.opengis.net/gml/3.2" xmlns:l="http://www.w3.org/1999/xlink" xmlns:x="urn:oasis:names:tc:ciq:xal:3">
  <c:cityObjectMember>
    <Building g:id="b3">
      <g:name>Rathaus</g:name>
      <c:creationDate>2021-03-04T00:00:00</c:creationDate>
      <c:externalReference><c:ExternalReference>
        <c:targetResource>DENW-3</c:targetResource>
        <c:informationSystem>alkis</c:informationSystem>
      </c:ExternalReference></c:externalReference>
      <c:boundary>
        <q:WallSurface g:id="w3">
          <q:fillingSurface>
            <q:DoorSurface g:id="door3">
              <c:lod3MultiSurface><g:MultiSurface><g:surfaceMember><g:Polygon><g:exterior><g:LinearRing>
                <g:posList>1 0 0 2 0 0 2 0 2 1 0 2 1 0 0</g:posList>
              </g:LinearRing></g:exterior></g:Polygon></g:surfaceMember></g:MultiSurface></c:lod3MultiSurface>
            </q:DoorSurface>
          </q:fillingSurface>
          <c:lod2MultiSurface><g:MultiSurface srsName="EPSG:25833"><g:surfaceMember>
            <g:Polygon g:id="p3"><g:exterior><g:LinearRing>
              <g:posList>0 0 0 9 0 0 9 0 3.25 0 0 3.25 0 0 0</g:posList>
            </g:LinearRing></g:exterior></g:Polygon>
          </g:surfaceMember></g:MultiSurface></c:lod2MultiSurface>
        </q:WallSurface>
      </c:boundary>
      <c:boundary>
        <c:ClosureSurface g:id="c3"><c:lod2MultiSurface><g:MultiSurface><g:surfaceMember l:href="#inline"/></g:MultiSurface></c:lod2MultiSurface></c:ClosureSurface>
      </c:boundary>
      <c:lod2Solid>
        <g:Solid><g:exterior><g:Shell>
          <g:surfaceMember l:href="#p3"/>
          <g:surfaceMember><g:Polygon g:id="inline"><g:exterior><g:LinearRing>
            <g:posList>0 0 0 0 5 0 0 5 3 0 0 0</g:posList>
          </g:LinearRing></g:exterior></g:Polygon></g:surfaceMember>
        </g:Shell></g:exterior></g:Solid>
      </c:lod2Solid>
      <c:genericAttribute><gen:StringAttribute><gen:name>owner</gen:name><gen:value>Stadt</gen:value></gen:StringAttribute></c:genericAttribute>
      <c:genericAttribute><gen:GenericAttributeSet><gen:name>use</gen:name>
        <gen:genericAttribute><gen:IntAttribute><gen:name>seats</gen:name><gen:value>48</gen:value></gen:IntAttribute></gen:genericAttribute>
      </gen:GenericAttributeSet></c:genericAttribute>
      <q:dateOfConstruction>1929-01-01</q:dateOfConstruction>
      <q:height><q:Height><q:highReference>highestRoofEdge</q:highReference><q:status>measured</q:status><q:value uom="m">11.5</q:value></q:Height></q:height>
      <storeysAboveGround>4</storeysAboveGround>
      <buildingConstructiveElement><BuildingConstructiveElement g:id="beam"/></buildingConstructiveElement>
      <buildingRoom><BuildingRoom/></buildingRoom>
      <buildingPart><BuildingPart g:id="part3"/></buildingPart>
      <address><c:Address><c:xalAddress><x:Address>
        <x:Country><x:NameElement>Deutschland</x:NameElement></x:Country>
        <x:Locality><x:NameElement>Schwäbisch Gmünd</x:NameElement></x:Locality>
        <x:Thoroughfare><x:NameElement>Marktplatz</x:NameElement><x:Number>1</x:Number></x:Thoroughfare>
        <x:PostCode><x:Identifier>73525</x:Identifier></x:PostCode>
      </x:Address></c:xalAddress></c:Address></address>
    </Building>
  </c:cityObjectMember>
</c:CityModel>
