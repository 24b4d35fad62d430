import { beforeAll, expect, test } from "vitest";
import type { Version } from "../../api_procedures";
import { speakOfTasks } from "../../text";
import { versionName } from "./version_name";

beforeAll(speakOfTasks);

const kept = [
  { version: "aa", state: "released", added: "2026-11-12T09:00:00Z" },
  { version: "bb", state: "shipped", added: "2026-11-01T09:00:00Z" },
] as Version[];

test("a version is called by its day, and one that comes with Kastor by that", () => {
  expect(versionName("aa", kept)).toMatch(/^Fassung vom 12\.11\.2026/);
  expect(versionName("bb", kept)).toBe("Mitgelieferte Fassung");
  expect(versionName("cc", kept)).toBe("Mitgelieferte Fassung");
});
