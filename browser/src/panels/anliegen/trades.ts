/** Trades the shipped procedures order from, and what they are called. */
import { language, named } from "../../text";

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

const DAYS = ["mo", "di", "mi", "do", "fr", "sa", "so"];
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);

/** Hours as they are written down, "mo-do 07:30-16:00", with the days as the reader's language shortens them. */
export function hoursInWords(hours: string): string {
  const short = new Intl.DateTimeFormat(language.value, { weekday: "short", timeZone: "UTC" });
  const names = DAYS.map((_, k) => short.format(MONDAY + k * 86_400_000).replace(".", ""));
  return hours
    .replace(/\b(mo|di|mi|do|fr|sa|so)\b/gi, (day) => names[DAYS.indexOf(day.toLowerCase())]!)
    .replace(/(\p{L})-(\p{L})/gu, "$1–$2")
    .replace(/(\d)-(\d)/g, "$1–$2");
}
