import { describe, expect, it } from "vitest";
import type { Card, Table } from "../../api_procedures";
import { field, read, told, write, type Condition } from "./cells";

describe("conditions of rules", () => {
  it.each([
    ["-", { kind: "any", values: [] }],
    ["", { kind: "any", values: [] }],
    ['"hund"', { kind: "is", values: ['"hund"'] }],
    ['"hund", "katze, klein", null', { kind: "is", values: ['"hund"', '"katze, klein"', "null"] }],
    ["false, null", { kind: "is", values: ["false", "null"] }],
    ["0", { kind: "is", values: ["0"] }],
    ['not("exot")', { kind: "not", values: ['"exot"'] }],
    [">= 2.5", { kind: ">=", values: ["2.5"] }],
    ["[1..3]", { kind: "between", values: ["1", "3"] }],
  ] as [string, Condition][])("reads %s", (cell, condition) => {
    expect(read(cell)).toEqual(condition);
    expect(read(write(condition))).toEqual(condition);
  });

  it.each([
    "> anzahl",
    "date(x)",
    '"a" and "b"',
    "<= eins (",
    "(1..3)",
    "not(> 2)",
    '"a",',
    ", 1",
    '"a" "b"',
    '"a\\"b"',
  ])("leaves %s as it is written", (cell) => expect(read(cell)).toBeNull());

  it("asks nothing while no answer and no number is given", () => {
    expect(write({ kind: "is", values: [] })).toBe("-");
    expect(write({ kind: ">=", values: [" "] })).toBe("-");
    expect(write({ kind: "between", values: ["4", ""] })).toBe("[4..4]");
  });
});

describe("what a column may be held against", () => {
  const names = (id: string) => ({ de: id.toUpperCase(), en: id });
  const question = {
    slot: "tier",
    kind: "string",
    unit: "",
    source: "",
    asked: true,
    required: true,
    title: names("t"),
    question: names("q"),
  };
  const card = {
    questions: [
      {
        ...question,
        choices: [
          { id: "hund", names: names("hund") },
          { id: "katze", names: names("katze") },
        ],
      },
      { ...question, slot: "anzahl", kind: "integer", unit: "m", choices: [] },
    ],
    outcomes: [{ id: "grant", names: names("erlaubt"), favourable: true, automatic: true, letter: "" }],
  } as unknown as Card;
  const table = {
    columns: [
      { kind: "condition", label: "Tier", expression: "tier" },
      { kind: "condition", label: "Anzahl", expression: "anzahl" },
      { kind: "condition", label: "Reicht", expression: "reicht" },
      { kind: "result", label: "Ausgang", expression: "ausgang" },
    ],
    rules: [{ cells: ['"hund"', "<= 2", "true", '"grant"'] }, { cells: ["-", "-", "-", '"weigh"'] }],
  } as unknown as Table;
  const of = (column: number) => field(card, table, column, "de", (cell) => `<${cell}>`);

  it("offers the choices of the question, and that it is not known", () => {
    expect(of(0).answers.map((one) => one.name)).toEqual(["HUND", "KATZE", "<null>"]);
  });
  it("compares numbers with their unit", () => {
    expect(of(1)).toEqual({ number: true, unit: "m", answers: [{ cell: "null", name: "<null>" }] });
  });
  it("sees yes and no in what other rules write", () => {
    expect(of(2).answers.map((one) => one.cell)).toEqual(["true", "false", "null"]);
  });
  it("names the outcomes of a result", () => {
    expect(of(3).answers).toEqual([
      { cell: '"grant"', name: "ERLAUBT" },
      { cell: '"weigh"', name: "weigh" },
    ]);
  });
  it("tells a cell in words", () => {
    const say = (cell: string, column: number) =>
      told(cell, of(column), (kind, values) => `${kind} ${values}`, { or: "oder", to: "bis" });
    expect(say('"hund", null', 0)).toBe("is HUND oder <null>");
    expect(say("<= 2", 1)).toBe("<= 2 m");
    expect(say("[1..3]", 1)).toBe("between 1 m bis 3 m");
    expect(say("date(x)", 1)).toBe("date(x)");
  });
});
