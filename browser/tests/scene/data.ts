/** Reads the files the scene's tests are judged by. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const path = (name: string) => join(import.meta.dirname, "data", name);

export function rows(name: string): Record<string, string>[] {
  const [head = "", ...lines] = readFileSync(path(name), "utf8").trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((value, i) => [names[i], value])));
}

export function bytes(name: string): ArrayBuffer {
  const file = readFileSync(path(name));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}
