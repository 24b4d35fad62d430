/** Keeps the scene in step with the variant: at once from the edits, and as the server drew it once it is saved. */
import { computed, shallowRef, watch } from "vue";
import * as api from "../../api_planning";
import { editor, shownEdits } from "../../actions/planning/tools";
import type { GroundShape, Planned, SceneHandle } from "../../scene";
import { address } from "../../state/address";
import { closedStreets, followGuides } from "../../state/planning/guides";
import { loadGrowth } from "../../state/planning/growth";
import { planPaint } from "../../state/planning/plan_paint";
import { followPlans, glass, plans, verdicts } from "../../state/planning/plans";
import { beyond, COLOURS, drawnHere, groundOf } from "../../state/planning/shown";
import { followVariant, settled, variant } from "../../state/planning/variant";
import { sceneTheme } from "../../state/settings";
import { scene } from "../../state/twin";

/** What the server drew of a revision of a variant. */
const drawn = shallowRef<{ key: string; tile: ArrayBuffer | null }>({ key: "", tile: null });
const keyOf = () => (variant.document ? `${variant.document.id} ${variant.document.revision}` : "");

async function fetchDrawn(): Promise<void> {
  const { document } = variant;
  const key = keyOf();
  if (!document || !settled.value || drawn.value.key === key) return;
  const tile = await api.overlay(address.tenant, document.id, document.revision).catch(() => null);
  if (tile && keyOf() === key) drawn.value = { key, tile };
}

const groundUnder = (handle: SceneHandle) => {
  const known = new Map<string, number>();
  return ([east, north]: [number, number]) => {
    const key = `${east} ${north}`;
    if (!known.has(key)) known.set(key, handle.groundAt(east, north));
    return known.get(key)!;
  };
};

export function plannedNow(handle: SceneHandle): Planned {
  const edits = shownEdits();
  const palette = COLOURS[sceneTheme.value];
  const whole = drawnHere(edits, palette);
  // what was said of a building holds only where it stood
  const said = verdicts.value.filter(({ object }) => object !== editor.ghost?.id);
  const red = beyond(edits, said, palette, groundUnder(handle));
  const server = !editor.ghost && settled.value && drawn.value.key === keyOf() ? drawn.value.tile : null;
  const own = server ? { solids: red, trees: [], shifted: [], drawn: server } : { solids: [...whole.solids, ...red] };
  return { ...whole, ...own, glass: glass(), colour: palette.planned };
}

const painted = computed<GroundShape[]>(() => [
  ...planPaint(plans.objects),
  ...groundOf(shownEdits()),
  ...closedStreets(shownEdits()),
]);

/** As long as the page stands open. */
export function followPlanning(): void {
  followVariant();
  followPlans();
  followGuides();
  watch(
    () => address.tenant,
    (tenant) => void loadGrowth(tenant),
    { immediate: true },
  );
  watch(
    () => [variant.document, settled.value],
    () => void fetchDrawn(),
    { immediate: true },
  );
  watch(
    () => scene.value && ([scene.value, plannedNow(scene.value)] as const),
    (now) => void now?.[0].showPlanned(now[1]),
    { immediate: true },
  );
  watch([scene, painted], ([handle, shapes]) => void handle?.paintGround(shapes), { immediate: true });
}

export function clearScene(): void {
  void scene.value?.showPlanned(null);
  void scene.value?.paintGround([]);
}
