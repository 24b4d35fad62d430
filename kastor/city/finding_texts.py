"""Texts of the findings of an import: code -> language -> (what was met, what to do).

One entry per thing a reader or check can meet; ``{name}`` is filled from the finding's values.
"""

from __future__ import annotations

from kastor.city.finding_texts_plans import PLANS
from kastor.city.finding_texts_statistics import STATISTICS

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    **PLANS,
    **STATISTICS,
    "correction_kept": {
        "de": (
            "Von Hand berichtigt war: {kept}. Die neue Quelle sagt dazu nichts Neues.",
            "Die Berichtigung gilt weiter. Bitte der Quelle melden, damit sie dort ankommt.",
        ),
        "en": (
            "Corrected by hand: {kept}. The new source says nothing new about that.",
            "The correction still holds. Please tell the source so that it arrives there.",
        ),
    },
    "correction_overridden": {
        "de": (
            "Von Hand berichtigt war: {lost}. Die neue Quelle sagt etwas anderes.",
            "Es gilt die neue Quelle. Die Berichtigung (Fassung {version}) steht im Verlauf und lässt sich "
            "dort wiederherstellen.",
        ),
        "en": (
            "Corrected by hand: {lost}. The new source says something else.",
            "The new source holds. The correction (version {version}) stands in the history and can be restored there.",
        ),
    },
    "ended_by_hand": {
        "de": (
            "Das Objekt wurde von Hand beendet; die Quelle enthält es unverändert.",
            "Es bleibt beendet. Bitte der Quelle melden, oder im Verlauf wiederherstellen.",
        ),
        "en": (
            "The object was ended by hand; the source still has it unchanged.",
            "It stays ended. Please tell the source, or restore it in the history.",
        ),
    },
    "ended_by_hand_returns": {
        "de": (
            "Das Objekt wurde von Hand beendet; die Quelle bringt es mit neuem Inhalt.",
            "Es wurde wieder aufgenommen. Bitte vor Ort prüfen und, falls nötig, erneut beenden.",
        ),
        "en": (
            "The object was ended by hand; the source brings it with new content.",
            "It was taken in again. Please check on site and end it again where needed.",
        ),
    },
    "corrected_object_gone": {
        "de": (
            "Das Objekt war von Hand berichtigt; die neue Quelle enthält es nicht mehr.",
            "Es hat geendet. Falls es noch steht, im Verlauf wiederherstellen.",
        ),
        "en": (
            "The object had been corrected by hand; the new source does not have it any more.",
            "It has ended. If it still stands, restore it in the history.",
        ),
    },
    "ring_not_closed": {
        "de": ("Ein Umriss ist nicht geschlossen.", "Wurde geschlossen. Bitte in der Quelle prüfen."),
        "en": ("A ring is not closed.", "It was closed. Please check the source."),
    },
    "ring_too_short": {
        "de": (
            "Ein Umriss hat nur {vertices} verschiedene Punkte.",
            "Die Fläche wurde weggelassen. Bitte in der Quelle ergänzen.",
        ),
        "en": (
            "A ring has only {vertices} distinct vertices.",
            "The polygon was left out. Please complete the source.",
        ),
    },
    "polygon_not_planar": {
        "de": (
            "Eine Fläche ist nicht eben: {deviation:.2f} m Abweichung.",
            "Wurde unverändert übernommen. Bitte die Höhen in der Quelle prüfen.",
        ),
        "en": (
            "A polygon is not planar: it deviates by {deviation:.2f} m.",
            "Taken over as it is. Please check the heights.",
        ),
    },
    "polygon_without_area": {
        "de": (
            "Eine Fläche hat keinen Inhalt.",
            "Wurde übernommen, ist aber nicht zu sehen. Bitte in der Quelle löschen.",
        ),
        "en": ("A polygon has no area.", "Taken over but not visible. Please delete it in the source."),
    },
    "height_differs": {
        "de": (
            "Die angegebene Höhe {stated:.1f} m passt nicht zur Gestalt: {built:.1f} m.",
            "Beides wurde übernommen. Bitte die Höhe in der Quelle prüfen.",
        ),
        "en": (
            "The stated height of {stated:.1f} m does not fit the shape: {built:.1f} m.",
            "Both were taken over. Please check the height in the source.",
        ),
    },
    "storeys_do_not_fit": {
        "de": (
            "{storeys} Geschosse passen nicht zur Höhe: {per_storey:.1f} m Wand je Geschoss.",
            "Wurde unverändert übernommen. Bitte Höhe und Geschosszahl prüfen.",
        ),
        "en": (
            "{storeys} storeys do not fit the height: {per_storey:.1f} m of wall per storey.",
            "Taken over as it is. Please check height and number of storeys.",
        ),
    },
    "gathered_from_parts": {
        "de": (
            "Angaben stehen nur an den Gebäudeteilen: {attributes_de}.",
            "Wurden am Gebäude zusammengeführt. Es ist nichts zu tun.",
        ),
        "en": ("Stated on the building parts only: {attributes_en}.", "Gathered on the building. Nothing to do."),
    },
    "axes_swapped": {
        "de": (
            "Hochwert und Rechtswert (oder Breite und Länge) standen vertauscht für {crs}.",
            "Wurde richtig herum gelesen. Bitte die Lage prüfen.",
        ),
        "en": (
            "Northing and easting (or latitude and longitude) were in the other order for {crs}.",
            "They were read the right way round. Please check the place.",
        ),
    },
    "zone_prefix": {
        "de": (
            "Die Rechtswerte trugen die Zonenkennung {zone} anders, als {crs} es vorsieht.",
            "Wurde angepasst. Nichts zu tun.",
        ),
        "en": (
            "The eastings bore the zone prefix {zone} otherwise than {crs} has it.",
            "It was adapted. Nothing to do.",
        ),
    },
    "coordinates_outside": {
        "de": (
            "Ein Objekt hat eine Koordinate außerhalb des Gebiets von {crs}: {east:.2f}, {north:.2f}.",
            "Das Objekt wurde weggelassen. Bitte die Koordinaten in der Quelle prüfen.",
        ),
        "en": (
            "An object has a coordinate outside the area of {crs}: {east:.2f}, {north:.2f}.",
            "The object was left out. Please check the coordinates in the source.",
        ),
    },
    "height_system_older": {
        "de": (
            "Die Höhen sind im älteren System {system} angegeben; eine genaue Umrechnung gibt es frei nicht.",
            "Wurden als DHHN2016 übernommen; sie können bis zu {within:.1f} m abweichen.",
        ),
        "en": (
            "Heights are given in the older system {system}; there is no exact open conversion.",
            "They were taken over as DHHN2016 and may be off by up to {within:.1f} m.",
        ),
    },
    "height_system_missing": {
        "de": (
            "Die Datei nennt kein Höhensystem.",
            "Die Höhen wurden als {system} übernommen. Bitte beim Laden mit crs=... angeben, falls das nicht stimmt.",
        ),
        "en": (
            "The file names no height system.",
            "Heights were taken over as {system}. Name the system with crs=... when loading if that is wrong.",
        ),
    },
    "mislabelled": {
        "de": ("Die Datei {file} ist kein {suffix}, sondern {format}.", "Wurde als {format} gelesen. Nichts zu tun."),
        "en": ("The file {file} is not {suffix} but {format}.", "It was read as {format}. Nothing to do."),
    },
    "vertices_repeated": {
        "de": (
            "In Umrissen folgte {times}-mal derselbe Punkt auf sich selbst.",
            "Die Wiederholungen wurden entfernt. Nichts zu tun.",
        ),
        "en": (
            "In rings the same vertex followed itself {times} times.",
            "The repetitions were removed. Nothing to do.",
        ),
    },
    "hole_too_short": {
        "de": (
            "Eine Öffnung in einer Fläche hat nur {vertices} verschiedene Punkte.",
            "Die Öffnung wurde weggelassen, die Fläche übernommen.",
        ),
        "en": (
            "A hole in a polygon has only {vertices} distinct vertices.",
            "The hole was left out, the polygon taken over.",
        ),
    },
    "coordinates_broken": {
        "de": (
            "Die Koordinaten einer Fläche oder Linie ({polygon}) sind nicht lesbar: {problem}.",
            "Sie wurde weggelassen. Bitte in der Quelle berichtigen.",
        ),
        "en": (
            "The coordinates of a polygon or line ({polygon}) cannot be read: {problem}.",
            "It was left out. Please correct the source.",
        ),
    },
    "geometry_ignored": {
        "de": ("Geometrie der Art {name} wird nicht gelesen.", "Wurde weggelassen."),
        "en": ("Geometry of the kind {name} is not read.", "It was left out."),
    },
    "class_ignored": {
        "de": ("Objekte oder Angaben der Art {name} werden nicht geladen.", "Wurden gezählt und weggelassen."),
        "en": ("Objects or details of the kind {name} are not loaded.", "They were counted and left out."),
    },
    "surface_attributes_ignored": {
        "de": (
            "Einzelne Wand-, Dach- und andere Flächen tragen eigene Angaben (z. B. ein Erstellungsdatum).",
            "Nur die Angaben der Gebäude werden geladen.",
        ),
        "en": (
            "Single wall, roof and other surfaces carry details of their own (e.g. a creation date).",
            "Only the details of buildings are loaded.",
        ),
    },
    "id_repeated": {
        "de": (
            "Die Kennung kommt in der Datei mehrfach vor.",
            "Das weitere Objekt heißt jetzt {new}. Bitte in der Quelle eindeutig machen.",
        ),
        "en": (
            "The id occurs more than once in the file.",
            "The further object is now called {new}. Please make ids unique in the source.",
        ),
    },
    "id_missing": {
        "de": (
            "Ein Objekt hat keine Kennung.",
            "Es heißt jetzt {new}, abgeleitet aus seinem Inhalt. Bitte in der Quelle ergänzen.",
        ),
        "en": (
            "An object has no id.",
            "It is now called {new}, derived from its content. Please add ids in the source.",
        ),
    },
    "link_unresolved": {
        "de": (
            "Ein Verweis auf {target} führt nirgendwohin.",
            "Er wurde weggelassen. Bitte prüfen, ob die Fläche in der Quelle fehlt.",
        ),
        "en": (
            "A link to {target} leads nowhere.",
            "It was left out. Please check whether the surface is missing in the source.",
        ),
    },
    "bytes_not_utf8": {
        "de": (
            "Die Datei ist nicht durchgehend in der angegebenen Zeichenkodierung {encoding} geschrieben.",
            "Die abweichenden Zeichen wurden als Windows-1252 gelesen. Bitte Umlaute prüfen.",
        ),
        "en": (
            "The file is not wholly written in the encoding {encoding} it states.",
            "The other characters were read as Windows-1252. Please check umlauts.",
        ),
    },
    "crs_several": {
        "de": (
            "Die Datei nennt mehrere Bezugssysteme: {first} und {other}.",
            "Jedes Objekt wurde in dem System gelesen, das es selbst nennt. Bitte die Lage prüfen.",
        ),
        "en": (
            "The file names several reference systems: {first} and {other}.",
            "Each object was read in the system it names itself. Please check the place.",
        ),
    },
    "attribute_not_number": {
        "de": (
            "Die Angabe {attribute} ist keine Zahl: {value}.",
            "Wurde als Text übernommen. Bitte in der Quelle berichtigen.",
        ),
        "en": (
            "The detail {attribute} is not a number: {value}.",
            "It was taken over as text. Please correct the source.",
        ),
    },
    "attribute_repeated": {
        "de": ("Die Angabe {attribute} steht mehrfach am Objekt.", "Die weitere heißt jetzt {new}."),
        "en": ("The detail {attribute} is stated more than once.", "The further one is now called {new}."),
    },
    "member_ignored": {
        "de": (
            "Die Datei {file} im Archiv wurde nicht gelesen: {what}.",
            "Nichts zu tun, wenn sie keine Geodaten enthält.",
        ),
        "en": ("The file {file} in the archive was not read: {what}.", "Nothing to do unless it holds geodata."),
    },
    "dem_crs_missing": {
        "de": (
            "Die Höhendatei nennt kein Koordinatensystem.",
            "Es wurde das System des Mandanten angenommen. Sonst beim Laden mit crs=... angeben.",
        ),
        "en": (
            "The height file names no coordinate reference system.",
            "That of the tenant was assumed. Otherwise name it with crs=... when loading.",
        ),
    },
    "dem_crs_from_name": {
        "de": (
            "Die Höhendatei nennt kein Koordinatensystem.",
            "{crs} wurde aus dem Dateinamen gelesen. Bitte mit crs=... angeben, falls das nicht stimmt.",
        ),
        "en": (
            "The height file names no coordinate reference system.",
            "{crs} was read from the name of the file. Name it with crs=... if that is wrong.",
        ),
    },
    "dem_heights_assumed": {
        "de": (
            "Die Höhendatei nennt kein Höhensystem.",
            "DHHN2016 wurde angenommen. Bitte beim Laden mit crs=... angeben, falls das nicht stimmt.",
        ),
        "en": (
            "The height file names no height system.",
            "DHHN2016 was assumed. Name it with crs=... when loading if that is wrong.",
        ),
    },
    "dem_in_degrees": {
        "de": (
            "Die Höhen liegen in einem Gitter in Grad ({system}) und sind meist grob.",
            "Das Gitter wird umgerechnet, die Höhen bleiben unverändert. Für Berechnungen ein amtliches DGM laden.",
        ),
        "en": (
            "The heights lie on a grid in degrees ({system}) and are usually coarse.",
            "The grid is resampled, heights stay as they are. Load an official terrain model for computations.",
        ),
    },
    "dem_height_impossible": {
        "de": (
            "{number} Höhen in {file} kann es nicht geben.",
            "Die Zellen gelten als unbekannt. Bitte die Quelle prüfen.",
        ),
        "en": (
            "{number} heights in {file} are impossible.",
            "The cells count as unknown. Please check the source.",
        ),
    },
    "dem_points_gridded": {
        "de": (
            "Die {number} Höhenpunkte liegen nicht auf einem Gitter.",
            "Sie wurden zu Dreiecken verbunden und auf Zellen von {cell:g} m übertragen.",
        ),
        "en": (
            "The {number} height points do not lie on a grid.",
            "They were joined to triangles and transferred to cells of {cell:g} m.",
        ),
    },
    "osm_way_incomplete": {
        "de": (
            "Von {total} Punkten des Weges fehlen {missing}, meist am Rand des Ausschnitts.",
            "Nur die vorhandenen Stücke wurden übernommen. Für ganze Wege den Ausschnitt größer wählen.",
        ),
        "en": (
            "{missing} of the {total} points of the way are missing, usually at the edge of the extract.",
            "Only the pieces at hand were taken over. Choose a larger extract for whole ways.",
        ),
    },
    "osm_outline_open": {
        "de": (
            "Der Umriss einer Fläche ({kind}) ist nicht geschlossen.",
            "Die Fläche wurde weggelassen. Bitte den Weg in OpenStreetMap schließen oder den Ausschnitt größer wählen.",
        ),
        "en": (
            "The outline of an area ({kind}) is not closed.",
            "It was left out. Close the way in OpenStreetMap or choose a larger extract.",
        ),
    },
    "osm_outline_broken": {
        "de": (
            "Der Umriss einer Fläche schneidet sich selbst, oder Punkte fehlen.",
            "Die Fläche wurde weggelassen. Bitte den Weg in OpenStreetMap prüfen.",
        ),
        "en": (
            "The outline of an area crosses itself, or points are missing.",
            "It was left out. Please check the way in OpenStreetMap.",
        ),
    },
    "osm_relation_broken": {
        "de": (
            "Die Teile einer zusammengesetzten Fläche ({kind}) ergeben keinen geschlossenen Umriss.",
            "Sie wurde weggelassen. Bitte die Relation in OpenStreetMap prüfen oder den Ausschnitt größer wählen.",
        ),
        "en": (
            "The members of a composed area ({kind}) do not form a closed outline.",
            "It was left out. Check the relation in OpenStreetMap or choose a larger extract.",
        ),
    },
    "osm_part_alone": {
        "de": (
            "Ein Gebäudeteil liegt in keinem Gebäude.",
            "Wurde als eigenes Gebäude übernommen. Bitte den Umriss in OpenStreetMap ergänzen.",
        ),
        "en": (
            "A building part lies in no building.",
            "It was taken over as a building of its own. Please add the outline in OpenStreetMap.",
        ),
    },
    "osm_height_assumed": {
        "de": (
            "Von {number} Gebäuden ist die Höhe unbekannt; sie wurde nach Art und Größe angenommen.",
            "Für verlässliche Höhen ein amtliches Gebäudemodell (LoD2) laden.",
        ),
        "en": (
            "The height of {number} buildings is unknown; it was assumed from type and size.",
            "Load an official building model (LoD2) for reliable heights.",
        ),
    },
    "osm_class_ignored": {
        "de": ("{number} Objekte der Klasse {name} wurden nicht übernommen.", "Nichts zu tun."),
        "en": ("{number} objects of class {name} were not taken over.", "Nothing to do."),
    },
    "object_broken": {
        "de": (
            "Ein Objekt ist nicht lesbar: Es hat keine Objektart.",
            "Wurde weggelassen. Bitte die Datei neu ausgeben.",
        ),
        "en": ("An object cannot be read: it has no class.", "It was left out. Please export the file again."),
    },
    "terrain_derived": {
        "de": (
            "Das Gelände ist aus den Gebäuden abgeleitet und zwischen ihnen geschätzt.",
            "Bitte das Geländemodell des Landes laden. Für Fragen des Wasserabflusses ist es ungeeignet.",
        ),
        "en": (
            "The terrain is derived from the buildings and estimated between them.",
            "Please load the official terrain model. It is unfit for questions of water flow.",
        ),
    },
    "trees_found": {
        "de": (
            "{trees} Bäume wurden aus Oberfläche und Gelände berechnet.",
            "Ein Baumkataster ist genauer. Bitte laden, wenn es eines gibt.",
        ),
        "en": (
            "{trees} trees were computed from surface and ground heights.",
            "A tree cadastre is more exact. Please load it if there is one.",
        ),
    },
    "feature_without_place": {
        "de": ("Ein Objekt hat keine Geometrie.", "Wurde weggelassen. Bitte in der Quelle ergänzen."),
        "en": ("An object has no geometry.", "It was left out. Please complete the source."),
    },
    "feature_repeated": {
        "de": (
            "Dasselbe Objekt kommt mehrfach vor, etwa beiderseits einer Bezirksgrenze.",
            "Wurde einmal übernommen. Nichts zu tun.",
        ),
        "en": (
            "The same object occurs more than once, for example on both sides of a district border.",
            "It was taken over once. Nothing to do.",
        ),
    },
    "kind_unknown": {
        "de": (
            "Was die Objekte in {name} sind, geht aus der Datei nicht hervor.",
            "Sie wurden als sonstige Objekte geladen. Beim Laden lässt sich die Art angeben, z. B. kind=tree.",
        ),
        "en": (
            "The file does not tell what the objects in {name} are.",
            "They were loaded as other objects. Their kind can be named when loading, e.g. kind=tree.",
        ),
    },
    "row_without_place": {
        "de": (
            "Zeile {row} hat keine brauchbaren Koordinaten: {value}.",
            "Wurde weggelassen. Bitte in der Tabelle berichtigen.",
        ),
        "en": ("Row {row} has no usable coordinates: {value}.", "It was left out. Please correct the table."),
    },
    "row_too_long": {
        "de": (
            "Zeile {row} hat {cells} Werte, die Kopfzeile nennt {columns} Spalten.",
            "Überzählige Werte wurden weggelassen. Bitte die Tabelle prüfen.",
        ),
        "en": (
            "Row {row} has {cells} values, the header names {columns} columns.",
            "Surplus values were left out. Please check the table.",
        ),
    },
    "crs_guessed": {
        "de": (
            "Die Tabelle nennt kein Bezugssystem; die Koordinaten passen zu {crs}.",
            "Wurde so gelesen. Bitte die Lage prüfen oder beim Laden crs=... angeben.",
        ),
        "en": (
            "The table names no reference system; the coordinates fit {crs}.",
            "It was read that way. Please check the place, or name crs=... when loading.",
        ),
    },
    "tree_groups": {
        "de": (
            "Ein Eintrag ist kein einzelner Baum, sondern ein Bestand oder eine Gruppe.",
            "Wurde als Vegetation geladen und nicht als Baum gezählt.",
        ),
        "en": (
            "An entry is no single tree but a stand or group.",
            "It was loaded as vegetation and not counted as a tree.",
        ),
    },
    "terrain_crs_assumed": {
        "de": (
            "Das Gelände nennt kein Bezugssystem.",
            "Es wurde als {crs} gelesen. Bitte prüfen, ob es an der richtigen Stelle liegt.",
        ),
        "en": (
            "The terrain names no reference system.",
            "It was read as {crs}. Please check that it lies in its place.",
        ),
    },
    "terrain_heights_taken": {
        "de": (
            "Das Höhensystem des Geländes ({source}) ist ein anderes als das des Mandanten.",
            "Die Höhen wurden unverändert als {target} übernommen; sie können um Zentimeter bis Dezimeter abweichen.",
        ),
        "en": (
            "The height system of the terrain ({source}) is another than the tenant's.",
            "Heights were taken over unchanged as {target}; they may be off by centimetres to decimetres.",
        ),
    },
    "terrain_resampled": {
        "de": (
            "Das Gelände liegt im Bezugssystem {source}.",
            "Es wurde auf ein Raster von {cell:.1f} m umgerechnet. Ein Geländemodell im System der Stadt ist genauer.",
        ),
        "en": (
            "The terrain is in the reference system {source}.",
            "It was resampled to a grid of {cell:.1f} m. A terrain in the town's own system is more exact.",
        ),
    },
}
