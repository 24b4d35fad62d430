/** How large planted trees are in later years, from the table the server reckons with. Lengths in metres. */
import { shallowRef } from "vue";
import * as api from "../../api_planning";
import type { PlanEdit, PlantTree, SpeciesGrowth } from "../../api_planning";

/** Years a variant may be looked at after planting; 0 for today. */
export const YEARS = [0, 5, 10, 20, 30, 40];

const table = shallowRef<api.GrowthTable | null>(null);
let asked = "";

/** Fetch the table once; without an answer trees stay as they are planted. */
export async function loadGrowth(tenant: string): Promise<void> {
  if (asked === tenant) return;
  asked = tenant;
  table.value = await api.growth(tenant).catch(() => ((asked = ""), null));
}

export const allSpecies = (): SpeciesGrowth[] => table.value?.species ?? [];

/** How a species grows, by its German or Latin name; null where nobody measured it nor a relative. */
export function growthOf(species: string): SpeciesGrowth | null {
  if (!table.value) return null;
  const name = species.replaceAll("'", " ").replaceAll("×", "x").toLowerCase().split(/\s+/).filter(Boolean).join(" ");
  const { species: known, stand_ins: others } = table.value;
  const latin = others[name] ?? others[name.split(" ")[0]!];
  return (
    known.find((one) => one.latin.toLowerCase() === name || one.german.toLowerCase() === name) ??
    known.find((one) => one.latin === latin) ??
    null
  );
}

/** A value of a list by year, between two years in proportion; the last one for ever. */
function at(list: number[], age: number): number {
  const young = Math.min(Math.max(0, Math.floor(age)), list.length - 1);
  const old = Math.min(young + 1, list.length - 1);
  return list[young]! + (list[old]! - list[young]!) * Math.min(Math.max(age - young, 0), 1);
}

/** Age at which a tree of a species is so high [years]. */
function ageOf({ height: list }: SpeciesGrowth, height: number): number {
  const old = list.findIndex((one) => one >= height);
  if (old < 0) return list.length - 1;
  if (old === 0) return 0;
  const [below, above] = [list[old - 1]!, list[old]!];
  return old - 1 + (height - below) / (above - below || 1);
}

export interface LaterSize {
  height: number;
  crown: number;
  /** Standard deviation among trees of that age. */
  heightMore: number;
  crownMore: number;
  /** Whether the species was measured at that age. */
  measured: boolean;
}

/** Size of a planted tree some years later; null for one that stays as it was planted. */
export function laterSize(tree: PlantTree, years: number): LaterSize | null {
  const growth = tree.grows === false ? null : growthOf(tree.species ?? "");
  if (!growth) return null;
  const { height = 8, crown = 5 } = tree;
  const begun = tree.age ?? ageOf(growth, height);
  const gained = (list: number[]) => Math.max(0, at(list, begun + years) - at(list, begun));
  return {
    height: height + gained(growth.height),
    crown: crown + gained(growth.crown),
    heightMore: years ? at(growth.height_deviation, begun + years) : 0,
    crownMore: years ? at(growth.crown_deviation, begun + years) : 0,
    measured: begun + years <= growth.oldest,
  };
}

/** How many years after planting edits look at the town; 0 for today. */
export const yearsAhead = (edits: PlanEdit[]): number => edits.findLast((edit) => edit.kind === "later")?.years ?? 0;

/** Edits with trees as large as in the year they look at. */
export function grown(edits: PlanEdit[]): PlanEdit[] {
  const years = yearsAhead(edits);
  if (!years) return edits;
  return edits.map((edit) => {
    const size = edit.kind === "plant_tree" ? laterSize(edit, years) : null;
    return size ? ({ ...edit, height: size.height, crown: size.crown } as PlanEdit) : edit;
  });
}

/** Edits that look at the town in another year; one id, so that two people who choose another year meet. */
export function inYears(edits: PlanEdit[], years: number): PlanEdit[] {
  const others = edits.filter(({ kind }) => kind !== "later");
  return years ? [...others, { kind: "later", id: "jahr", years }] : others;
}
