import { shallowRef } from "vue";
import type { Form } from "../api_corrections";
import { scene, selection } from "../state/twin";
import type { Action } from "./action";
import { submit } from "./correct";
import { stopMeasuring } from "./measure";
import { beginWith, endSketch, geometry, sketch } from "./sketch";

/** Whether the outline or place of the selected object is being drawn anew. */
export const redrawing = shallowRef(false);

/** Draw the outline, line or place of an object anew, beginning with what is there. */
export const redraw: Action<Form> = {
  label: "action.redraw",
  icon: "polygon",
  perform: ({ object, shapes, geometry: present, kind }) => {
    const shape = shapes.find((one) => one === present?.type) ?? shapes[0];
    if (!shape) return;
    stopMeasuring();
    redrawing.value = true;
    beginWith(shape, present);
    const built = shape === "Polygon" && (kind === "building" || kind === "building_part");
    sketch.height = built || kind === "tree" ? (selection.detail?.height ?? 0) : 0;
    sketch.width = 0;
    if (!built && kind !== "tree") return;
    // neither the object itself nor its marked edges stand in the way of what is drawn
    scene.value?.setHidden([selection.detail?.parent ?? object]);
    scene.value?.select(null);
  },
};

/** Put the pencil away and show the object as it is. */
export const leaveRedraw: Action = {
  label: "action.leaveRedraw",
  icon: "close",
  perform: () => {
    if (!redrawing.value) return;
    redrawing.value = false;
    scene.value?.setHidden([]);
    const { detail } = selection;
    if (detail) scene.value?.select(detail.parent ?? detail.id, detail.place);
    endSketch();
  },
};

export const keepRedrawn = ({ object, version }: Form, note: string) =>
  submit({ what: "replace", object, ifVersion: version, geometry: geometry(), note });
