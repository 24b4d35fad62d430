/** What is being planned: the analysis that stands open, its form, the changes that are tried, the run under way. */
import { computed, shallowReactive, watch } from "vue";
import { Problem, type Geometry } from "../api";
import * as api from "../api_processes";
import type { Edit, Job, ProcessDetail, ProcessSummary, ResultDocument, ResultEntry, Value } from "../api_processes";
import { language } from "../text";
import { address, go, note } from "./address";
import type { Corner } from "./outline";
import { may } from "./person";
import { variant } from "./planning/variant";
import { dropPreview, kept, loadResult, showPreview } from "./result";

/** Between two looks at how far a run is [ms]. */
const LOOK = 700;
/** After a look that failed, e.g. because the network is gone [ms]. */
const AGAIN = 3000;

/** How the area is given: around the middle of the picture, that of a result, a circle, corners, everything. */
export type Way = "view" | "given" | "circle" | "corners" | "all";
export interface Area {
  way: Way;
  given: Geometry | null;
  corners: Corner[];
  place: string;
  /** [m] */
  radius: number;
}
export const NO_AREA: Area = { way: "view", given: null, corners: [], place: "", radius: 200 };

export const plan = shallowReactive<{
  processes: ProcessSummary[] | null;
  detail: ProcessDetail | null;
  problem: Error | null;
  /** Parameters that were changed; the others have the value of their description. */
  values: Record<string, Value>;
  /** Lists such as places that are watched, by the name of their parameter. */
  lists: Record<string, unknown[]>;
  area: Area;
  edits: Edit[];
  /** Result whose inputs the form was filled with last. */
  filled: string;
  results: ResultEntry[];
  jobs: Job[];
}>({
  processes: null,
  detail: null,
  problem: null,
  values: {},
  lists: {},
  area: NO_AREA,
  edits: [],
  filled: "",
  results: [],
  jobs: [],
});

export const run = shallowReactive<{ job: Job | null; problem: Error | null }>({ job: null, problem: null });
export const running = computed(() => run.job?.status === "accepted" || run.job?.status === "running");

/** The value of a parameter, its default while nobody has changed it. */
export const valueOf = (name: string): Value | undefined =>
  plan.values[name] ?? (plan.detail?.inputs[name]?.schema.default as Value | undefined);
export function setValue(name: string, value: Value): void {
  plan.values = { ...plan.values, [name]: value };
}

export function setList(name: string, entries: unknown[]): void {
  plan.lists = { ...plan.lists, [name]: entries };
}

// What was typed and drawn survives a reload; it belongs to this window alone.

const store = () => `kastor.plan.${address.tenant}.${address.process}`;

function keep(): void {
  if (!address.tenant || !address.process) return;
  const { values, lists, area, edits, filled } = plan;
  try {
    sessionStorage.setItem(store(), JSON.stringify({ values, lists, area, edits, filled }));
  } catch {
    // Where nothing can be stored the form still works until the page is closed.
  }
}

function recall(): void {
  let found: Partial<Pick<typeof plan, "values" | "lists" | "area" | "edits" | "filled">> = {};
  try {
    found = JSON.parse(sessionStorage.getItem(store()) ?? "{}") as typeof found;
  } catch {
    found = {};
  }
  Object.assign(plan, {
    values: found.values ?? {},
    lists: found.lists ?? {},
    area: { ...NO_AREA, ...found.area },
    edits: found.edits ?? [],
    filled: found.filled ?? "",
  });
}

/** Which variant a result was computed from. */
type Named = { id: string; revision: number };

/** Fill the form with what a result was computed from; once, so that later changes are not lost on a reload. */
export function takeInputs({ id, inputs }: ResultDocument): void {
  if (plan.filled === id) return;
  const { area, edits: made, variant: named, ...values } = inputs;
  // The edits of a variant come with it.
  const edits = named ? [] : made;
  if (named) note({ variant: (named as Named).id });
  const lists = Object.entries(values).filter(([, value]) => Array.isArray(value) && value.length);
  const plain = Object.entries(values).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  Object.assign(plan, {
    values: Object.fromEntries(plain) as Record<string, Value>,
    lists: Object.fromEntries(lists) as Record<string, unknown[]>,
    edits,
    area: { ...NO_AREA, way: "given", given: area },
    filled: id,
  });
}

/** Whether the form asks for something else than the result that is shown. */
export const changed = computed(() => {
  const inputs = kept.value?.inputs;
  if (!inputs) return true;
  if (plan.area.way !== "given" || JSON.stringify(plan.area.given) !== JSON.stringify(inputs.area)) return true;
  const named = inputs.variant as Named | undefined;
  if ((named?.id ?? "") !== address.variant) return true;
  if (named && variant.document && named.revision !== variant.document.revision) return true;
  if (JSON.stringify(plan.edits) !== JSON.stringify(named ? [] : inputs.edits)) return true;
  const isOther = (name: string) => JSON.stringify(plan.lists[name]) !== JSON.stringify(inputs[name] ?? []);
  if (Object.keys(plan.lists).some(isOther)) return true;
  return Object.keys(plan.values).some((name) => plan.values[name] !== inputs[name]);
});

