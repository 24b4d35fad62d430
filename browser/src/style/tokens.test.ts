// @vitest-environment node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";

const kern = readFileSync(
  createRequire(import.meta.url).resolve("@kern-ux/native/dist/kern.css"),
  "utf8",
).toLowerCase();
const tokens = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

/** Kastor's own: the ground behind the scene, and what KERN mixes at run time. */
const OWN = ["--ground", "--hover", "--accent-strong", "--accent-soft", "--accent-line"];

/** Values of a block, e.g. of `:root {`. */
function block(selector: string): Map<string, string> {
  const start = tokens.indexOf(`${selector} {`);
  const body = tokens.slice(start, tokens.indexOf("}", start));
  return new Map([...body.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

test("colours of words and states are those of KERN", () => {
  for (const [name, value] of block(":root")) {
    if (!OWN.includes(name)) expect(kern.includes(value), `${name}: ${value}`).toBe(true);
  }
});

test.each([
  ":root",
  ':root[data-theme="dark"]',
  ':root[data-contrast="more"]',
  ':root[data-contrast="more"][data-theme="dark"]',
])("text is readable on every surface of %s", (selector) => {
  const base = selector.includes("dark") ? ':root[data-theme="dark"]' : ":root";
  const values = new Map([...block(base), ...block(selector)]);
  const get = (name: string) => values.get(name)!;
  for (const surface of ["--surface", "--page", "--sunken", "--accent-soft"]) {
    expect(contrast(get("--text"), get(surface)), `text on ${surface}`).toBeGreaterThanOrEqual(7);
    expect(contrast(get("--muted"), get(surface)), `muted on ${surface}`).toBeGreaterThanOrEqual(4.5);
  }
  expect(contrast(get("--accent"), get("--surface"))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(get("--on-accent"), get("--accent"))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(get("--focus"), get("--surface"))).toBeGreaterThanOrEqual(3);
  for (const state of ["ok", "warn", "bad", "info"]) {
    expect(contrast(get(`--${state}`), get(`--${state}-soft`)), state).toBeGreaterThanOrEqual(3);
    expect(contrast(get("--text"), get(`--${state}-soft`)), state).toBeGreaterThanOrEqual(7);
  }
});
