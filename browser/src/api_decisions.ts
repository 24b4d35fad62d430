/** Decisions on record, the table of prices, and what a committee is shown, over the web interface. */
import { answered, at, get, query, type Language, type Words } from "./api";
import { check, plans, sent, type VariantState } from "./api_planning";

export interface Option {
  /** Empty for the town as it is. */
  id: string;
  revision: number;
  chosen: boolean;
  note: string;
  /** Of a signed record. */
  name?: string;
  edits?: unknown[];
}
export interface PlanCheck {
  plan: string;
  variant: string;
  revision: number;
  kept: number;
  broken: number;
  unknown: number;
  note: string;
}
export interface Participation {
  title: string;
  period: string;
  contributions: number;
  summary: string;
}
export type Outcome = "accepted" | "declined" | "postponed" | "";

/** What a decision says; a draft names results, a signed record holds what they were. */
export interface DecisionDocument {
  title: string;
  subject: string;
  number: string;
  body: string;
  date: string | null;
  text: string;
  reasons: string;
  outcome: Outcome;
  variants: Option[];
  results: (string | SignedResult)[];
  plan_checks: PlanCheck[];
  participation: Participation[];
  roles: { role: string; part: string }[];
  votes: { yes: number; no: number; abstained: number } | null;
  signed?: string;
  signed_by?: string;
}
export interface SignedResult {
  id: string;
  process: { id: string; title: Words; version: string };
  made: string;
  variant: { id: string; name: string; revision: number } | null;
  stale: Words[];
}
export interface DecisionEntry {
  id: string;
  title: string;
  state: VariantState;
  revision: number;
  /** When it was signed; empty for a draft. */
  signed: string;
  hash: string;
  changed: string;
  body: string;
  date: string | null;
  outcome: Outcome;
}
export type Decision = DecisionEntry & { document: DecisionDocument };

const decisionAt = (tenant: string, id: string) => `${at(tenant)}/decisions/${encodeURIComponent(id)}`;

export const decisions = (tenant: string) => get<{ decisions: DecisionEntry[] }>(`${at(tenant)}/decisions`);
export const decision = (tenant: string, id: string) => get<Decision>(decisionAt(tenant, id));
export const saveDecision = (tenant: string, id: string, revision: number, document: DecisionDocument) =>
  sent<Decision>("PUT", decisionAt(tenant, id), document, revision);
export const signDecision = (tenant: string, id: string, revision: number) =>
  sent<Decision>("POST", `${decisionAt(tenant, id)}/sign`, undefined, revision);
export const shareDecision = (tenant: string, id: string, state: VariantState) =>
  sent<Decision>("PUT", `${decisionAt(tenant, id)}/state`, { state });
export const removeDecision = (tenant: string, id: string) => sent<undefined>("DELETE", decisionAt(tenant, id));
export const checkDecision = (tenant: string, id: string) =>
  get<{ signed: string; hash: string; faults: string[] }>(`${decisionAt(tenant, id)}/check`);
export const decisionFile = (tenant: string, id: string, kind: "pdf" | "json", language: Language) =>
  `${decisionAt(tenant, id)}/decision.${kind}${kind === "pdf" ? `?${query({ language })}` : ""}`;

/** What the check of variants against all plans says, in numbers; nothing where a variant lies in no plan. */
export async function planChecks(tenant: string, variants: { id: string; edits: unknown[]; revision: number }[]) {
  const rows = (await plans(tenant)).plans;
  const found: PlanCheck[] = [];
  for (const { id, edits, revision } of variants)
    for (const plan of rows) {
      const { verdicts } = await check(tenant, plan.id, edits as never, null);
      const count = (what: string) => verdicts.filter(({ verdict }) => verdict === what).length;
      const [kept, broken, unknown] = [count("kept"), count("broken"), count("unknown")];
      if (kept + broken + unknown)
        found.push({ plan: plan.name, variant: id, revision, kept, broken, unknown, note: "" });
    }
  return found;
}

/** Low, usual and high price of one unit [EUR]. */
export type Prices = [low: number, usual: number, high: number];
export interface Costs {
  items: { id: string; title: Words; unit: string; prices: Prices | null }[];
  /** Where the prices are from, as somebody said. */
  source: string;
}
export const costs = (tenant: string) => get<Costs>(`${at(tenant)}/costs`);
export const setCosts = (tenant: string, prices: Record<string, Prices>, source: string) =>
  sent<Costs>("PUT", `${at(tenant)}/costs`, { prices, source });

export interface Wanted {
  title: string;
  text: string;
  language: Language;
  views: { title: string; text: string; picture: string }[];
  variants: { id: string; revision?: number }[];
  results: string[];
  decision: string;
}
/** The folder for a committee, packed. */
export async function presentation(tenant: string, wanted: Wanted): Promise<Blob> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(wanted);
  return (await answered(await fetch(`${at(tenant)}/presentation`, { method: "POST", headers, body }))).blob();
}
