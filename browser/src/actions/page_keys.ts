/** What a page that is loaded later adds to keys and to pointing, while it stands open. */
import { shallowReactive } from "vue";
import type { Place } from "../api";
import type { Action } from "./action";

export type Pointed = { id: string; label: string; place: Place } | { ground: Place } | null;

export const pageKeys = shallowReactive<{
  /** Before the keys of every page. */
  actions: Action[];
  /** What Escape does, null for what it always does. */
  leave: (() => Action | null) | null;
  /** True when the page has done something with what was pointed at. */
  pick: ((hit: Pointed) => boolean) | null;
}>({ actions: [], leave: null, pick: null });

/** The key of an action, unless the open page has given it to another one. */
export function keyOf(action: Action<never>): string {
  const key = action.shortcut ?? "";
  const taken = pageKeys.actions.some((one) => one.shortcut === key && (one as unknown) !== action);
  return taken ? "" : key;
}
