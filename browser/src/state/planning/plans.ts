/** The development plans of the town: their areas, how much may be built, and whether the variant fits them. */
import { computed, shallowReactive, watch } from "vue";
import * as api from "../../api_planning";
import type { Envelope, PlanObject, PlanRow, Verdict } from "../../api_planning";
import type { Planned } from "../../scene";
import { word } from "../../text";
import { address } from "../address";
import { twin } from "../twin";
import type { Corner } from "../outline";
import { cornersOfEdit } from "./edits";
import { ringsOf } from "./shown";
import { variant } from "./variant";

/** After the last change, until a plan is asked [ms]. */
const PAUSE = 250;
const GLASS = "#2044aa";

export interface Checked {
  plan: PlanRow;
  verdicts: Verdict[];
  notes: string[];
  ground: api.PlanAnswer["ground"];
}

export const plans = shallowReactive<{
  list: PlanRow[];
  /** Plan whose areas lie on the ground; empty for none. */
  drawn: string;
  objects: PlanObject[];
  envelopes: Envelope[];
  checked: Checked[];
  checking: boolean;
  /** Height of the ground above sea level, as the reader says it where there is no terrain [m]. */
  ground: number | null;
}>({ list: [], drawn: "", objects: [], envelopes: [], checked: [], checking: false, ground: null });

const groundKey = (tenant: string) => `kastor.ground.${tenant}`;
function rememberedGround(tenant: string): number | null {
  const text = window.localStorage.getItem(groundKey(tenant));
  const value = Number(text);
  return text && Number.isFinite(value) ? value : null;
}
/** State the height of the ground; it is kept on this device for this town. */
export async function stateGround(height: number | null): Promise<void> {
  plans.ground = height;
  if (height === null) window.localStorage.removeItem(groundKey(address.tenant));
  else window.localStorage.setItem(groundKey(address.tenant), String(height));
  await Promise.all([check(), draw(plans.drawn)]);
}

type Box = [number, number, number, number];
export function boxOf(extent: PlanRow["extent"]): Box | null {
  if (!extent) return null;
  if (Array.isArray(extent)) return extent;
  const corners = ringsOf(extent).flat(2);
  if (!corners.length) return null;
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Outlines of an envelope; the server gives a ring or a geometry. */
export const outlinesOf = ({ outline }: Envelope): Corner[][][] =>
  Array.isArray(outline) ? [[outline]] : ringsOf(outline);

const planned = () => variant.edits.flatMap((edit) => (edit.kind === "add_building" ? cornersOfEdit(edit) : []));

/** Plans that planned buildings stand in. */
const concerned = computed(() =>
  plans.list.filter(({ extent }) => {
    const box = boxOf(extent);
    return box && planned().some(([x, y]) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
  }),
);

export const verdicts = computed(() => plans.checked.flatMap((one) => one.verdicts));
export const verdictsOf = (id: string) =>
  plans.checked
    .map(({ plan, verdicts: all, notes, ground }) => ({
      plan,
      notes,
      ground,
      verdicts: all.filter(({ object }) => object === id),
    }))
    .filter(({ verdicts: own }) => own.length);

export async function loadPlans(): Promise<void> {
  const { tenant } = address;
  Object.assign(plans, {
    list: [],
    drawn: "",
    objects: [],
    envelopes: [],
    checked: [],
    ground: rememberedGround(tenant),
  });
  const found = await api.plans(tenant).catch(() => ({ plans: [] }));
  if (address.tenant === tenant) plans.list = found.plans;
}

/** Lay a plan over the ground, with the bodies that may be built. */
export async function draw(id: string): Promise<void> {
  const { tenant } = address;
  Object.assign(plans, { drawn: id, objects: [], envelopes: [] });
  if (!id) return;
  const [document, envelopes] = await Promise.all([
    api.planObjects(tenant, id).catch(() => ({}) as Awaited<ReturnType<typeof api.planObjects>>),
    api.envelopes(tenant, id, plans.ground).catch(() => []),
  ]);
  if (address.tenant !== tenant || plans.drawn !== id) return;
  const { areas = [], lines = [], points = [] } = document;
  Object.assign(plans, { objects: [...areas, ...lines, ...points], envelopes });
}

let asked = 0;
let timer = 0;

async function check(): Promise<void> {
  const turn = ++asked;
  const { tenant } = address;
  const rows = concerned.value;
  if (!rows.length) {
    Object.assign(plans, { checked: [], checking: false });
    return;
  }
  plans.checking = true;
  const answers = await Promise.all(
    rows.map(async (plan): Promise<Checked | null> => {
      const found = await api.check(tenant, plan.id, variant.edits, plans.ground).catch(() => null);
      return (
        found && { plan, verdicts: found.verdicts, notes: found.notes.map((note) => word(note)), ground: found.ground }
      );
    }),
  );
  if (turn !== asked || address.tenant !== tenant) return;
  Object.assign(plans, { checked: answers.filter((one) => one !== null), checking: false });
  if (!plans.drawn && rows[0]) await draw(rows[0].id);
}

/** Keep plans and verdicts in step with the variant, as long as the page stands open. */
export function followPlans(): void {
  watch(
    () => address.tenant,
    () => void loadPlans(),
    { immediate: true },
  );
  watch(
    () => [plans.list, twin.tenant] as const,
    ([[first], town]) => {
      // where nothing is built yet the plan is all there is to see
      if (first && !plans.drawn && town?.id === address.tenant && !town.counts.building) void draw(first.id);
    },
  );
  watch(
    () => [variant.edits, plans.list],
    () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void check(), PAUSE);
    },
    { immediate: true },
  );
}

/** How much may be built, as glass. */
export const glass = (): Planned["glass"] =>
  plans.envelopes.flatMap((one) =>
    one.top === null ? [] : outlinesOf(one).map((rings) => ({ rings, base: one.base, top: one.top!, colour: GLASS })),
  );
