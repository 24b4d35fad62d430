/** What a form asks for a process: its inputs as fields, and what it finds wrong with them. */
import { Problem } from "../../api";
import type { Choice, Input, ProcessDetail, Schema, Value } from "../../api_processes";

export interface Field {
  name: string;
  title: string;
  help: string;
  schema: Schema;
  choices: Choice[];
  kind: "choice" | "number" | "truth" | "text";
  unit: string;
  expert: boolean;
}

/** Inputs that have a part of the form of their own. */
const APART = ["area", "edits"];

function kindOf(schema: Schema, choices: Choice[]): Field["kind"] | null {
  if (choices.length) return "choice";
  if (schema.type === "number" || schema.type === "integer") return "number";
  if (schema.type === "boolean") return "truth";
  return schema.type === "string" ? "text" : null;
}

function fieldOf(name: string, { title, description, schema }: Input): Field | null {
  const choices = schema["x-choices"] ?? (schema.enum ?? []).map((value) => ({ value, title: String(value) }));
  const kind = kindOf(schema, choices);
  if (!kind) return null;
  const unit = unitText(schema["x-unit"] ?? "");
  return { name, title, help: description ?? "", schema, choices, kind, unit, expert: schema["x-expert"] === true };
}

/** The fields of a process, without those a form cannot ask for, such as lists. */
export const fieldsOf = (detail: ProcessDetail | null): Field[] =>
  Object.entries(detail?.inputs ?? {})
    .filter(([name]) => !APART.includes(name))
    .map(([name, input]) => fieldOf(name, input))
    .filter((field) => field !== null);

/** Whether a field is asked for, with what the others say now. */
export const isAsked = ({ schema }: Pick<Field, "schema">, valueOf: (name: string) => Value | undefined) =>
  Object.entries(schema["x-only-with"] ?? {}).every(([name, value]) => valueOf(name) === value);

/** A unit as people write it; in results they are written as in UCUM. */
export const unitText = (unit: string) =>
  unit === "1"
    ? ""
    : unit
        .replace(/([kM]W)\.h/, "$1h")
        .replaceAll(".", "·")
        .replace("m2", "m²")
        .replace("m3", "m³")
        .replace("EUR", "€")
        .replace("deg", "°");

/** Least and greatest value of a number field, as far as there are any. */
export const boundsOf = ({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema) => ({
  low: minimum ?? exclusiveMinimum ?? null,
  high: maximum ?? exclusiveMaximum ?? null,
});

/** Whether a number may stand in a field. */
export function fits({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, type }: Schema, value: number): boolean {
  if (minimum !== undefined && value < minimum) return false;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
  if (maximum !== undefined && value > maximum) return false;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return false;
  return type !== "integer" || Number.isInteger(value);
}

/** What the server finds wrong, by the field it names; under "" what belongs to none. */
export function faults(problem: Error | null, names: string[]): Record<string, string> {
  if (!(problem instanceof Problem)) return {};
  const found: Record<string, string> = {};
  const { errors } = problem.more;
  if (Array.isArray(errors) && errors.length) {
    for (const one of errors as { field?: string; detail?: string }[])
      add(found, nameIn(one.field ?? "", names), one.detail ?? "");
    return found;
  }
  for (const part of problem.detail.split(/;\s+(?=[\w.]+: )/)) {
    const [, field = "", text = part] = /^([\w.]+): (.*)$/s.exec(part) ?? [];
    const name = nameIn(field, names);
    add(found, name, name ? text : part);
  }
  return found;
}

/** The field a path such as `edits.0.basin.depth` leads to. */
const nameIn = (path: string, names: string[]) => names.find((name) => path.split(".")[0] === name) ?? "";

function add(found: Record<string, string>, name: string, text: string): void {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  found[name] = found[name] ? `${found[name]} ${sentence}` : sentence;
}

/** The values that are sent: those of the fields the form knows. */
export function inputsOf(fields: Field[], valueOf: (name: string) => Value | undefined): Record<string, Value> {
  const pairs = fields.map(({ name }) => [name, valueOf(name)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, Value] => pair[1] !== undefined));
}
