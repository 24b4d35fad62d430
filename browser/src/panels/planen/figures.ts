/** Numbers of a result in words: each with the rounding its unit can bear. */
import type { Indicator, ResultDocument } from "../../api_processes";
import { counted, t } from "../../text";
import { area, distance, number } from "../../text/numbers";
import { unitText } from "./form";

/** A depth: centimetres below half a metre, decimetres above. */
export const depth = (value: number) => (value < 0.095 ? `${number(value * 100)} cm` : `${number(value, 1)} m`);

/** A time since the beginning: minutes, hours and minutes from two hours on. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return t("plan.minutes", { n: number(minutes) });
  return t("plan.hours", { h: number(Math.floor(minutes / 60)), m: String(minutes % 60).padStart(2, "0") });
}

/** How long something still takes. */
export function remaining(seconds: number): string {
  if (seconds < 90) return counted("plan.secondsLeft", Math.max(1, Math.round(seconds)));
  return counted("plan.minutesLeft", Math.round(seconds / 60));
}

/** A value with its unit. */
export function valued(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return t("plan.unknown");
  if (unit === "m2") return area(value);
  if (unit === "m3") return `${number(value)} m³`;
  if (unit === "s") return duration(value);
  if (unit === "m" && Math.abs(value) < 10) return `${number(value, 2)} m`;
  if (unit === "m") return distance(value);
  const decimals = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1;
  const text = unitText(unit);
  if (text === "°") return `${number(value, decimals)}°`;
  return text ? `${number(value, decimals)} ${text}` : number(value, decimals);
}

/** The number of an indicator, null when it is not told. */
export const figure = (document: ResultDocument, id: string) =>
  document.indicators.find((one) => one.id === id)?.value ?? null;

export const rangeText = ({ low, high, unit }: Indicator) =>
  low === null || high === null ? "" : t("district.between", { low: valued(low, unit), high: valued(high, unit) });
