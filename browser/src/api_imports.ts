/** Planned objects from files over the web interface: what is in a file, and where a model stands. Nothing is kept. */
import { answered, at, query, type Words } from "./api";
import { sent, type PlanEdit } from "./api_planning";

type Place = [east: number, north: number];

/** One building, its origin in the middle of its foot. */
export interface ImportedModel {
  format: "gltf" | "ifc";
  name: string;
  storeys: number | null;
  unit: string;
  /** Whether the file or somebody said the unit. */
  unitSaid: boolean;
  units: Record<string, number>;
  extent: [east: number, north: number, up: number];
  /** Empty where there are too many: then a block of outline and height stands for it. */
  points: [number, number, number][];
  triangles: [number, number, number][];
  outline: Place[];
  place: [east: number, north: number, height: number] | null;
  turn: number;
  notes: Words[];
}
/** Features that became edits. */
export interface ImportedList {
  format: "geojson";
  edits: PlanEdit[];
  notes: Words[];
}
export interface Placed {
  place: Place;
  turn: number;
  scale: number;
  /** How far a point is off at most [m]. */
  residual: number;
}

const plannedAt = (tenant: string) => `${at(tenant)}/planned`;

export async function readFile(tenant: string, file: File, unit: string, storeys: number | null) {
  const path = `${plannedAt(tenant)}/file?${query({ name: file.name, unit, storeys: storeys ?? undefined })}`;
  const response = await answered(await fetch(path, { method: "POST", body: file }));
  return (await response.json()) as ImportedModel | ImportedList;
}
export const placeByPoints = (tenant: string, pairs: { model: Place; map: Place }[]) =>
  sent<Placed>("POST", `${plannedAt(tenant)}/placing`, { pairs });
export const placeByAddress = (tenant: string, address: string, north: number) =>
  sent<Placed>("POST", `${plannedAt(tenant)}/placing`, { address, north });
