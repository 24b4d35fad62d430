import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { speak, speakOfTasks, t } from ".";
import deFirst from "./de.json";
import deTasks from "./de_tasks.json";
import enFirst from "./en.json";
import enTasks from "./en_tasks.json";

const german = { ...deFirst, ...deTasks };
const english = { ...enFirst, ...enTasks };

const SOURCE = join(import.meta.dirname, "..");
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith(".test.ts"))
  .map((file) => readFileSync(join(SOURCE, file), "utf8"));
const source = files.join("\n");

/** Whether a text of this key may be said by a source. */
function saysIn(source: string): (key: string) => boolean {
  // Beginnings of keys that are put together at run time, e.g. "kind." of `kind.${row.kind}`.
  const stems = [...source.matchAll(/`([a-zA-Z]+\.)\$\{/g)].map((match) => match[1]!);
  return (key) => {
    const base = key.replace(/\.(one|other)$/, "");
    return source.includes(`"${base}"`) || source.includes(`'${base}'`) || stems.some((stem) => key.startsWith(stem));
  };
}

/** All modules that come with some, not those they load later. */
function withImports(files: string[], found = new Set<string>()): Set<string> {
  for (const file of files.filter((one) => !found.has(one))) {
    found.add(file);
    const imports = readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type)[^;(]*?from "(\.[^"]+)";/gm);
    const beside = [...imports].map((match) => join(dirname(file), match[1]!));
    const paths = beside.map((path) =>
      [path, `${path}.ts`, join(path, "index.ts")].find((one) => /\.(ts|vue)$/.test(one) && existsSync(one)),
    );
    withImports(
      paths.filter((path) => path !== undefined),
      found,
    );
  }
  return found;
}

test("German and English have the same keys", () => {
  expect(Object.keys(english).sort()).toEqual(Object.keys(german).sort());
});

test("no text is empty, and both languages fill in the same values", () => {
  for (const [key, text] of Object.entries(german)) {
    const other = english[key as keyof typeof english];
    expect(text.trim(), key).not.toBe("");
    expect(other.trim(), key).not.toBe("");
    const names = (words: string) => [...words.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    expect(names(other), key).toEqual(names(text));
  }
});

test("every text is used somewhere", () => {
  const isUsed = saysIn(source);
  expect(Object.keys(german).filter((key) => !isUsed(key))).toEqual([]);
});

test("the first view has its texts at once, and waits for no others", () => {
  const pages = ["main.ts", "panels/ansehen/Ansehen.vue", "panels/start/Start.vue"].map((page) => join(SOURCE, page));
  const isSaid = saysIn([...withImports(pages)].map((file) => readFileSync(file, "utf8")).join("\n"));
  expect(Object.keys(deTasks).filter(isSaid), "belongs into de.json and en.json").toEqual([]);
  expect(
    Object.keys(deFirst).filter((key) => !isSaid(key)),
    "belongs into de_tasks.json and en_tasks.json",
  ).toEqual([]);
  expect(Object.keys(enFirst).sort()).toEqual(Object.keys(deFirst).sort());
});

test("what is opened later is spoken too, in every language", async () => {
  await speak("de");
  expect(t("plan.analysis")).toBe("plan.analysis");
  await speakOfTasks();
  expect(t("plan.analysis")).toBe(deTasks["plan.analysis"]);
  await speak("en");
  expect(t("plan.analysis")).toBe(enTasks["plan.analysis"]);
});

test("the German texts say Sie, never du", () => {
  const informal = /\b(du|dein|deine|deinen|dir|dich)\b/i;
  expect(Object.entries(german).filter(([, text]) => informal.test(text))).toEqual([]);
});

test("a text is filled in and follows the language", async () => {
  await speak("de");
  expect(t("list.rows", { from: 1, to: 12, n: 59 })).toBe("Zeile 1 bis 12 von 59");
  await speak("en");
  expect(t("list.rows", { from: 1, to: 12, n: 59 })).toBe("Row 1 to 12 of 59");
  expect(document.documentElement.lang).toBe("en");
});
