/** The twin that is open: its tenant, its scene, what is selected in it. */
import { computed, shallowReactive, shallowRef, watch } from "vue";
import * as api from "../api";
import type { ObjectDetail, ObjectRow, Place, Tenant, TenantDetail, View } from "../api";
import type { SceneHandle } from "../scene";
import { t, word } from "../text";
import { address } from "./address";
import { announce } from "./announce";

export const tenants = shallowReactive<{ list: Tenant[] | null; problem: api.Problem | Error | null }>({
  list: null,
  problem: null,
});

export const twin = shallowReactive<{ tenant: TenantDetail | null; problem: Error | null }>({
  tenant: null,
  problem: null,
});

/** The running 3D scene, null before it is drawn and where a browser cannot draw it. */
export const scene = shallowRef<SceneHandle | null>(null);
/** How the camera stands now; follows every frame in which it moved. */
export const camera = shallowRef<View | null>(null);
/** How much of the scene is there; `ready` once all tiles of the first view are drawn. */
export const progress = shallowReactive({ loaded: 0, waiting: 0, ready: false });
/** Where the next scene should fly to, e.g. after "show in 3D" in the list. */
export const flight = shallowRef<{ place: Place; box?: ObjectDetail["box"] } | null>(null);
/** Object to fly to as soon as it is known where it is. */
let awaited = "";
/** A place on bare ground that was pointed at. */
export const spot = shallowRef<Place | null>(null);

export const selection = shallowReactive<{
  detail: ObjectDetail | null;
  loading: boolean;
  problem: Error | null;
  /** Other objects at the place that was pointed at. */
  also: ObjectRow[];
}>({ detail: null, loading: false, problem: null, also: [] });

export const visibleLayers = computed(() => {
  const all = twin.tenant?.layers ?? [];
  return address.layers ?? all.filter((layer) => layer.visible).map((layer) => layer.id);
});

/** How a remote map service is called among the visible layers. */
export const serviceLayer = (id: string) => `map.${id}`;

/** The remote map services that are switched on. */
export const visibleServices = computed(() =>
  (twin.tenant?.services ?? []).filter(({ id }) => (visibleLayers.value as string[]).includes(serviceLayer(id))),
);

/** Remote map services that did not answer when asked last. */
export const silentServices = shallowReactive(new Set<string>());

/** Remembers whether a remote map service answered. */
export function noteAnswer(id: string, well: boolean): void {
  if (well) silentServices.delete(id);
  else if (!silentServices.has(id)) {
    silentServices.add(id);
    announce(t("services.silent", { title: twin.tenant?.services.find((one) => one.id === id)?.title ?? id }));
  }
}

/** Who must be named for what is shown, each once. */
export const attribution = computed(() => {
  const shown = (twin.tenant?.layers ?? []).filter((layer) => visibleLayers.value.includes(layer.id));
  const named = [...shown, ...visibleServices.value].flatMap((layer) => layer.attribution.split(" · "));
  return [...new Set(named.filter(Boolean))];
});

/** What a person would call the object's kind. */
export const kindOf = (row: { kind: api.Kind }) => t(`kind.${row.kind}`);

/** The camera's next aim; an object without an extent gives its place only. */
function aimAt({ place, box }: ObjectDetail): void {
  awaited = "";
  flight.value = box[3] > box[0] ? { place, box } : { place };
}

/** Fly to an object, now or when its place is known. */
export function flyTo(id: string): void {
  if (selection.detail?.id === id) aimAt(selection.detail);
  else awaited = id;
}

export async function loadTenants(): Promise<void> {
  tenants.problem = null;
  try {
    tenants.list = await api.tenants();
  } catch (problem) {
    tenants.problem = problem as Error;
  }
}

export async function loadTwin(id: string): Promise<void> {
  twin.problem = null;
  twin.tenant = null;
  try {
    const tenant = await api.tenant(id);
    if (address.tenant === id) twin.tenant = tenant;
  } catch (problem) {
    twin.problem = problem as Error;
  }
}

/** Learn what has changed in the open twin, without closing what stands on the page. */
export async function refreshTwin(id: string): Promise<void> {
  const tenant = await api.tenant(id);
  if (address.tenant === id) twin.tenant = tenant;
}

/** Load the object of the address; an answer that comes too late is dropped. */
export async function loadSelected(): Promise<void> {
  const { tenant, object } = address;
  selection.problem = null;
  if (!object || !tenant) {
    Object.assign(selection, { detail: null, loading: false });
    return;
  }
  if (selection.detail?.id === object) return;
  selection.loading = true;
  const isWanted = () => address.object === object && address.tenant === tenant;
  try {
    const detail = await api.object(tenant, object);
    if (!isWanted()) return;
    selection.detail = detail;
    if (awaited === object) aimAt(detail);
    announce(t("object.announced", { kind: kindOf(detail), label: detail.label, detail: word(detail.detail) }));
  } catch (problem) {
    if (!isWanted()) return;
    Object.assign(selection, { detail: null, problem });
  } finally {
    if (isWanted()) selection.loading = false;
  }
}

/** Keep tenant and selection in step with the address. */
export function followAddress(): void {
  watch(
    () => address.tenant,
    (id) => {
      selection.detail = null;
      spot.value = null;
      twin.tenant = null;
      if (id) void loadTwin(id);
      else void loadTenants();
    },
    { immediate: true },
  );
  watch(
    () => [address.tenant, address.object],
    () => void loadSelected(),
    { immediate: true },
  );
}

/** Title of the page in the browser's tab. */
export const pageTitle = computed(() => {
  const parts = [selection.detail?.label, twin.tenant?.title, "Kastor"];
  return parts.filter((part, i) => part && (i > 0 || address.object)).join(" · ");
});

/** The sentence that says what this twin shows. */
export const description = computed(() => word(twin.tenant?.description));
