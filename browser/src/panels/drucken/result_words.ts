/** What a printed sheet says about a result it shows: legend, what and when, whose data. */
import { computed } from "vue";
import { address } from "../../state/address";
import { classesOf, kept, raster, seconds, shown } from "../../state/result";
import { t, word } from "../../text";
import { moment } from "../../text/numbers";
import type { Key } from "../ansehen/legends";
import { duration } from "../planen/figures";

/** The result in the picture, if one is. */
export const printed = computed(() => (address.page === "planen" && raster.value ? shown.document : null));

export const resultTitle = computed(() => (printed.value ? word(printed.value.process.title) : ""));

/** The classes of the raster in the picture, the highest on top. */
export const resultKey = computed<Key | null>(() => {
  if (!printed.value || !raster.value) return null;
  const entries = classesOf(raster.value).map((one) => ({ text: word(one.title), colour: one.colour, hatched: false }));
  return { title: word(raster.value.title), entries: entries.toReversed() };
});

/** "Stand nach 60 min. Berechnet am 03.05.2026, 10:20 Uhr." */
export const resultWords = computed(() => {
  if (!printed.value) return "";
  const made = t("print.computed", { at: moment(printed.value.made) });
  const when = seconds.value === null ? "" : t("print.moment", { time: duration(seconds.value) });
  const sure = shown.job ? t("print.preview") : kept.value?.stale.length ? t("print.stale") : "";
  return [when, made, sure].filter(Boolean).join(" ");
});

export const resultSources = computed(() => (printed.value?.attribution ?? []).map((one) => one.attribution));
