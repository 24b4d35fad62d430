/** What the person who is signed in may do in the open twin. */
import { shallowRef, watch } from "vue";
import { get } from "../api";
import { address } from "./address";

const granted = shallowRef<Record<string, string[]>>({});

/** Ask once who is signed in; nobody may do more than look. */
async function ask(): Promise<void> {
  const session = await get<{ rights: Record<string, string[]> }>("/api/session").catch(() => null);
  granted.value = session?.rights ?? {};
}
watch(
  () => address.tenant,
  (tenant) => tenant && void ask(),
  { immediate: true },
);

export const may = (right: string) => granted.value[address.tenant]?.includes(right) ?? false;
