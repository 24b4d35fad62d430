import { expect, test } from "vitest";
import type { Card, Change, Question, Table } from "../../api_procedures";
import { idOf, questionsWith, tableWith, withChange, withoutChange } from "./drafted";

const question = (slot: string): Question => ({
  slot,
  kind: "boolean",
  unit: "",
  source: "requester",
  asked: true,
  required: false,
  title: { de: slot.toUpperCase() },
  question: { de: `${slot}?` },
  help: {},
  choices: [],
  read_by: [],
});
const TABLE: Table = {
  name: "t",
  question: "",
  hit_policy: "FIRST",
  columns: [
    { kind: "condition", label: "A", expression: "a" },
    { kind: "result", label: "R", expression: "r" },
    { kind: "note", label: "Begründung", expression: "" },
  ],
  rules: [{ id: "r1", cells: ["true", '"x"', "weil"], words: ["ja", "X"], reason: "weil" }],
};
const CARD = { questions: [question("a"), question("b")], tables: [TABLE] } as unknown as Card;
const NEW: Change = {
  do: "add_question",
  slot: "c",
  after: "a",
  kind: "yes_no",
  title: { de: "C" },
  question: { de: "c?" },
};
const COLUMN: Change = { do: "add_column", table: "t", expression: "c" };
const cell = (column: number, text: string): Change => ({ do: "cell", table: "t", rule: "r1", column, text });

test("questions come, go, move and are worded in the order of the changes", () => {
  const changes: Change[] = [
    NEW,
    { do: "question", slot: "c", language: "de", part: "help", text: "Hilfe" },
    { do: "move_question", slot: "b", position: 1 },
    { do: "remove_question", slot: "a" },
  ];
  const found = questionsWith(CARD, changes);
  expect(found.map((one) => one.slot)).toEqual(["b", "c"]);
  expect(found[1]?.help.de).toBe("Hilfe");
});

test("a new column stands behind the conditions and moves what is right of it", () => {
  const found = tableWith(TABLE, [cell(2, "darum"), COLUMN, cell(1, "false")], questionsWith(CARD, [NEW]));
  expect(found.columns.map((one) => one.label)).toEqual(["A", "C", "R", "Begründung"]);
  expect(found.rules[0]?.cells).toEqual(["true", "false", '"x"', "darum"]);
  expect(found.rules[0]?.reason).toBe("darum");
});

test("of changes to one place the last holds, but not across a shift of columns", () => {
  expect(withChange([cell(1, "a")], cell(1, "b"))).toEqual([cell(1, "b")]);
  expect(withChange([cell(1, "a"), COLUMN], cell(1, "b"))).toEqual([cell(1, "a"), COLUMN, cell(1, "b")]);
});

test("taking a column back takes its cells along and moves the others back", () => {
  const changes = [NEW, COLUMN, cell(1, "true"), cell(3, "neu")];
  expect(withoutChange(CARD, changes, COLUMN)).toEqual([NEW, cell(2, "neu")]);
  expect(withoutChange(CARD, changes, NEW)).toEqual([cell(2, "neu")]);
});

test.each([
  ["Zweiter Garagenschlüssel", [], "zweiter_garagenschluessel"],
  ["Größe", ["groesse"], "groesse_2"],
  ["1. Stock", [], "stock"],
  ["?", [], "xx"],
])("the id of %s is plain", (name, taken, id) => {
  expect(idOf(name, taken)).toBe(id);
});
