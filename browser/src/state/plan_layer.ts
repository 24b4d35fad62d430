/** The development plans as a layer of the view: whether it is shown, and what its colours mean. */
import { computed, shallowReactive } from "vue";
import { twin, visibleLayers } from "./twin";

/** How the layer is called among the visible ones; off until somebody wants it. */
export const PLAN_LAYER = "plans";

export const planLayer = shallowReactive<{
  /** What is drawn, as its legend names it. */
  entries: { text: string; colour: string; hatched: boolean; outline?: "solid" | "dashed" }[];
  /** Whether plans lie in the view; null while nobody knows. */
  here: boolean | null;
}>({ entries: [], here: null });

/** Whether the town has plans at all. */
export const hasPlans = computed(() => Boolean(twin.tenant?.counts.plan_area));
export const plansShown = computed(() => hasPlans.value && (visibleLayers.value as string[]).includes(PLAN_LAYER));
