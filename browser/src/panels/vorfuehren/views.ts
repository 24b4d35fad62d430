/** Views of the town that are kept to be shown: where the camera stands, what is said to it; on this device. */
import { ref, watch } from "vue";
import type { View } from "../../api";
import { address } from "../../state/address";

export interface Kept {
  title: string;
  text: string;
  view: View;
  /** Variant that is shown; empty for the town as it is. */
  variant: string;
  sun: string;
}
const keyOf = (tenant: string) => `kastor.views.${tenant}`;

function read(tenant: string): Kept[] {
  try {
    const found: unknown = JSON.parse(window.localStorage.getItem(keyOf(tenant)) ?? "[]");
    return Array.isArray(found) ? (found as Kept[]) : [];
  } catch {
    return [];
  }
}

export const views = ref<Kept[]>([]);
watch(
  () => address.tenant,
  (tenant) => (views.value = read(tenant)),
  { immediate: true },
);
export function keep(list: Kept[]): void {
  views.value = list;
  window.localStorage.setItem(keyOf(address.tenant), JSON.stringify(list));
}
