/** The keys of the page: which action a pressed key performs. */
import { settings } from "../state/settings";
import type { Action } from "./action";
import { adding, addObject, leaveAdding } from "./add_object";
import { closeObject } from "./close_object";
import { dialog, openHelp, print, share, tourStep } from "./dialogs";
import { focusFilter, focusSearch } from "./focus_search";
import { inHand } from "./in_hand";
import { lookNorth } from "./look_north";
import { measure, measurement } from "./measure";
import { pageKeys } from "./page_keys";
import { leaveRedraw, redrawing } from "./redraw";
import { showList } from "./show_list";
import { showScene } from "./show_scene";
import { zoomIn, zoomOut } from "./zoom";

/** In the order the help shows them. */
export const SHORTCUTS: Action[] = [
  focusSearch,
  showScene,
  showList,
  focusFilter,
  zoomIn,
  zoomOut,
  lookNorth,
  measure,
  addObject,
  share,
  print,
  closeObject,
  openHelp,
];

const FIELDS =
  "input:not([type=range]):not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable=true]";

/** What Escape puts away: the tool in hand first. */
function leaving(): Action {
  if (redrawing.value) return leaveRedraw;
  if (adding.open) return leaveAdding;
  if (inHand.value) return inHand.value;
  const own = pageKeys.leave?.();
  if (own) return own;
  return measurement.running ? measure : closeObject;
}

function actionFor(event: KeyboardEvent): Action | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  if (dialog.value !== null || tourStep.value !== null) return undefined;
  if ((event.target as Element | null)?.closest?.(FIELDS)) return undefined;
  if (event.key === "Escape") return leaving();
  if (!settings.shortcuts) return undefined;
  return [...pageKeys.actions, ...SHORTCUTS].find((action) => action.shortcut === event.key.toLowerCase());
}

/** Let single keys act, except while somebody types or a dialog is open. */
export function listenForKeys(): void {
  window.addEventListener("keydown", (event) => {
    const action = actionFor(event);
    if (!action || action.possible?.() === false) return;
    event.preventDefault();
    void action.perform();
  });
}
