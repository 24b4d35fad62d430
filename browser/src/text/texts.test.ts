import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { speak, t } from ".";
import german from "./de.json";
import english from "./en.json";

const SOURCE = join(import.meta.dirname, "..");
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith(".test.ts"))
  .map((file) => readFileSync(join(SOURCE, file), "utf8"));
const source = files.join("\n");

/** Beginnings of keys that are put together at run time, e.g. "kind." of `kind.${row.kind}`. */
const stems = [...source.matchAll(/`([a-zA-Z]+\.)\$\{/g)].map((match) => match[1]!);
const isUsed = (key: string) => {
  const base = key.replace(/\.(one|other)$/, "");
  return source.includes(`"${base}"`) || source.includes(`'${base}'`) || stems.some((stem) => key.startsWith(stem));
};

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
  expect(Object.keys(german).filter((key) => !isUsed(key))).toEqual([]);
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