/** What can be computed, and what has been. */
export async function loadProcesses(): Promise<void> {
  const { tenant } = address;
  plan.problem = null;
  try {
    const found = await api.processes(tenant, language.value);
    if (address.tenant === tenant) plan.processes = found.processes;
  } catch (problem) {
    plan.problem = problem as Error;
  }
}

/** Results of the open analysis, or of all; and the runs that are not over or failed. */
export async function loadLists(): Promise<void> {
  const { tenant, process } = address;
  const [kept, queued] = await Promise.all([
    api.results(tenant, process).catch(() => ({ results: [] })),
    may("plan") ? api.jobs(tenant, language.value).catch(() => ({ jobs: [] })) : { jobs: [] },
  ]);
  if (address.tenant !== tenant || address.process !== process) return;
  const over = ["successful", "dismissed"];
  plan.results = kept.results;
  plan.jobs = queued.jobs.filter((one) => !over.includes(one.status) && (!process || one.processID === process));
}

async function loadDetail(): Promise<void> {
  const { tenant, process } = address;
  if (!process) {
    plan.detail = null;
    return;
  }
  plan.problem = null;
  try {
    const detail = await api.process(tenant, process, language.value);
    if (address.process === process && address.tenant === tenant) plan.detail = detail;
  } catch (problem) {
    Object.assign(plan, { detail: null, problem });
  }
}

// Runs

let timer = 0;

async function look(id: string): Promise<void> {
  const { tenant } = address;
  const isWanted = () => address.job === id && address.tenant === tenant;
  try {
    const job = await api.job(tenant, id, language.value);
    if (!isWanted()) return;
    Object.assign(run, { job, problem: null });
    if (job.links.some(({ rel }) => rel === "preview") && !address.result) await lookAhead(tenant, id);
    if (!isWanted()) return;
    if (running.value) timer = window.setTimeout(() => void look(id), LOOK);
    else ended(job);
  } catch (problem) {
    if (!isWanted()) return;
    run.problem = problem as Error;
    if (problem instanceof Problem && problem.status < 500) note({ job: "" });
    else timer = window.setTimeout(() => void look(id), AGAIN);
  }
}

/** The preview may be gone by the time it is asked for; then the result is near. */
async function lookAhead(tenant: string, id: string): Promise<void> {
  const document = await api.preview(tenant, id).catch(() => null);
  if (document && address.job === id) await showPreview(id, document).catch(() => undefined);
}

function ended(job: Job): void {
  if (job.status === "successful" && job.result) {
    note({ job: "", result: job.result, raster: "", time: "" });
    run.job = null;
  } else dropPreview();
  void loadLists();
}

function follow(): void {
  window.clearTimeout(timer);
  run.job = null;
  if (address.job) void look(address.job);
  else if (!address.result) dropPreview();
}

/** Compute; a run of the same question has its answer at once. */
export async function start(inputs: object): Promise<void> {
  const { tenant, process } = address;
  run.problem = null;
  try {
    const job = await api.execute(tenant, process, inputs, language.value);
    if (address.tenant !== tenant || address.process !== process) return;
    go({ job: job.jobID, result: "", raster: "", time: "" });
  } catch (problem) {
    Object.assign(run, { job: null, problem });
  }
}

/** Stop the run that is waited for. */
export async function cancel(): Promise<void> {
  const { tenant, job } = address;
  window.clearTimeout(timer);
  await api.dismiss(tenant, job).catch(() => undefined);
  if (address.job === job) note({ job: "" });
  dropPreview();
  await loadLists();
}

/** Keep form, run and lists in step with the address, as long as the page stands open; gives how to stop. */
export function followPlan(): void {
  watch(() => [address.tenant, language.value, may("plan")], loadProcesses, { immediate: true });
  watch(
    () => [address.tenant, address.process, may("plan")],
    () => void loadLists(),
    { immediate: true },
  );
  watch(() => [address.tenant, address.process], recall, { immediate: true });
  watch(
    () => [address.tenant, address.process, language.value],
    () => void loadDetail(),
    { immediate: true },
  );
  watch(() => [plan.values, plan.lists, plan.area, plan.edits, plan.filled], keep);
  watch(kept, (result) => result?.process_id === address.process && takeInputs(result), { immediate: true });
  watch(() => [address.tenant, address.job], follow, { immediate: true });
  watch(
    () => [address.tenant, address.result],
    () => void loadResult(),
    { immediate: true },
  );
}
