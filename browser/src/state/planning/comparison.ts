/** Today and some variants side by side: which, and what is known of them. */
import { computed, shallowReactive, watch } from "vue";
import * as api from "../../api_planning";
import type { Comparison } from "../../api_planning";
import { address } from "../address";
import { may } from "../person";
import { loadVariants, variants } from "./variant";

/** Between two looks while something is being computed [ms]. */
const LOOK = 2500;
const MOST = 4;

export const comparison = shallowReactive<{
  found: Comparison | null;
  problem: Error | null;
  loading: boolean;
  /** Runs have been asked for and may not be over. */
  computing: boolean;
}>({ found: null, problem: null, loading: false, computing: false });

/** Variants that are compared, as the address names them; without that the last ones that change something. */
export const compared = computed(() => {
  const named = address.variants.split(",").filter(Boolean);
  if (named.length) return named;
  return (variants.list ?? []).filter(({ edits }) => edits > 0).slice(0, MOST).map(({ id }) => id); // prettier-ignore
});

let timer = 0;

export async function loadComparison(): Promise<void> {
  window.clearTimeout(timer);
  const { tenant } = address;
  const asked = compared.value.join(",");
  const { radius } = address;
  if (!asked) return void Object.assign(comparison, { found: null, problem: null });
  const isWanted = () => address.tenant === tenant && compared.value.join(",") === asked && address.radius === radius;
  comparison.loading = true;
  try {
    const found = await api.comparison(tenant, asked, radius);
    if (!isWanted()) return;
    const running = found.columns.some(({ badge }) => badge.state === "running");
    Object.assign(comparison, { found, problem: null, computing: running });
    if (running && address.page === "vergleichen") timer = window.setTimeout(() => void loadComparison(), LOOK);
  } catch (problem) {
    if (isWanted()) comparison.problem = problem as Error;
  } finally {
    if (isWanted()) comparison.loading = false;
  }
}

/** Compute what is missing or out of date. */
export async function computeMissing(): Promise<void> {
  comparison.computing = true;
  try {
    await api.runMissing(address.tenant, compared.value.join(","), address.radius);
    await loadComparison();
  } catch (problem) {
    Object.assign(comparison, { problem, computing: false });
  }
}

/** As long as the page stands open. */
export function followComparison(): void {
  watch(() => [address.tenant, may("plan")], loadVariants, { immediate: true });
  watch(
    () => [address.tenant, compared.value.join(","), address.radius],
    () => void loadComparison(),
    { immediate: true },
  );
}
