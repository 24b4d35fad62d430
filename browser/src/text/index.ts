/** Every word a user sees comes from here: `t("key")` in the language the page speaks. */
import { ref, shallowRef } from "vue";
import type { Language, Words } from "../api";
import type german from "./de.json";
import type germanTasks from "./de_tasks.json";

export type TextKey = keyof typeof german | keyof typeof germanTasks;
type Texts = Record<TextKey, string>;
type Counted<Key> = Key extends `${infer Stem}.one` ? Stem : never;
/** Keys that exist as `key.one` and `key.other`. */
export type CountKey = Counted<TextKey>;

/** What the first view says; it waits for nothing else. */
const FIRST: Record<Language, () => Promise<{ default: Partial<Texts> }>> = {
  de: () => import("./de.json"),
  en: () => import("./en.json"),
};
/** What everything says that is opened later. */
const TASKS: Record<Language, () => Promise<{ default: Partial<Texts> }>> = {
  de: () => import("./de_tasks.json"),
  en: () => import("./en_tasks.json"),
};

const texts = shallowRef<Partial<Texts>>({});
export const language = ref<Language>("de");
let tasksToo = false;

/** Load the texts of a language and let the whole page speak it. */
export async function speak(wanted: Language): Promise<void> {
  const found = await Promise.all([FIRST[wanted](), tasksToo && TASKS[wanted]()]);
  texts.value = Object.assign({}, ...found.map((part) => part && part.default)) as Partial<Texts>;
  language.value = wanted;
  document.documentElement.lang = wanted;
}

/** From now on the page also speaks of what is opened later. */
export async function speakOfTasks(): Promise<void> {
  if (tasksToo) return;
  tasksToo = true;
  await speak(language.value);
}

/** The text of a key, with `{name}` replaced by the values. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const text = texts.value[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether there is a text of this name, for names that come from the server. */
export const has = (name: string): name is TextKey => name in texts.value;

/** The text of a name that comes from the server, or what is said where there is none. */
export const named = (name: string, otherwise: string) => (has(name) ? t(name) : otherwise);

/** The text for one or for many; `{n}` is the count written in the language's way. */
export function counted(key: CountKey, count: number, values: Record<string, string | number> = {}): string {
  const form = count === 1 ? "one" : "other";
  return t(`${key}.${form}` as TextKey, { n: count.toLocaleString(language.value), ...values });
}

/** The reader's language out of a text the server gave in both. */
export function word(words: Words | null | undefined): string {
  return words?.[language.value] || words?.de || "";
}
