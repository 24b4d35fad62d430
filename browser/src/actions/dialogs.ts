import { ref } from "vue";
import { address, OVER_SCENE } from "../state/address";
import { settings } from "../state/settings";
import { scene } from "../state/twin";
import type { Action } from "./action";

export type DialogName = "help" | "settings" | "share" | "print";
/** The dialog that stands open; one at a time. */
export const dialog = ref<DialogName | null>(null);
/** Step of the guided tour, null when it is not running. */
export const tourStep = ref<number | null>(null);

const open = (name: DialogName) => () => {
  dialog.value = name;
};

export const openHelp: Action = { label: "action.help", icon: "help", shortcut: "?", perform: open("help") };
export const openSettings: Action = { label: "action.settings", icon: "settings", perform: open("settings") };

export const share: Action = {
  label: "action.share",
  icon: "share",
  shortcut: "s",
  possible: () => address.tenant !== "",
  perform: open("share"),
};

export const print: Action = {
  label: "action.print",
  icon: "print",
  shortcut: "p",
  possible: () => !OVER_SCENE.includes(address.page) || scene.value !== null,
  perform: () => {
    if (OVER_SCENE.includes(address.page)) dialog.value = "print";
    else window.print();
  },
};

export const startTour: Action = {
  label: "action.tour",
  icon: "tour",
  possible: () => address.tenant !== "",
  perform: () => {
    settings.welcomed = true;
    dialog.value = null;
    address.page = "ansehen";
    tourStep.value = 0;
  },
};
