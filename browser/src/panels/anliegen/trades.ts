/** Trades the shipped procedures order from, and what they are called. */
import { named } from "../../text";

/** Who is told of emergencies. */
export const ON_CALL = "notdienst";

export const TRADES = [
  "sanitaer",
  "heizung",
  "elektro",
  "aufzug",
  "rauchmelder",
  "dach",
  "fenster_tuer",
  "feuchte",
  "innenausbau",
  "schliessanlage",
  "aussenanlage",
  "unklar",
  ON_CALL,
];

export const tradeName = (id: string) => named(`trade.${id}`, id);
