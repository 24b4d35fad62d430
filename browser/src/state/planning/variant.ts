/** The variant that is open: its edits as they stand on the page, saved behind the reader's back, and its history. */
import { computed, shallowReactive, watch } from "vue";
import { Problem } from "../../api";
import * as api from "../../api_planning";
import type { PlanEdit, Variant, VariantRow, VariantState } from "../../api_planning";
import { t } from "../../text";
import { address, go, note } from "../address";
import { announce } from "../announce";
import { may } from "../person";

/** After a save that failed because nobody answered [ms]. */
const AGAIN = 4000;

/** How the edits of the page and those of the server stand to each other. */
export type Saving = "saved" | "saving" | "waiting" | "clash" | "refused";

export const variants = shallowReactive<{ list: VariantRow[] | null; problem: Error | null }>({
  list: null,
  problem: null,
});

export const variant = shallowReactive<{
  /** As the server knows it; null for the town as it is. */
  document: Variant | null;
  /** As the page shows it: changes stand here before they are saved. */
  edits: PlanEdit[];
  saving: Saving;
  problem: Error | null;
  /** What another person has saved meanwhile where both changed the same. */
  theirs: Variant | null;
  loading: boolean;
}>({ document: null, edits: [], saving: "saved", problem: null, theirs: null, loading: false });

/** Whether what stands on the page is what the server has. */
export const settled = computed(() => variant.document !== null && variant.edits === variant.document.edits);

export const editOf = (id: string): PlanEdit | undefined => variant.edits.find((edit) => edit.id === id);
/** The edit whose panel stands open. */
export const chosen = computed(() => (address.edit ? editOf(address.edit) : undefined));

export async function loadVariants(): Promise<void> {
  const { tenant } = address;
  variants.problem = null;
  try {
    const found = await api.variants(tenant);
    if (address.tenant === tenant) variants.list = found.variants;
  } catch (problem) {
    variants.problem = problem as Error;
  }
}

function show(document: Variant): void {
  Object.assign(variant, { document, edits: document.edits, saving: "saved", problem: null, theirs: null });
}

/** Load the variant of the address; an answer that comes too late is dropped. */
export async function loadVariant(): Promise<void> {
  const { tenant, variant: id } = address;
  if (!id) {
    Object.assign(variant, { document: null, edits: [], saving: "saved", problem: null, theirs: null, loading: false });
    return;
  }
  if (variant.document?.id === id) return;
  const isWanted = () => address.variant === id && address.tenant === tenant;
  Object.assign(variant, { loading: true, problem: null });
  try {
    const document = await api.variant(tenant, id);
    if (isWanted()) show(document);
  } catch (problem) {
    if (isWanted()) Object.assign(variant, { document: null, edits: [], problem });
  } finally {
    if (isWanted()) variant.loading = false;
  }
}

// Saving

let running: Promise<void> | null = null;
let timer = 0;

/** A name for the next variant: Variante A, B, C ... */
export function freshName(): string {
  const taken = new Set(variants.list?.map(({ name }) => name));
  for (let n = 0; n < 26; n++) {
    const name = t("variant.freshName", { letter: String.fromCharCode(65 + n) });
    if (!taken.has(name)) return name;
  }
  return t("variant.freshName", { letter: String(taken.size + 1) });
}

/** Begin a variant, of the town as it is or of the one that is open. */
export async function begin(name: string, branch = false): Promise<void> {
  const { tenant } = address;
  const { document } = variant;
  const from = branch && document ? { variant: document.id, revision: document.revision } : undefined;
  const made = await api.newVariant(tenant, name, from);
  if (address.tenant !== tenant) return;
  show(made);
  go({ variant: made.id, edit: "", object: "" });
  await loadVariants();
}

/** Whether the reader may change what stands open, or begin with a first change: who only has an account proposes. */
export const mayEdit = () => variant.document?.may?.edit ?? (may("plan") || may("account"));

