import { shallowReactive } from "vue";
import type { Edit } from "../api_processes";
import type { Place } from "../api";
import { address, go } from "../state/address";
import type { Corner } from "../state/outline";
import { plan } from "../state/plan";
import type { Action } from "./action";
import { closeObject } from "./close_object";
import { inHand } from "./in_hand";
import { beginSketch, endSketch, sketch } from "./sketch";
import { stopMeasuring } from "./measure";

export type Measure = Edit["kind"];
export const MEASURES: Measure[] = ["basin", "levee", "add_building", "demolish"];

/** What the pointer does on the ground, beside moving the map. */
export type Asking = "spot" | "section";

export const planning = shallowReactive<{
  /** The measure that is being drawn; null when none is. */
  measure: Measure | null;
  /** Whether the area is being drawn. */
  area: boolean;
  /** The list whose next place is being drawn; empty when none is. */
  list: string;
  asking: Asking;
  /** Where the course over time is asked for. */
  spot: Corner | null;
  /** Ends of the section, the second still missing while one is set. */
  section: Corner[];
}>({ measure: null, area: false, list: "", asking: "spot", spot: null, section: [] });

/** Draw or name one more change of the city. */
export const beginMeasure: Action<Measure> = {
  label: "action.planMeasure",
  icon: "plus",
  perform: (measure) => {
    stopMeasuring();
    Object.assign(planning, { area: false, list: "", measure });
    inHand.value = leaveMeasure;
    if (measure === "demolish") endSketch();
    else beginSketch(measure === "levee" ? "LineString" : "Polygon");
  },
};

/** Put the pencil away without a change. */
export function leaveDrawing(): void {
  Object.assign(planning, { measure: null, area: false, list: "" });
  inHand.value = null;
  endSketch();
}

const leaveMeasure: Action = { label: "action.close", icon: "close", perform: leaveDrawing };

/** Draw the area by hand. */
export function beginArea(): void {
  stopMeasuring();
  Object.assign(planning, { measure: null, area: true, list: "" });
  inHand.value = leaveMeasure;
  beginSketch("Polygon", plan.area.corners);
  sketch.square = false;
}

/** Keep what is drawn as the area. */
export function keepArea(): void {
  plan.area = { ...plan.area, way: "corners", corners: [...sketch.corners] };
  leaveDrawing();
}

/** Draw the next place or line of a list. */
export function beginPlace(list: string, shape: "Point" | "LineString"): void {
  stopMeasuring();
  Object.assign(planning, { measure: null, area: false, list });
  inHand.value = leaveMeasure;
  beginSketch(shape);
  sketch.square = false;
}

export function addEdit(edit: Edit): void {
  plan.edits = [...plan.edits, edit];
  leaveDrawing();
}

export function removeEdit(index: number): void {
  plan.edits = plan.edits.toSpliced(index, 1);
}

/** Ask what happens at a place, or along the line between two. */
export const askGround: Action<Place> = {
  label: "action.askGround",
  icon: "pin",
  perform: async ([east, north]) => {
    if (address.object) await closeObject.perform();
    const corner: Corner = [east, north];
    if (planning.asking === "spot") Object.assign(planning, { spot: corner, section: [] });
    else
      Object.assign(planning, {
        spot: null,
        section: planning.section.length === 1 ? [...planning.section, corner] : [corner],
      });
  },
};

/** Close what stands open of the result or of the drawing, then the analysis. */
export const leaveAnalysis: Action = {
  label: "action.close",
  icon: "close",
  perform: () => {
    leaveDrawing();
    Object.assign(planning, { spot: null, section: [], asking: "spot" });
    go({ process: "", job: "", result: "", raster: "", time: "", object: "" });
  },
};
