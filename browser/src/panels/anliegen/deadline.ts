/** How much time is left until a deadline, in words and as a colour. */
import { t } from "../../text";

const HOUR = 3_600_000;

/** Hours left; negative when it has passed. */
export const hoursLeft = (due: string, now = Date.now()) => (new Date(due).getTime() - now) / HOUR;

/** `bad` within an hour or too late, `warn` within eight, else nothing. */
export function hurry(due: string, now = Date.now()): "bad" | "warn" | "" {
  const hours = hoursLeft(due, now);
  return hours <= 1 ? "bad" : hours <= 8 ? "warn" : "";
}

/** Whether a class of urgency says that somebody must act at once. */
export const urgent = (urgency: string) => urgency === "K0" || urgency === "K1";

/** "noch 4 Std.", "3 Tage", "seit 2 Tagen fällig". */
export function left(due: string, now = Date.now()): string {
  const hours = hoursLeft(due, now);
  const size = Math.abs(hours);
  const days = Math.round(size / 24);
  if (hours < 0) return size < 24 ? t("desk.lateHours", { n: Math.ceil(size) }) : t("desk.lateDays", { n: days });
  if (size < 24) return t("desk.hoursLeft", { n: Math.max(1, Math.floor(size)) });
  return t(days === 1 ? "desk.oneDayLeft" : "desk.daysLeft", { n: days });
}