/** Make a change: it stands on the page at once and is saved behind. */
export function change(edits: PlanEdit[]): void {
  if (!mayEdit()) return;
  variant.edits = edits;
  if (variant.saving === "clash") return;
  variant.saving = "saving";
  save();
}

/** Save until nothing is left to save; one call at a time, so that revisions follow each other. */
function save(): void {
  window.clearTimeout(timer);
  running ??= saveAll().finally(() => (running = null));
}

async function saveAll(): Promise<void> {
  const { tenant } = address;
  const isWanted = () => address.tenant === tenant;
  try {
    if (!variant.document) await beginWith(tenant);
    while (isWanted() && variant.document && variant.edits !== variant.document.edits) {
      const [{ id, revision }, sent] = [variant.document, variant.edits];
      const answer = await api.saveEdits(tenant, id, revision, sent);
      if (!isWanted() || variant.document?.id !== id) return;
      variant.document = answer;
      if (variant.edits === sent) variant.edits = answer.edits;
    }
    Object.assign(variant, { saving: "saved", problem: null });
  } catch (problem) {
    await failed(tenant, problem as Error);
  }
}

/** The first change of the town as it is begins a variant. */
async function beginWith(tenant: string): Promise<void> {
  const made = await api.newVariant(tenant, freshName());
  variant.document = made;
  note({ variant: made.id });
  void loadVariants();
}

async function failed(tenant: string, problem: Error): Promise<void> {
  variant.problem = problem;
  if (!(problem instanceof Problem) || problem.status >= 500) {
    variant.saving = "waiting";
    timer = window.setTimeout(() => save(), AGAIN);
    return;
  }
  variant.saving = problem.status === 412 ? "clash" : "refused";
  announce(problem.detail);
  if (problem.status !== 412 || !variant.document) return;
  variant.theirs = await api.variant(tenant, variant.document.id).catch(() => null);
}

/** Settle a clash: keep what stands here, or take what the other person saved. */
export function settle(mine: boolean): void {
  const { theirs, edits } = variant;
  if (!theirs) return;
  show(theirs);
  if (mine) change([...edits]);
}

/** Give up changes the server did not take. */
export function giveUp(): void {
  if (variant.document) show(variant.document);
}

/** One step back or forward in what was saved. */
export async function step(way: "undo" | "redo"): Promise<void> {
  await running;
  const { document } = variant;
  if (!document || variant.saving !== "saved" || !document[way]) return;
  try {
    variant.saving = "saving";
    const answer = await api.step(address.tenant, document.id, document.revision, way);
    show(answer);
    announce(t(way === "undo" ? "variant.undone" : "variant.redone", { n: answer.revision }));
    if (address.edit && !editOf(address.edit)) note({ edit: "" });
  } catch (problem) {
    await failed(address.tenant, problem as Error);
  }
}

export async function rename(name: string): Promise<void> {
  if (variant.document) await patched({ name });
}
export async function share(state: VariantState): Promise<void> {
  if (variant.document) await patched({ state });
}
async function patched(change: { name?: string; state?: VariantState }): Promise<void> {
  await running;
  const { document } = variant;
  if (!document) return;
  const answer = await api.changeVariant(address.tenant, document.id, change);
  const { name, state, revision } = answer;
  variant.document = { ...document, name, state, revision, may: answer.may };
  if (variant.edits === document.edits) variant.edits = variant.document.edits;
  await loadVariants();
}

export async function remove(): Promise<void> {
  await running;
  if (!variant.document) return;
  await api.removeVariant(address.tenant, variant.document.id);
  variant.document = null;
  go({ variant: "", edit: "" });
  await loadVariants();
}

/** Keep list and variant in step with the address, as long as the page stands open. */
export function followVariant(): void {
  watch(() => [address.tenant, may("plan")], loadVariants, { immediate: true });
  watch(
    () => [address.tenant, address.variant],
    () => void loadVariant(),
    { immediate: true },
  );
}
