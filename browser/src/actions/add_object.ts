import { shallowReactive } from "vue";
import type { Kind } from "../api";
import * as api from "../api_corrections";
import type { Answer } from "../api_corrections";
import { address } from "../state/address";
import type { Corner } from "../state/outline";
import { may } from "../state/person";
import { refreshTwin, scene } from "../state/twin";
import type { Action } from "./action";
import { closeObject } from "./close_object";
import { stopMeasuring } from "./measure";
import { selectObject } from "./select_object";
import { beginSketch, endSketch, geometry, sketch } from "./sketch";

/** What can be added by hand and is seen in the scene at once. */
export const ADDABLE: Kind[] = ["building", "tree"];

interface Adding {
  open: boolean;
  kind: Kind;
  /** What was drawn when the panel was closed. */
  corners: Corner[];
  closed: boolean;
  values: Record<string, string>;
  note: string;
}

/** The object that is being added; what was drawn and typed stays when the panel is closed. */
export const adding = shallowReactive<Adding>({
  open: false,
  kind: "building",
  corners: [],
  closed: false,
  values: {},
  note: "",
});

const shapeOf = (kind: Kind) => (kind === "tree" ? "Point" : "Polygon");

export const addObject: Action = {
  label: "action.addObject",
  icon: "plus",
  shortcut: "a",
  possible: () => may("edit") && scene.value !== null && !adding.open && address.page !== "planen",
  perform: async () => {
    stopMeasuring();
    await closeObject.perform();
    adding.open = true;
    beginSketch(shapeOf(adding.kind), adding.corners);
    sketch.closed = adding.closed;
  },
};

/** Close the panel; what was drawn and typed is there when it opens again. */
export const leaveAdding: Action = {
  label: "action.close",
  icon: "close",
  perform: () => {
    Object.assign(adding, { open: false, corners: sketch.corners, closed: sketch.closed });
    endSketch();
  },
};

/** Begin anew with a kind of object. */
export function startKind(kind: Kind): void {
  Object.assign(adding, { kind, corners: [], closed: false, values: {} });
  beginSketch(shapeOf(kind));
}

/** Throw away what was drawn and typed. */
export function dropAdded(): void {
  endSketch();
  Object.assign(adding, { open: false, corners: [], closed: false, values: {}, note: "" });
}

/** Keep what is drawn as a new object; it is selected then, or waits for a second person. */
export async function keepAdded(dataset: string, attributes: Record<string, unknown>): Promise<Answer["state"]> {
  const { kind, note } = adding;
  const answer = await api.correct(address.tenant, {
    what: "add",
    kind,
    dataset,
    attributes,
    geometry: geometry(),
    note,
  });
  if (answer.state === "proposed") {
    dropAdded();
    return answer.state;
  }
  scene.value?.refresh(answer.layers ?? []);
  dropAdded();
  await selectObject.perform({ id: answer.object });
  await refreshTwin(address.tenant);
  return answer.state;
}
