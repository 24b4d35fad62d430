import { shallowReactive } from "vue";
import { announce } from "../state/announce";
import type { Place } from "../api";
import { scene } from "../state/twin";
import { t } from "../text";
import { area, distance } from "../text/numbers";
import type { Action } from "./action";
import { sketch } from "./sketch";

export const measurement = shallowReactive<{ running: boolean; points: Place[]; length: number; area: number | null }>({
  running: false,
  points: [],
  length: 0,
  area: null,
});

function start(): void {
  Object.assign(measurement, { running: true, points: [], length: 0, area: null });
  scene.value?.measure((points: Place[], length: number, enclosed: number | null) => {
    Object.assign(measurement, { points, length, area: enclosed });
    if (points.length < 2) return;
    const size = enclosed !== null ? t("measure.announcedArea", { area: area(enclosed) }) : "";
    announce(`${t("measure.announced", { length: distance(length) })} ${size}`);
  });
}

/** Put the tool away, when it is in hand. */
export function stopMeasuring(): void {
  if (!measurement.running) return;
  measurement.running = false;
  scene.value?.measure(null);
}

/** Begin to measure, or put the tool away. */
export const measure: Action = {
  label: "action.measure",
  icon: "ruler",
  shortcut: "m",
  possible: () => scene.value !== null && !sketch.running,
  perform: () => {
    if (measurement.running) stopMeasuring();
    else start();
  },
};

/** Forget the points and begin anew. */
export const measureAnew: Action = {
  label: "action.measureAnew",
  icon: "undo",
  possible: () => measurement.running,
  perform: () => {
    scene.value?.measure(null);
    start();
  },
};
