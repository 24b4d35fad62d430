/** The sun over the twin: which day and time the scene is lit for. */
import { computed } from "vue";
import { sunTimes } from "../../scene/sun";
import { address, note } from "../../state/address";
import { clock, readWallTime, wallTime, type WallTime } from "../../state/clock";
import { twin } from "../../state/twin";
import type { TextKey } from "../../text";

export const STEP = 5;
const MARGIN = 20;

/** Today as clocks in Germany show it. */
export const today = () => wallTime(new Date()).day;

/** Days people ask for: equal day and night, longest day, shortest day. */
export const PRESETS: { label: TextKey; day: string }[] = [
  { label: "sun.march", day: "03-21" },
  { label: "sun.june", day: "06-21" },
  { label: "sun.december", day: "12-21" },
];

export const sunAt = computed<WallTime>(
  () => readWallTime(address.sun) ?? { day: `${today().slice(0, 4)}-03-21`, minutes: 14 * 60 },
);

export function setSun(at: Partial<WallTime>): void {
  const { day, minutes } = { ...sunAt.value, ...at };
  note({ sun: `${day}T${clock(minutes)}` });
}

/** Minutes of sunrise, noon and sunset, and the ends of the slider. */
export const daylight = computed(() => {
  const frame = twin.tenant?.frame;
  const times = sunTimes(sunAt.value.day, frame?.latitude ?? 51, frame?.longitude ?? 10);
  const minutes = (moment: Date | null, otherwise: number) => (moment ? wallTime(moment).minutes : otherwise);
  const sunrise = minutes(times.sunrise, 0);
  const sunset = minutes(times.sunset, 1439);
  return {
    sunrise,
    noon: minutes(times.noon, 720),
    sunset,
    from: Math.max(0, Math.floor((sunrise - MARGIN) / STEP) * STEP),
    to: Math.min(1435, Math.ceil((sunset + MARGIN) / STEP) * STEP),
  };
});
