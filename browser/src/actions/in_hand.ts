/** The tool in hand that is loaded later than the keys are listened to: Escape puts it away first. */
import { shallowRef } from "vue";
import type { Action } from "./action";

/** How it is put away; null when nothing is in hand. */
export const inHand = shallowRef<Action | null>(null);
