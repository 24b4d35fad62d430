<?xml version="1.0" encoding="UTF-8"?>
<!-- Made up for the tests of Kastor: a small plan with an arc two areas share; no town's plan. -->
<xplan:XPlanAuszug xmlns:xplan="http://www.xplanung.de/xplangml/6/0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink" gml:id="collection_1">
  <gml:featureMember>
    <xplan:BP_Plan gml:id="plan_1">
      <xplan:name>Wohnen am Wald (erfundenes Beispiel)</xplan:name>
      <xplan:nummer>12</xplan:nummer>
      <xplan:raeumlicherGeltungsbereich><gml:Polygon srsName="EPSG:25832" gml:id="geom_plan"><gml:exterior><gml:LinearRing><gml:posList>360540 5721560 360640 5721560 360640 5721640 360540 5721640 360540 5721560</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></xplan:raeumlicherGeltungsbereich>
      <xplan:texte xlink:href="#text_1"/>
      <xplan:gemeinde>
        <xplan:XP_Gemeinde>
          <xplan:ags>05562012</xplan:ags>
          <xplan:gemeindeName>Dorsten</xplan:gemeindeName>
          <xplan:ortsteilName>Am Wald</xplan:ortsteilName>
        </xplan:XP_Gemeinde>
      </xplan:gemeinde>
      <xplan:planArt>1000</xplan:planArt>
      <xplan:rechtsstand>4000</xplan:rechtsstand>
      <xplan:inkrafttretensDatum>2024-05-02</xplan:inkrafttretensDatum>
      <xplan:bereich xlink:href="#section_1"/>
    </xplan:BP_Plan>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_Bereich gml:id="section_1">
      <xplan:nummer>1</xplan:nummer>
      <xplan:name>Gesamtes Gebiet</xplan:name>
      <xplan:planinhalt xlink:href="#homes_1"/>
      <xplan:planinhalt xlink:href="#street_1"/>
      <xplan:planinhalt xlink:href="#green_1"/>
      <xplan:planinhalt xlink:href="#buildable_1"/>
      <xplan:planinhalt xlink:href="#limit_1"/>
      <xplan:planinhalt xlink:href="#tree_1"/>
      <xplan:praesentationsobjekt xlink:href="#sign_1"/>
      <xplan:gehoertZuPlan xlink:href="#plan_1"/>
    </xplan:BP_Bereich>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_BaugebietsTeilFlaeche gml:id="homes_1">
      <xplan:ebene>0</xplan:ebene>
      <xplan:hoehenangabe>
        <xplan:XP_Hoehenangabe>
          <xplan:hoehenbezug>2500</xplan:hoehenbezug>
          <xplan:bezugspunkt>6000</xplan:bezugspunkt>
          <xplan:hMax uom="m">10.5</xplan:hMax>
        </xplan:XP_Hoehenangabe>
      </xplan:hoehenangabe>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:refTextInhalt xlink:href="#text_1"/>
      <xplan:position><gml:Polygon srsName="EPSG:25832" gml:id="geom_homes"><gml:exterior><gml:Ring><gml:curveMember><gml:LineString srsName="EPSG:25832" gml:id="geom_s1"><gml:posList>360540 5721580 360600 5721580</gml:posList></gml:LineString></gml:curveMember><gml:curveMember><gml:Curve srsName="EPSG:25832" gml:id="geom_s2"><gml:segments><gml:Arc><gml:posList>360600 5721580 360610 5721610 360600 5721640</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember><gml:curveMember><gml:LineString srsName="EPSG:25832" gml:id="geom_s3"><gml:posList>360600 5721640 360540 5721640 360540 5721580</gml:posList></gml:LineString></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon></xplan:position>
      <xplan:flaechenschluss>true</xplan:flaechenschluss>
      <xplan:GFZ>1.2</xplan:GFZ>
      <xplan:GRZ>0.4</xplan:GRZ>
      <xplan:Z>3</xplan:Z>
      <xplan:allgArtDerBaulNutzung>1000</xplan:allgArtDerBaulNutzung>
      <xplan:besondereArtDerBaulNutzung>1200</xplan:besondereArtDerBaulNutzung>
      <xplan:bauweise>1000</xplan:bauweise>
    </xplan:BP_BaugebietsTeilFlaeche>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:SO_Strassenverkehr gml:id="street_1">
      <xplan:ebene>0</xplan:ebene>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:position><gml:Polygon srsName="EPSG:25832" gml:id="geom_street"><gml:exterior><gml:LinearRing><gml:posList>360540 5721560 360640 5721560 360640 5721580 360600 5721580 360540 5721580 360540 5721560</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></xplan:position>
      <xplan:flaechenschluss>true</xplan:flaechenschluss>
      <xplan:nutzungsform>2000</xplan:nutzungsform>
      <xplan:hatDarstellungMitBesondZweckbest>false</xplan:hatDarstellungMitBesondZweckbest>
    </xplan:SO_Strassenverkehr>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_GruenFlaeche gml:id="green_1">
      <xplan:ebene>0</xplan:ebene>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:position><gml:Polygon srsName="EPSG:25832" gml:id="geom_green"><gml:exterior><gml:Ring><gml:curveMember><gml:LineString srsName="EPSG:25832" gml:id="geom_s4"><gml:posList>360600 5721580 360640 5721580 360640 5721640 360600 5721640</gml:posList></gml:LineString></gml:curveMember><gml:curveMember><gml:Curve srsName="EPSG:25832" gml:id="geom_s5"><gml:segments><gml:Arc><gml:posList>360600 5721640 360610 5721610 360600 5721580</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon></xplan:position>
      <xplan:flaechenschluss>true</xplan:flaechenschluss>
      <xplan:zweckbestimmung>
        <xplan:BP_KomplexeZweckbestGruen>
          <xplan:allgemein>1600</xplan:allgemein>
          <xplan:textlicheErgaenzung>Spielplatz am Wald</xplan:textlicheErgaenzung>
        </xplan:BP_KomplexeZweckbestGruen>
      </xplan:zweckbestimmung>
      <xplan:nutzungsform>2000</xplan:nutzungsform>
    </xplan:BP_GruenFlaeche>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_UeberbaubareGrundstuecksFlaeche gml:id="buildable_1">
      <xplan:ebene>0</xplan:ebene>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:position><gml:Polygon srsName="EPSG:25832" gml:id="geom_buildable"><gml:exterior><gml:LinearRing><gml:posList>360545 5721585 360590 5721585 360590 5721630 360545 5721630 360545 5721585</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></xplan:position>
      <xplan:flaechenschluss>false</xplan:flaechenschluss>
      <xplan:baugrenze xlink:href="#limit_1"/>
    </xplan:BP_UeberbaubareGrundstuecksFlaeche>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_BauGrenze gml:id="limit_1">
      <xplan:ebene>0</xplan:ebene>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:position><gml:LineString srsName="EPSG:25832" gml:id="geom_limit"><gml:posList>360545 5721585 360590 5721585 360590 5721630 360545 5721630 360545 5721585</gml:posList></gml:LineString></xplan:position>
    </xplan:BP_BauGrenze>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:BP_AnpflanzungBindungErhaltung gml:id="tree_1">
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
      <xplan:position><gml:Point srsName="EPSG:25832" gml:id="geom_tree"><gml:pos>360620 5721620</gml:pos></gml:Point></xplan:position>
      <xplan:massnahme>2000</xplan:massnahme>
      <xplan:gegenstand>1000</xplan:gegenstand>
    </xplan:BP_AnpflanzungBindungErhaltung>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:XP_PPO gml:id="sign_1">
      <xplan:stylesheetId codeSpace="urn:kastor:demo">Spielplatz</xplan:stylesheetId>
      <xplan:art>zweckbestimmung</xplan:art>
      <xplan:gehoertZuBereich xlink:href="#section_1"/>
      <xplan:dientZurDarstellungVon xlink:href="#green_1"/>
      <xplan:position><gml:Point srsName="EPSG:25832" gml:id="geom_sign"><gml:pos>360625 5721600</gml:pos></gml:Point></xplan:position>
    </xplan:XP_PPO>
  </gml:featureMember>
  <gml:featureMember>
    <xplan:XP_TextAbschnitt gml:id="text_1">
      <xplan:schluessel>1.1</xplan:schluessel>
      <xplan:text>Im allgemeinen Wohngebiet sind Flachdächer zu begrünen.</xplan:text>
      <xplan:rechtscharakter>1000</xplan:rechtscharakter>
    </xplan:XP_TextAbschnitt>
  </gml:featureMember>
</xplan:XPlanAuszug>
