/** Numbers, lengths and dates as people write them; the rounding matches what the data can say. */
import { language } from ".";

const locale = () => (language.value === "de" ? "de-DE" : "en-GB");

/** A number with so many decimals, or a dash for an unknown one. */
export function number(value: number | null | undefined, decimals = 0, useGrouping = true): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString(locale(), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping,
  });
}

/** The number somebody typed, with a comma or a point for decimals; null for anything else. */
export function parsed(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/** A height or width: decimetres. */
export const metres = (value: number | null | undefined) => (value === null ? "–" : `${number(value, 1)} m`);

/** A distance: decimetres when short, whole metres when long, kilometres when very long. */
export function distance(value: number): string {
  if (value >= 10_000) return `${number(value / 1000, 1)} km`;
  return `${number(value, value < 100 ? 1 : 0)} m`;
}

/** An area: square metres, hectares from one hectare on. */
export function area(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return value >= 10_000 ? `${number(value / 10_000, 1)} ha` : `${number(value)} m²`;
}

/** A day, e.g. 23.12.2020; what is no date stays as it is. */
export function day(iso: string): string {
  if (/^\d{4}$/.test(iso)) return iso;
  const date = new Date(iso.length === 10 ? `${iso}T12:00:00Z` : iso);
  if (!iso || Number.isNaN(date.getTime())) return iso || "–";
  const month = language.value === "de" ? "2-digit" : "short";
  return date.toLocaleDateString(locale(), { day: "2-digit", month, year: "numeric", timeZone: "Europe/Berlin" });
}

/** The moment a clock in Berlin shows a time, e.g. "2026-12-02T10:00", wherever the reader is. */
export function berlinMoment(local: string): Date {
  const guess = new Date(`${local}Z`);
  const shown = guess.toLocaleString("sv-SE", { timeZone: "Europe/Berlin" }).replace(" ", "T");
  return new Date(2 * guess.getTime() - new Date(`${shown}Z`).getTime());
}

/** A day and a time of day, e.g. 21.11.2026, 14:03 Uhr. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (!iso.includes("T") || Number.isNaN(date.getTime())) return day(iso);
  const time = date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" });
  return `${day(iso)}, ${time}${language.value === "de" ? " Uhr" : ""}`;
}
