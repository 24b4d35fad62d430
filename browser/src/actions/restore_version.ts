import { shallowRef } from "vue";
import { address } from "../state/address";
import { announce } from "../state/announce";
import { may } from "../state/person";
import { t } from "../text";
import type { Action } from "./action";
import { submit } from "./correct";

/** Whether the versions of the selected object stand open. */
export const comparing = shallowRef(false);

export const compareVersions: Action = {
  label: "action.compareVersions",
  icon: "document",
  possible: () => may("edit"),
  perform: () => {
    comparing.value = true;
  },
};

/** Bring an earlier version of the selected object back, as a new one. */
export const restoreVersion: Action<{ version: number; present: number; note: string }> = {
  label: "action.restoreVersion",
  icon: "undo",
  perform: async ({ version, present, note }) => {
    const state = await submit({ what: "restore", object: address.object, version, ifVersion: present, note });
    announce(t(state === "proposed" ? "correct.proposed" : "versions.restored"));
    comparing.value = false;
  },
};
