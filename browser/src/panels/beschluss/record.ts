/** The decision that stands open: its text is saved behind the writer's back, each time on the revision before. */
import { shallowReactive } from "vue";
import * as api from "../../api_decisions";
import type { Decision, DecisionDocument, DecisionEntry } from "../../api_decisions";
import { address } from "../../state/address";

/** After the last key, until it is saved [ms]. */
const PAUSE = 500;

export const record = shallowReactive<{
  list: DecisionEntry[] | null;
  /** As the server knows it. */
  kept: Decision | null;
  /** As it stands on the page. */
  document: DecisionDocument | null;
  saving: "saved" | "saving" | "failed";
  problem: Error | null;
}>({ list: null, kept: null, document: null, saving: "saved", problem: null });

let timer = 0;
let last: Promise<void> = Promise.resolve();

function show(kept: Decision): void {
  Object.assign(record, { kept, document: kept.document, saving: "saved", problem: null });
}
async function doing(deed: () => Promise<void>): Promise<boolean> {
  try {
    await deed();
    return true;
  } catch (problem) {
    record.problem = problem as Error;
    return false;
  }
}

export const loadList = () =>
  doing(async () => {
    record.list = (await api.decisions(address.tenant)).decisions;
  });
export const open = (id: string) => {
  Object.assign(record, { kept: null, document: null, problem: null });
  return doing(async () => show(await api.decision(address.tenant, id)));
};

/** Change what a draft says; saved a moment later. */
export function say(change: Partial<DecisionDocument>): void {
  if (!record.document) return;
  record.document = { ...record.document, ...change };
  record.saving = "saving";
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void save(), PAUSE);
}

/** Save what is not saved yet, one after the other. */
export function save(): Promise<void> {
  window.clearTimeout(timer);
  last = last.then(async () => {
    const { kept, document } = record;
    if (!kept || !document || kept.document === document) return;
    const saved = await doing(async () => {
      const answer = await api.saveDecision(address.tenant, kept.id, kept.revision, document);
      // what was typed meanwhile is saved by the next turn
      record.kept = { ...answer, document };
      record.problem = null;
    });
    record.saving = saved ? "saved" : "failed";
  });
  return last;
}

export async function sign(): Promise<boolean> {
  await save();
  const { kept } = record;
  if (!kept || record.saving === "failed") return false;
  return doing(async () => show(await api.signDecision(address.tenant, kept.id, kept.revision)));
}
export const share = (state: Decision["state"]) =>
  doing(async () => show(await api.shareDecision(address.tenant, record.kept!.id, state)));
export const remove = () => doing(async () => api.removeDecision(address.tenant, record.kept!.id));
