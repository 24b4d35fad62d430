/** The legends of what is shown now, the same beside the scene and on paper. */
import { computed } from "vue";
import type { Mark } from "../../api_planning";
import { address } from "../../state/address";
import { twin, visibleLayers } from "../../state/twin";
import { t, word } from "../../text";
import { paletteOf, UNKNOWN } from "./palettes";

export interface Key {
  title: string;
  /** With an ``outline`` what is drawn is a line, not an area. */
  entries: { text: string; colour: string; hatched: boolean; outline?: "solid" | "dashed"; mark?: Mark }[];
}

/** Of the colours of the buildings; null while they have none. */
export const colouringKey = computed<Key | null>(() => {
  const palette = paletteOf(address.colour);
  if (!palette) return null;
  const classes = palette.classes.map(({ label, colour }) => ({ text: t(label), colour, hatched: false }));
  const unknown = { text: t("legend.unknown"), colour: UNKNOWN, hatched: false };
  return { title: t("legend.buildings", { what: t(palette.title) }), entries: [...classes, unknown] };
});

/** Of a layer; null when its colours need no words or it is not shown. */
export function layerKey(id: string): Key | null {
  const layer = twin.tenant?.layers.find((one) => one.id === id);
  if (!layer?.legend.length || !(visibleLayers.value as string[]).includes(id)) return null;
  const entries = layer.legend.map(({ text, color, hatched }) => ({ text: word(text), colour: color, hatched }));
  return { title: word(layer.title), entries };
}

/** All of them. */
export const keys = computed<Key[]>(() =>
  [colouringKey.value, ...(twin.tenant?.layers ?? []).map(({ id }) => layerKey(id))].filter((key) => key !== null),
);
