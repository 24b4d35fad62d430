/** Which tool of planning is in hand, and what it holds: shown in the scene before it is kept. */
import { shallowReactive } from "vue";
import type { PlanEdit } from "../../api_planning";
import type { HandWishes } from "../../scene";
import { address, go, note } from "../../state/address";
import type { Corner } from "../../state/outline";
import { add, replace } from "../../state/planning/edits";
import { snapCorner, snapping } from "../../state/planning/guides";
import { chosen, editOf, mayEdit, variant } from "../../state/planning/variant";
import { scene } from "../../state/twin";
import type { Action } from "../action";
import { stopMeasuring } from "../measure";
import { beginSketch, complete, endSketch, sketch, wishes } from "../sketch";

/** Tools that put down, point at an object, or draw an area or a line. */
export type ToolName =
  | "building"
  | "tree"
  | "move"
  | "raise"
  | "demolish"
  | "street"
  | "surface"
  | "basin"
  | "ground"
  | "levee"
  | "wall"
  | "road"
  | "section";

export const editor = shallowReactive<{
  tool: ToolName | null;
  /** What would be put down, or stands in hand; takes the place of the edit with its id. */
  ghost: PlanEdit | null;
  /** Object of the town the tool was pointed at. */
  object: string;
  /** Line along which the town is cut open; fewer than two places for none. */
  section: Corner[];
  /** Whether the scene shows the town without the variant. */
  before: boolean;
}>({ tool: null, ghost: null, object: "", section: [], before: false });

/** Whether planning tools can be taken in hand. */
export const canPlan = () => mayEdit() && address.page === "planen" && !address.process;

/** Edits as the scene shows them, with what is in hand. */
export function shownEdits(): PlanEdit[] {
  const { ghost, before } = editor;
  if (before) return [];
  if (!ghost) return variant.edits;
  const others = variant.edits.filter(({ id }) => id !== ghost.id);
  return others.length < variant.edits.length
    ? variant.edits.map((edit) => (edit.id === ghost.id ? ghost : edit))
    : [...others, ghost];
}

const NOTHING: HandWishes = {
  aim: () => undefined,
  place: () => undefined,
  take: () => false,
  carry: () => undefined,
  letGo: () => undefined,
};

function begin(tool: ToolName): void {
  stopMeasuring();
  endSketch();
  if (address.edit || address.object) go({ edit: "", object: "" });
  Object.assign(editor, { tool, ghost: null, object: "", before: false });
}

/** Take a tool in hand that points. */
export function point(tool: ToolName, wanted: Partial<HandWishes>): void {
  begin(tool);
  scene.value?.hand({ ...NOTHING, ...wanted });
}

/** Take a tool in hand that draws. */
export function drawWith(tool: ToolName, shape: "Polygon" | "LineString"): void {
  begin(tool);
  scene.value?.hand(null);
  wishes.snap = snapCorner;
  beginSketch(shape);
  sketch.height = 0;
}

/** Put the tool away. */
export function leaveTool(): void {
  if (editor.tool && sketch.running) endSketch();
  scene.value?.hand(null);
  delete wishes.snap;
  snapping.hint = null;
  Object.assign(editor, { tool: null, ghost: null, object: "" });
}

/** Keep a new edit and open its panel. */
export function keep(edit: PlanEdit, stay = false): void {
  add(edit);
  if (!stay) leaveTool();
  note({ edit: edit.id ?? "", object: "" });
}

/** Keep what is drawn, when it is complete. */
export function keepDrawn(make: (corners: Corner[]) => PlanEdit): boolean {
  if (!complete()) return false;
  keep(make([...sketch.corners]));
  return true;
}

/** Keep what is in hand. */
export function keepGhost(): void {
  const { ghost } = editor;
  editor.ghost = null;
  if (!ghost) return;
  if (ghost.id && editOf(ghost.id)) replace(ghost);
  else add(ghost);
  note({ edit: ghost.id ?? "" });
}

/** Escape: the tool first, then the panel of an edit. */
export function leaving(): Action | null {
  if (editor.tool) return { label: "action.close", icon: "close", perform: leaveTool };
  if (chosen.value) return closeEdit;
  return editor.section.length ? closeSection : null;
}

export const closeSection: Action = {
  label: "action.close",
  icon: "close",
  perform: () => void (editor.section = []),
};

export const closeEdit: Action = {
  label: "action.close",
  icon: "close",
  perform: () => go({ edit: "" }),
};

/** Open the panel of an edit. */
export const chooseEdit: Action<string> = {
  label: "action.selectObject",
  icon: "pin",
  perform: (edit) => {
    leaveTool();
    go({ edit, object: "" });
  },
};
