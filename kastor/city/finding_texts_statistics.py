"""Texts of the findings about tables by district; see ``finding_texts.py``."""

from __future__ import annotations

STATISTICS: dict[str, dict[str, tuple[str, str]]] = {
    "statistic_row_without_area": {
        "de": (
            "„{value}“ ist in der Tabelle, aber kein Gebiet des Zwillings.",
            "Die Zahlen sind gespeichert und gehören noch zu keinem Gebiet. Bitte die Schreibweise prüfen, beim Laden "
            "eine andere Spalte für das Gebiet wählen, oder das fehlende Gebiet laden.",
        ),
        "en": (
            "“{value}” is in the table but no area of the twin.",
            "The numbers are stored and belong to no area yet. Please check the spelling, choose another column for "
            "the area when loading, or load the missing area.",
        ),
    },
    "statistic_row_total": {
        "de": (
            "„{value}“ ist wohl eine Summe über mehrere Gebiete.",
            "Die Zeile ist gespeichert und gehört zu keinem Gebiet. Nichts zu tun.",
        ),
        "en": (
            "“{value}” is likely a sum over several areas.",
            "The row is stored and belongs to no area. Nothing to do.",
        ),
    },
    "statistic_area_without_row": {
        "de": (
            "Zum Gebiet {area} steht nichts in der Tabelle.",
            "Es bleibt ohne Zahlen. Bitte prüfen, ob die Tabelle vollständig ist.",
        ),
        "en": (
            "The table says nothing about the area {area}.",
            "It stays without numbers. Please check whether the table is complete.",
        ),
    },
    "statistic_no_areas": {
        "de": (
            "Der Zwilling kennt noch keine Gebiete, zu denen die {rows} Namen der Tabelle gehören könnten.",
            "Die Zahlen sind gespeichert. Bitte die Stadtteile oder Bezirke als Flächen laden (kind=district); dann "
            "werden sie von selbst verbunden.",
        ),
        "en": (
            "The twin knows no areas yet to which the {rows} names of the table could belong.",
            "The numbers are stored. Please load the districts as areas (kind=district); they are joined by themselves "
            "then.",
        ),
    },
    "statistic_not_in_newer": {
        "de": (
            "„{value}“ hatte für {period} Zahlen und fehlt in der neuen Tabelle.",
            "Die bisherigen Zahlen gelten weiter. Bitte prüfen, ob die neue Tabelle vollständig ist.",
        ),
        "en": (
            "“{value}” had numbers for {period} and is missing in the new table.",
            "The numbers known so far still hold. Please check whether the new table is complete.",
        ),
    },
    "statistic_sign": {
        "de": (
            "Statt einer Zahl steht „{value}“ (Zellen: {cells}). In amtlichen Tabellen heißt das: unbekannt, geheim, "
            "nicht sicher genug oder nicht sinnvoll.",
            "Diese Zellen haben keine Zahl; das Zeichen wird angezeigt. Nichts zu tun.",
        ),
        "en": (
            "Instead of a number there is “{value}” (cells: {cells}). In official tables that means unknown, secret, "
            "not certain enough or not meaningful.",
            "These cells have no number; the sign is shown. Nothing to do.",
        ),
    },
    "statistic_nothing": {
        "de": (
            "Statt einer Zahl steht „{value}“ (Zellen: {cells}). In amtlichen Tabellen heißt das: genau nichts.",
            "Wurde als 0 gelesen. Bitte prüfen, ob die Tabelle es so meint.",
        ),
        "en": (
            "Instead of a number there is “{value}” (cells: {cells}). In official tables that means exactly nothing.",
            "It was read as 0. Please check whether the table means it so.",
        ),
    },
    "statistic_no_number": {
        "de": (
            "Zeile {row}, Spalte „{column}“: „{value}“ ist keine Zahl.",
            "Die Zelle hat keine Zahl; ihr Text wird angezeigt. Bitte in der Tabelle berichtigen.",
        ),
        "en": (
            "Row {row}, column “{column}”: “{value}” is no number.",
            "The cell has no number; its text is shown. Please correct the table.",
        ),
    },
    "statistic_row_repeated": {
        "de": (
            "Zeile {row}: „{value}“ kommt für {period} noch einmal vor.",
            "Es gilt die erste Zeile. Bitte in der Tabelle berichtigen.",
        ),
        "en": (
            "Row {row}: “{value}” occurs once more for {period}.",
            "The first row holds. Please correct the table.",
        ),
    },
    "statistic_row_incomplete": {
        "de": (
            "Zeile {row} sagt nicht, wozu sie gehört: „{what}“ ist leer oder nicht lesbar.",
            "Wurde weggelassen. Bitte in der Tabelle ergänzen.",
        ),
        "en": (
            "Row {row} does not say what it belongs to: “{what}” is empty or not readable.",
            "It was left out. Please complete the table.",
        ),
    },
    "statistic_note": {
        "de": (
            "Zeile {row} ist Überschrift oder Fußnote: „{value}“",
            "Wurde als Anmerkung zur Tabelle gespeichert. Nichts zu tun.",
        ),
        "en": (
            "Row {row} is a title or a footnote: “{value}”",
            "It was stored as a note on the table. Nothing to do.",
        ),
    },
    "statistic_column_left": {
        "de": (
            "Die Spalte „{column}“ enthält keine Zahlen zum Rechnen.",
            "Wurde weggelassen. Braucht es sie doch, beim Laden angeben, was sie sagt.",
        ),
        "en": (
            "The column “{column}” holds no numbers to count with.",
            "It was left out. If it is needed, say when loading what it holds.",
        ),
    },
    "statistic_sheet_left": {
        "de": (
            "Das Tabellenblatt „{name}“ enthält ebenfalls eine Tabelle; gelesen wurde „{read}“.",
            "Wurde weggelassen. Bitte einzeln laden, mit der Angabe sheet={name}.",
        ),
        "en": (
            "The sheet “{name}” holds a table as well; “{read}” was read.",
            "It was left out. Please load it on its own, naming sheet={name}.",
        ),
    },
}
