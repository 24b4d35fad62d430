/**
 * Conditions of rules as people set them: asks nothing, is one of some answers, or compares a number.
 * What is not that simple stays FEEL as it was written.
 */
import type { Card, Table } from "../../api_procedures";

/** `any` asks nothing; `is` and `not` hold against answers; the rest compares a number. */
export const KINDS = ["any", "is", "not", ">=", "<=", ">", "<", "between"] as const;
export type Kind = (typeof KINDS)[number];

export interface Condition {
  kind: Kind;
  /** Answers as cells write them (`"hund"`, `true`, `null`, `2`), or one number, or two. */
  values: string[];
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const ANSWER = /^("[^"\\]*"|true|false|null|-?\d+(\.\d+)?)$/;
const COMPARED = /^(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)$/;
const BETWEEN = /^\[\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*\]$/;
const PARTS = /(?:"[^"]*"|[^,"])+/g;

export const isNumber = (text: string): boolean => NUMBER.test(text.trim());

/** The condition of a cell; null where it is not that simple. */
export function read(cell: string): Condition | null {
  const text = cell.trim();
  if (text === "" || text === "-") return { kind: "any", values: [] };
  const negated = /^not\((.*)\)$/.exec(text);
  const values = answers(negated ? (negated[1] as string) : text);
  if (values) return { kind: negated ? "not" : "is", values };
  const compared = COMPARED.exec(text);
  if (compared) return { kind: compared[1] as Kind, values: [compared[2] as string] };
  const between = BETWEEN.exec(text);
  return between ? { kind: "between", values: [between[1] as string, between[2] as string] } : null;
}

function answers(text: string): string[] | null {
  const parts = (text.match(PARTS) ?? []).map((one) => one.trim());
  const outside = text.replace(/"[^"]*"/g, "").split(",");
  return parts.length === outside.length && parts.every((one) => ANSWER.test(one)) ? parts : null;
}

/** The cell of a condition; an unfinished one (no answer, no number) asks nothing. */
export function write({ kind, values }: Condition): string {
  const given = values.filter((one) => one.trim() !== "");
  if (kind === "any" || given.length === 0) return "-";
  if (kind === "is") return given.join(", ");
  if (kind === "not") return `not(${given.join(", ")})`;
  if (kind === "between") return `[${given[0]}..${given[1] ?? given[0]}]`;
  return `${kind} ${given[0]}`;
}

export interface Answer {
  /** As a cell writes it. */
  cell: string;
  name: string;
}

/** What a column may be held against. */
export interface Field {
  answers: Answer[];
  /** Whether numbers are compared. */
  number: boolean;
  unit: string;
}

const QUOTED = /^"([^"]*)"$/;

/**
 * What a column asks: the choices of its question, and what other rules write in it.
 *
 * @param words of `true`, `false` and `null`
 */
export function field(
  card: Card,
  table: Table,
  column: number,
  language: string,
  words: (cell: string) => string,
): Field {
  const { expression, kind } = table.columns[column]!;
  const question = kind === "condition" ? card.questions.find((one) => one.slot === expression) : undefined;
  const cells = table.rules.map((rule) => (rule.cells[column] ?? "").trim());
  const conditions = cells.map((cell) => (kind === "condition" ? read(cell) : { kind: "is" as const, values: [cell] }));
  const used = conditions.flatMap((one) => (one && ["is", "not"].includes(one.kind) ? one.values : []));
  const compared = conditions.some((one) => one && (["<", ">", "<=", ">=", "between"] as Kind[]).includes(one.kind));
  const number = question
    ? ["integer", "number"].includes(question.kind)
    : compared || (used.length > 0 && used.every(isNumber));
  const outcomes =
    kind === "result" && table.name === card.decision ? card.outcomes.filter((one) => one.automatic) : [];
  const chosen = [...(question?.choices ?? []), ...outcomes].map((one) => `"${one.id}"`);
  const truth = question?.kind === "boolean" || used.some((one) => one === "true" || one === "false");
  const offered = number
    ? []
    : [...new Set([...chosen, ...(truth ? ["true", "false"] : []), ...used.filter((one) => ANSWER.test(one))])];
  const unknown = kind === "condition" && (offered.length > 0 || number);
  const all = unknown && !offered.includes("null") ? [...offered, "null"] : offered;
  return {
    number,
    unit: question?.unit ?? "",
    answers: all.map((cell) => ({ cell, name: nameOf(card, question, cell, language, words) })),
  };
}

function nameOf(
  card: Card,
  question: Card["questions"][number] | undefined,
  cell: string,
  language: string,
  words: (cell: string) => string,
): string {
  const id = QUOTED.exec(cell)?.[1];
  if (id === undefined) return isNumber(cell) ? cell : words(cell);
  const names =
    question?.choices.find((one) => one.id === id)?.names ?? card.outcomes.find((one) => one.id === id)?.names;
  return names?.[language] || names?.de || id;
}

/**
 * A cell as people read it: `höchstens 2`, `Hund oder Katze`; as it is written where it is not simple.
 *
 * @param said how a kind of condition is told, of its values in words
 */
export function told(
  cell: string,
  { answers: offered, unit }: Field,
  said: (kind: Kind, values: string) => string,
  joins: { or: string; to: string },
): string {
  const condition = read(cell);
  if (!condition) return cell;
  const names = condition.values.map((one) => {
    const name = offered.find((answer) => answer.cell === one)?.name ?? one.replace(QUOTED, "$1");
    return unit && isNumber(one) ? `${name} ${unit}` : name;
  });
  return said(condition.kind, names.join(condition.kind === "between" ? ` ${joins.to} ` : ` ${joins.or} `));
}
