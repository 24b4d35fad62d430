/** Lays a variant into a scene, as the server drew it. */
import * as api from "../../api_planning";
import type { SceneHandle } from "../../scene";
import { hiddenBy } from "../../state/planning/edits";
import { COLOURS, drawnHere, groundOf } from "../../state/planning/shown";
import { sceneTheme } from "../../state/settings";

const latest = new WeakMap<SceneHandle, string>();

/** @param id "" for the town as it is */
export async function layVariant(handle: SceneHandle, tenant: string, id: string): Promise<void> {
  latest.set(handle, id);
  if (!id) {
    await Promise.all([handle.showPlanned(null), handle.paintGround([])]);
    return;
  }
  const document = await api.variant(tenant, id);
  const drawn = await api.overlay(tenant, id, document.revision).catch(() => null);
  if (latest.get(handle) !== id) return;
  const palette = COLOURS[sceneTheme.value];
  const own = drawnHere(document.edits, palette);
  const bare = { ...own, solids: [], trees: [], shifted: [] };
  const planned = drawn ? { ...bare, drawn } : own;
  await Promise.all([
    handle.showPlanned({ ...planned, hidden: hiddenBy(document.edits) }),
    handle.paintGround(groundOf(document.edits)),
  ]);
}
