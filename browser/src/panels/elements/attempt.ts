import { ref, type Ref } from "vue";
import { explain } from "./problem";

/** What a dialog does when it is sent off: whether that runs, in words why it failed, and the way to do it. */
export interface Attempt {
  busy: Ref<boolean>;
  wrong: Ref<string>;
  attempt(work: () => Promise<unknown>): Promise<void>;
}

/** Something a dialog sends off; what cannot be done changes nothing, and is said. */
export function useAttempt(): Attempt {
  const busy = ref(false);
  const wrong = ref("");
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    busy.value = true;
    wrong.value = "";
    try {
      await work();
    } catch (failed) {
      wrong.value = explain(failed as Error).text;
    } finally {
      busy.value = false;
    }
  }
  return { busy, wrong, attempt };
}
