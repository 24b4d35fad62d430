/** Procedures: read as a card, changed as a draft, tried on past cases, released by two people: types and calls. */
import { at, get, query, send, type Language, type Words } from "./api";
import type { Holder } from "./api_cases";

/** A text by language: `de`, `en` and, for requesters, `leicht`. */
export type Spoken = Record<string, string>;

export interface Version {
  version: string;
  added: string;
  note: string;
  state: "draft" | "signed" | "released" | "shipped";
  released: string;
  who: Holder;
  first: Holder;
  second: Holder;
}

export interface Listed {
  id: string;
  names: Spoken;
  purpose: Spoken;
  in_force: string;
  /** Whether people can ask for it. */
  offered: boolean;
  versions: Version[];
}

export interface Column {
  kind: "condition" | "result" | "note";
  label: string;
  expression: string;
}

export interface TableRule {
  id: string;
  /** As written, over all columns. */
  cells: string[];
  /** In words, over conditions and results; empty where nothing is asked. */
  words: string[];
  reason: string;
}

export interface Table {
  name: string;
  question: string;
  hit_policy: string;
  columns: Column[];
  rules: TableRule[];
}

export interface Question {
  slot: string;
  kind: string;
  unit: string;
  source: string;
  asked: boolean;
  required: boolean;
  title: Spoken;
  question: Spoken;
  /** What is added when the answer was not understood. */
  help: Spoken;
  choices: { id: string; names: Spoken }[];
  /** Names of the tables that read it. */
  read_by: string[];
}

export interface Finding {
  file: string;
  place: string;
  text: string;
}

/** Something in a table that is worth a look, and where. */
export interface Hint extends Finding {
  kind: "gap" | "overlap" | "unreachable" | "plain";
  table: string;
  rules: string[];
  /** Of a gap: conditions of the rule that would close it. */
  cells: string[];
}

export interface Checks {
  passed: boolean;
  problems: Finding[];
  hints: Hint[];
  wrong: { id: string; name: string; wrong: string[] }[];
  count: number;
}

export interface Card {
  id: string;
  version: string;
  in_force: string;
  names: Spoken;
  purpose: Spoken;
  law: "private" | "public";
  autonomy: "automatic" | "propose" | "human";
  four_eyes: boolean;
  decision: string;
  basis: { text: string; source: string }[];
  retention: { days: number; reason: string };
  outcomes: { id: string; names: Spoken; favourable: boolean | null; automatic: boolean; letter: string }[];
  deadlines: { id: string; names: Spoken; within: string; counted: string; reason: string }[];
  notes: string[];
  /** By which people begin such a request. */
  sentences: string[];
  /** Whether it is the tenant's own, which comes not with Kastor. */
  own: boolean;
  /** Whether people can ask for it. */
  offered: boolean;
  questions: Question[];
  tables: Table[];
  letters: { name: string; language: string; text: string }[];
  files: { "rules.dmn": string; "steps.bpmn": string };
  versions: Version[];
  checks: Checks;
}

/** A change; see the web interface for all kinds of `do`. */
export type Change = { do: string } & Record<string, unknown>;

export interface Side {
  outcome: string;
  recommendation: string;
  rule: string;
  reason: Spoken;
}

export interface CaseDifference {
  case: string;
  reference: string;
  opened: string;
  before: Side;
  after: Side;
}

export interface Checked extends Partial<Checks> {
  usable: boolean;
  problems: Finding[];
  hints: Hint[];
  cases: CaseDifference[];
  /** New worked cases and how they come out. */
  added?: { case: string; name: string; outcome: string; rule: string }[];
}

/** How many past cases end in an outcome, before and after. */
export interface Count {
  outcome: string;
  before: number;
  after: number;
}

/** A place two people changed; null where nothing is there. */
export interface Conflict {
  change: Change;
  before: string | null;
  theirs: string | null;
  mine: string | null;
}

export interface NewProcedure {
  id: string;
  template: "antrag" | "pruefung" | "meldung";
  names: Words;
  purpose: Words;
  law: "private" | "public";
  autonomy: "automatic" | "propose";
  place: "dwelling" | "building" | "parcel" | "point";
  basis: { text: string; source: string }[];
  retention: { days: number; reason: string };
  note: string;
}

export interface Effect {
  total: number;
  offset: number;
  looked: number;
  counts: Count[];
  differences: CaseDifference[];
  worked: CaseDifference[];
}

export interface Place {
  file: string;
  place: string;
  column: string;
  before: string;
  after: string;
}

const procedures = (tenant: string) => `${at(tenant)}/procedures`;
const one = (tenant: string, id: string) => `${procedures(tenant)}/${encodeURIComponent(id)}`;
const versionOf = (tenant: string, id: string, version: string) =>
  `${one(tenant, id)}/versions/${encodeURIComponent(version)}`;

export const all = (tenant: string) => get<{ procedures: Listed[] }>(procedures(tenant));
export const card = (tenant: string, id: string, version: string, language: Language) =>
  get<Card>(`${one(tenant, id)}?${query({ version, language })}`);
export const check = (tenant: string, id: string, base: string, changes: Change[], language: Language) =>
  send<Checked>("POST", `${one(tenant, id)}/check?${query({ language })}`, { base, changes });
/** Keeps changes as a draft; refused with 409 when somebody kept another version than `seen` since. */
export const keep = (tenant: string, id: string, base: string, changes: Change[], note: string, seen: string) =>
  send<Version>("POST", `${one(tenant, id)}/versions`, { base, changes, note, seen });
export const merge = (tenant: string, id: string, base: string, changes: Change[], theirs: string) =>
  send<{ fits: Change[]; conflicts: Conflict[] }>("POST", `${versionOf(tenant, id, theirs)}/merge`, { base, changes });
export const begin = (tenant: string, wanted: NewProcedure) => send<Version>("POST", procedures(tenant), wanted);
export const effect = (tenant: string, id: string, version: string, offset: number) =>
  get<Effect>(`${versionOf(tenant, id, version)}/effect?${query({ offset, limit: 100 })}`);
export const differences = (tenant: string, id: string, version: string) =>
  get<{ against: string; differences: Place[] }>(`${versionOf(tenant, id, version)}/differences`);
export const release = (tenant: string, id: string, version: string) =>
  send<Version>("POST", `${versionOf(tenant, id, version)}/release`);
export const offer = (tenant: string, id: string, offered: boolean, reason: string) =>
  send<{ offered: boolean }>("PUT", `${one(tenant, id)}/offered`, { offered, reason });
export const tryOut = (tenant: string, expression: string, tests: string, values: Record<string, unknown>) =>
  send<{ value: unknown }>("POST", `${procedures(tenant)}/feel`, { expression, tests, values });
