/** Wall time in Germany (Europe/Berlin) to moments and back, whatever the reader's own clock says. */
export interface WallTime {
  /** ISO day, e.g. "2026-03-21". */
  day: string;
  /** Minutes since midnight. */
  minutes: number;
}

const PARTS = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Europe/Berlin",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** What clocks in Berlin show at a moment. */
export function wallTime(moment: Date): WallTime {
  const parts = Object.fromEntries(PARTS.formatToParts(moment).map((part) => [part.type, part.value]));
  return {
    day: `${parts.year}-${parts.month}-${parts.day}`,
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** The moment at which clocks in Berlin show this; an hour skipped in spring gives the hour after. */
export function momentOf({ day, minutes }: WallTime): Date {
  const asUtc = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  const shown = (utc: number) => {
    const wall = wallTime(new Date(utc));
    return Date.parse(`${wall.day}T00:00:00Z`) + wall.minutes * 60_000;
  };
  const first = asUtc - (shown(asUtc) - asUtc);
  return new Date(first - (shown(first) - asUtc));
}

/** "14:05". */
export function clock(minutes: number): string {
  const whole = Math.round(minutes);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

/** The wall time written in an address, e.g. "2026-03-21T14:00". */
export function readWallTime(text: string): WallTime | null {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)$/.exec(text);
  if (!match || Number.isNaN(Date.parse(match[1]!))) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return minutes < 1440 ? { day: match[1]!, minutes } : null;
}
