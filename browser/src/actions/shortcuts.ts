/** The keys of the page: which action a pressed key performs. */
import { settings } from "../state/settings";
import type { Action } from "./action";
import { closeObject } from "./close_object";
import { dialog, openHelp, print, share, tourStep } from "./dialogs";
import { focusFilter, focusSearch } from "./focus_search";
import { lookNorth } from "./look_north";
import { measure, measurement } from "./measure";
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
  share,
  print,
  closeObject,
  openHelp,
];

const FIELDS =
  "input:not([type=range]):not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable=true]";

function actionFor(event: KeyboardEvent): Action | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  if (dialog.value !== null || tourStep.value !== null) return undefined;
  if ((event.target as Element | null)?.closest?.(FIELDS)) return undefined;
  if (event.key === "Escape") return measurement.running ? measure : closeObject;
  if (!settings.shortcuts) return undefined;
  return SHORTCUTS.find((action) => action.shortcut === event.key.toLowerCase());
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
