import { beforeEach, expect, test } from "vitest";
import { address } from "../state/address";
import { settings } from "../state/settings";
import { dialog } from "./dialogs";
import { listenForKeys, SHORTCUTS } from "./shortcuts";

listenForKeys();
const press = (key: string, target: EventTarget = window, more = {}) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));

beforeEach(() => {
  Object.assign(address, { tenant: "koeln", page: "ansehen", object: "" });
  settings.shortcuts = true;
  dialog.value = null;
});

test("no two actions share a key", () => {
  const keys = SHORTCUTS.map((action) => action.shortcut);
  expect(new Set(keys).size).toBe(keys.length);
});

test("L shows the list and D the scene", () => {
  press("l");
  expect(address.page).toBe("liste");
  press("d");
  expect(address.page).toBe("ansehen");
});

test("keys are letters again while somebody types, with Ctrl, in a dialog, and when switched off", () => {
  const field = document.body.appendChild(document.createElement("input"));
  press("l", field);
  press("l", window, { ctrlKey: true });
  dialog.value = "help";
  press("l");
  dialog.value = null;
  settings.shortcuts = false;
  press("l");
  expect(address.page).toBe("ansehen");
});

test("Escape puts the selected object away, even when single keys are off", () => {
  settings.shortcuts = false;
  address.object = "a";
  press("Escape");
  expect(address.object).toBe("");
});
