/** Single objects corrected over the web interface: forms, corrections, versions, proposals. Lengths in metres. */
import { at, get, query, send, type Geometry, type Kind, type Place, type Words } from "./api";
import type { Named } from "./api_people";

export interface FormField {
  name: string;
  label: Words;
  type: "text" | "integer" | "number" | "date" | "choice" | "address";
  unit: string;
  low: number | null;
  high: number | null;
  choices: ({ code: string } & Words)[];
  value: unknown;
  /** Whether only its source says it, and not every object of the kind. */
  extra: boolean;
}

export type Shape = "Point" | "LineString" | "Polygon";

export interface Form {
  object: string;
  label: string;
  kind: Kind;
  dataset: string;
  version: number;
  fields: FormField[];
  /** What may be drawn for it. */
  shapes: Shape[];
  geometry: Geometry | null;
  /** Steps that can be taken back, and made again. */
  undo: number;
  redo: number;
  fourEyes: boolean;
}

export interface NewForm {
  kind: Kind;
  fields: FormField[];
  shapes: Shape[];
  /** Of a building whose height is not said. */
  storeyHeight: number;
  datasets: { id: string; title: string; fourEyes: boolean }[];
}

export type Deed = "add" | "edit" | "replace" | "end" | "restore" | "undo" | "redo";

export interface Wanted {
  what: Deed;
  object?: string;
  dataset?: string;
  kind?: Kind;
  attributes?: Record<string, unknown>;
  geometry?: { type: Shape; coordinates: unknown };
  shift?: [number, number];
  version?: number;
  /** The version that was read. */
  ifVersion?: number;
  on?: string;
  note: string;
}

export interface Answer {
  state: "done" | "proposed";
  object: string;
  /** Layers whose tiles are new; done only. */
  layers?: string[];
  version?: number;
}

/** One thing that would be other than it is; empty words for nothing. */
export interface Change {
  name: string;
  label: Words;
  before: Words;
  after: Words;
}

export interface Version {
  version: number;
  from: string;
  to: string;
  what: Words;
  present: boolean;
  /** What would change if it came back. */
  changes: Change[];
}

export interface Correction {
  revision: number;
  at: string;
  who: Named;
  note: string;
  what: Deed;
  object: string;
  label: string;
  kind: Kind;
  dataset: string;
  before: number | null;
  after: number | null;
}

export interface Proposal {
  number: number;
  state: "open" | "accepted" | "declined";
  at: string;
  who: Named;
  note: string;
  what: Deed;
  object: string;
  label: string;
  kind: Kind;
  place: Place | null;
  dataset: string;
  mine: boolean;
  /** The object has changed since. */
  overtaken: boolean;
  changes: Change[];
  decidedAt: string;
  decidedBy: Named;
  decisionNote: string;
}

/** Where a second person decides. */
export interface FourEyes {
  everywhere: boolean;
  datasets: string[];
}

export const form = (tenant: string, object: string) => get<Form>(`${at(tenant)}/form?${query({ object })}`);
export const newForm = (tenant: string, kind: Kind) => get<NewForm>(`${at(tenant)}/form?${query({ kind })}`);
export const correct = (tenant: string, wanted: Wanted) => send<Answer>("POST", `${at(tenant)}/corrections`, wanted);
export const versions = (tenant: string, object: string) =>
  get<{ object: string; label: string; version: number; items: Version[] }>(
    `${at(tenant)}/versions?${query({ object })}`,
  );
export const corrections = (tenant: string, before?: number) =>
  get<{ items: Correction[]; next: number | null }>(`${at(tenant)}/corrections?${query({ before, limit: 30 })}`);
export const proposals = (tenant: string, state: Proposal["state"] | "all") =>
  get<Proposal[]>(`${at(tenant)}/proposals?${query({ state })}`);
const proposal = (tenant: string, number: number) => `${at(tenant)}/proposals/${number}`;
export const accept = (tenant: string, number: number, note: string) =>
  send<Answer>("POST", `${proposal(tenant, number)}/accept`, { note });
export const decline = (tenant: string, number: number, note: string) =>
  send<object>("POST", `${proposal(tenant, number)}/decline`, { note });
export const fourEyes = (tenant: string) => get<FourEyes>(`${at(tenant)}/four-eyes`);
/** Make the rule for one dataset, or for all when it is not named; or end it. */
export const setFourEyes = (tenant: string, on: boolean, dataset?: string) =>
  send<FourEyes>("PUT", `${at(tenant)}/four-eyes${dataset ? `/${encodeURIComponent(dataset)}` : ""}`, { on });
