/** The desk: cases that wait for people, one case, and what is done to it: types and calls. */
import { at, get, query, send, type Language } from "./api";

/** Who has a case, from where the reader sits. */
export type Holder = "" | "me" | "other" | "away";

export interface Line {
  id: string;
  reference: string;
  title: string;
  place: string;
  status: string;
  wanted: string;
  urgency: string;
  /** What the procedure calls the class. */
  urgency_name: string;
  due: string | null;
  person: Holder;
  procedure: string;
  opened: string;
  /** Cases joined to it. */
  reports: number;
}

export interface Inbox {
  cases: Line[];
  /** Cases nobody has to look at. */
  running: number;
}

export interface CaseFact {
  slot: string;
  label: string;
  words: string;
  value: unknown;
  source: string;
  /** 0 to 1. */
  confidence: number;
  extractor: string;
}

export interface Said {
  id: string;
  sender: "me" | "colleague" | "person";
  at: string;
  kind: string;
  text: string;
  choices: { value: string; label: string }[];
  files: { hash: string; name: string; media_type: string }[];
}

export interface HistoryStep {
  kind: string;
  at: string;
  who: "requester" | "colleague" | "staff";
  mine: boolean;
  about: Record<string, unknown>;
}

export interface Rule {
  id: string;
  position: number;
  hit: boolean | null;
  applied: boolean;
  reason: string;
}

export interface OutcomeChoice {
  id: string;
  name: string;
  favourable: boolean | null;
  letter: string;
  by_person: boolean;
  needs_reason: boolean;
}

export interface CasePage {
  id: string;
  seq: number;
  reference: string;
  title: string;
  procedure: {
    id: string;
    name: string;
    version: string;
    law: "private" | "public";
    autonomy: string;
    four_eyes: boolean;
    basis: { text: string; source: string }[];
  } | null;
  status: string;
  wanted: string;
  person: Holder;
  urgency: string;
  urgency_name: string;
  due: string | null;
  opened: string;
  place: { object?: string; point?: [number, number] | null; address?: string };
  language: string;
  channels: string[];
  facts: CaseFact[];
  conversation: Said[];
  history: HistoryStep[];
  appointment: Record<string, unknown>;
  rating: { score?: number; text?: string };
  outcome: {
    id: string;
    name: string;
    automatic: boolean;
    interim: boolean;
    at: string;
    reason: string;
    reasons: string[];
  } | null;
  recommendation?: { outcome: string; name: string; favourable: boolean | null; reasons: string[] } | null;
  rules?: Rule[];
  outcomes?: OutcomeChoice[];
  /** Text by name of the letter. */
  drafts?: Record<string, string>;
  protected?: string[];
  signature?: { outcome: string; reason: string; at: string; mine: boolean } | null;
  similar?: { outcome: string; name: string; count: number }[];
}

export interface Figure {
  cases: number;
  decided: number;
  complete: number;
  questions: number;
  automatic: number | null;
  hours: number | null;
  overruled: number | null;
  judged: number;
  alarm: "" | "never" | "often";
  satisfaction: number | null;
  ratings: number;
  reopened: number;
  /** Mean of a decided case, estimated. [EUR] */
  cost: number | null;
  /** Decided cases that ran by themselves, with a craftsman ordered here, and others. */
  ways: Record<Way, number> | null;
}

export type Way = "automatic" | "coupled" | "person";

/** What work on a case is estimated at: an hour [EUR], minutes by way of working, and where they are from. */
export interface CasePrices extends Record<Way, number> {
  rate: number;
  source: string;
  day: string;
}

export interface Figures {
  since: string;
  until: string;
  fewest: number;
  hidden: number;
  all: Figure | null;
  procedures: Record<string, Figure>;
  prices: CasePrices | null;
}

/** A conversation the staff write down for somebody, both sides. */
export interface Taken {
  case: string;
  conversation: string;
  reference: string;
  status: string;
  entries: (Omit<Said, "sender"> & { from: Said["sender"]; ask: string })[];
}

/** What a person does to a case; `seq` is the state that was on the screen. */
export type Deed = { do: string; seq: number } & Record<string, unknown>;

const cases = (tenant: string) => `${at(tenant)}/cases`;

export const inbox = (tenant: string, language: Language, status: string[] = []) =>
  get<Inbox>(`${cases(tenant)}?${[query({ language }), ...status.map((one) => `status=${one}`)].join("&")}`);
export const caseOf = (tenant: string, id: string, language: Language) =>
  get<CasePage>(`${cases(tenant)}/${encodeURIComponent(id)}?${query({ language })}`);
export const takeDown = (
  tenant: string,
  entry: { key: string; conversation: string; text: string; answers: Record<string, string> },
) => send<Taken>("POST", cases(tenant), entry);
export const act = (tenant: string, id: string, deed: Deed, language: Language) =>
  send<CasePage>("POST", `${cases(tenant)}/${encodeURIComponent(id)}/deeds?${query({ language })}`, deed);
export const fileOf = (tenant: string, id: string, hash: string) =>
  `${cases(tenant)}/${encodeURIComponent(id)}/files/${encodeURIComponent(hash)}`;
export const figures = (tenant: string) => get<Figures>(`${cases(tenant)}/figures`);
/** First and last day somebody is away, YYYY-MM-DD. */
export interface Absence {
  begin: string;
  end: string;
}
export const absence = (tenant: string) => get<Absence | null>(`${cases(tenant)}/absence`);
/** One's own absence, or that of whoever has a case. */
export const putAbsence = (tenant: string, stated: Absence, id = "") =>
  send<Absence>("PUT", `${cases(tenant)}${id && `/${encodeURIComponent(id)}`}/absence`, stated);
export const endAbsence = (tenant: string) => send("DELETE", `${cases(tenant)}/absence`);
export const putCasePrices = (tenant: string, prices: CasePrices) =>
  send<CasePrices>("PUT", `${cases(tenant)}/figures/prices`, prices);
