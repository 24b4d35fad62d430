/** The development plans as a layer of the view: whether it is shown, and what its colours mean. */
import { computed, shallowReactive } from "vue";
import type { Mark } from "../api_planning";
import { twin, visibleLayers } from "./twin";

/** How the layer is called among the visible ones; off until somebody wants it. */
export const PLAN_LAYER = "plans";

interface Entry {
  text: string;
  colour: string;
  hatched: boolean;
  outline?: "solid" | "dashed";
  /** Of what is a place. */
  mark?: Mark;
}

export const planLayer = shallowReactive<{
  /** What is drawn, as its legend names it. */
  entries: Entry[];
  /** Whether plans lie in the view; null while nobody knows. */
  here: boolean | null;
}>({ entries: [], here: null });

/** Whether the town has plans at all. */
export const hasPlans = computed(() => Boolean(twin.tenant?.counts.plan_area));
export const plansShown = computed(() => hasPlans.value && (visibleLayers.value as string[]).includes(PLAN_LAYER));
