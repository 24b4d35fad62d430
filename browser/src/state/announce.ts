/** What is said aloud: one live region for the whole page. */
import { ref } from "vue";

export const announcement = ref("");

/** Say a sentence to people who listen to the page; the same sentence twice is said twice. */
export function announce(sentence: string): void {
  announcement.value = announcement.value === sentence ? `${sentence}\u00a0` : sentence;
}
