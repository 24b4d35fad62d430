import type { Kind, ObjectRow } from "../../api";
import type { IconName } from "../../state/icons";

export const KIND_ICONS: Record<Kind, IconName> = {
  building: "building",
  building_part: "building",
  building_installation: "building",
  bridge: "bridge",
  tunnel: "bridge",
  wall: "polygon",
  tree: "tree",
  vegetation: "green",
  street: "street",
  railway: "railway",
  parking: "parking",
  land_use: "green",
  water: "water",
  address: "pin",
  parcel: "polygon",
  district: "polygon",
  plan_area: "layers",
  furniture: "pin",
  other: "polygon",
};

/** The icon a row is shown with. */
export const iconOf = (row: Pick<ObjectRow, "kind">): IconName => KIND_ICONS[row.kind] ?? "pin";
