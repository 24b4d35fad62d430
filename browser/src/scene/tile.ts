/** From the content of a tile to what is drawn, picked and selected. */

import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  Group,
  InstancedBufferAttribute,
  InstancedMesh,
  LineSegments,
  LinearMipmapLinearFilter,
  Mesh,
  Texture,
  type DataTexture,
  type Matrix3,
  type ShaderMaterial,
} from "three";

import type { Layer } from "../api";
import { edgesOf } from "./edges";
import { stateTexture, writeStates, type Wishes } from "./features";
import type { Content, Surface } from "./glb";
import {
  coverSurface,
  depthMaterial,
  edgeMaterial,
  surfaceMaterial,
  type Shared,
  type SurfaceOptions,
} from "./materials";
import type { DrawnTile } from "./stream";
import type { Volume } from "./volume";

/** three.js draws lines on this layer only for the eye, never for the sun. */
export const EYE_ONLY = 1;

export type Kind = SurfaceOptions["kind"];

const KINDS: Record<Layer["id"], Kind> = {
  buildings: "building",
  trees: "tree",
  woodland: "tree",
  terrain: "ground",
  confidence: "overlay",
};

export interface Drawn extends DrawnTile {
  layer: Layer["id"];
  group: Group;
  states: DataTexture | null;
  /** West, south, east, north in scene metres. */
  extent: [number, number, number, number];
  /** Lays a picture over the ground, or takes it away; from scene east and north to shares of the picture. */
  drape(picture: Texture | null, toPicture: Matrix3): void;
  /** Draws the edges of the tile's buildings; done apart because the first picture can do without. */
  outline(): void;
  restate(wishes: Wishes): void;
}

/** Height of each vertex above the lowest of its feature [m]; of trees as a share of the tree's height. */
export function riseOf(surface: Surface, tree: boolean): Float32Array {
  const up = surface.instances ? 1 : 2;
  const { positions, features } = surface;
  const count = positions.length / 3;
  const low = new Map<number, number>();
  let high = -Infinity;
  for (let i = 0; i < count; i++) {
    const feature = features?.[i] ?? 0;
    const z = positions[i * 3 + up] as number;
    if (z < (low.get(feature) ?? Infinity)) low.set(feature, z);
    high = Math.max(high, z);
  }
  const rise = new Float32Array(count);
  const span = tree ? Math.max(0.01, high - (low.get(features?.[0] ?? 0) ?? 0)) : 1;
  for (let i = 0; i < count; i++) {
    rise[i] = ((positions[i * 3 + up] as number) - (low.get(features?.[i] ?? 0) as number)) / span;
  }
  return rise;
}

function geometryOf(surface: Surface, kind: Kind): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(surface.positions, 3));
  geometry.setIndex(new BufferAttribute(surface.index, 1));
  if (surface.normals && kind !== "building") geometry.setAttribute("normal", new BufferAttribute(surface.normals, 3));
  if (surface.uvs) geometry.setAttribute("uv", new BufferAttribute(surface.uvs, 2));
  if (surface.colours) geometry.setAttribute("colour", new BufferAttribute(surface.colours, 4));
  if (surface.semantics) geometry.setAttribute("semantic", new BufferAttribute(Uint8Array.from(surface.semantics), 1));
  if (kind === "building" || kind === "tree") {
    geometry.setAttribute("rise", new BufferAttribute(riseOf(surface, kind === "tree"), 1));
  }
  const features = surface.instances ? surface.instances.features : surface.features;
  if (features) {
    const Attribute = surface.instances ? InstancedBufferAttribute : BufferAttribute;
    geometry.setAttribute("feature", new Attribute(features, 1));
  }
  geometry.computeBoundingSphere();
  return geometry;
}

function meshOf(surface: Surface, geometry: BufferGeometry, material: ShaderMaterial): Mesh {
  if (!surface.instances) return new Mesh(geometry, material);
  const { count, matrices } = surface.instances;
  const mesh = new InstancedMesh(geometry, material, 0);
  mesh.instanceMatrix = new InstancedBufferAttribute(matrices, 16);
  mesh.count = count;
  mesh.computeBoundingSphere();
  return mesh;
}

/** Its colours stay as they are in the file; the shader makes light of them, since cards do it slowly for mipmaps. */
async function textureOf(image: Content["images"][number], baseUrl: string, sharp: number): Promise<Texture> {
  const blob = image.bytes
    ? new Blob([image.bytes], { type: image.mime })
    : await (await fetch(new URL(image.uri, baseUrl))).blob();
  const texture = new Texture(
    await createImageBitmap(blob, { premultiplyAlpha: "none", colorSpaceConversion: "none" }),
  );
  texture.flipY = false;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.anisotropy = sharp;
  texture.needsUpdate = true;
  return texture;
}

function bytesOf(content: Content, textures: Texture[]): number {
  let bytes = 0;
  for (const { positions, normals, uvs, index, features, colours, instances } of content.surfaces) {
    for (const array of [positions, normals, uvs, index, features, colours, instances?.matrices]) {
      bytes += array?.byteLength ?? 0;
    }
  }
  for (const texture of textures) {
    const image = texture.image as ImageBitmap;
    bytes += image.width * image.height * 5.4;
  }
  return bytes;
}

export interface Workshop {
  layer: Layer["id"];
  shared: Shared;
  wishes: Wishes;
  /** Where shown tiles hang. */
  parent: Group;
  /** Anisotropy of ground pictures. */
  sharpness: number;
  quick: boolean;
}

export interface Dress {
  kind: Kind;
  shared: Shared;
  /** No graphics card: simpler programs. */
  quick: boolean;
  picture: Texture | null;
  states: DataTexture | null;
}

/** A surface as it is drawn for the eye, with what the sun sees of it. */
export function meshFor(surface: Surface, { kind, shared, quick, picture, states }: Dress): Mesh {
  const material = surfaceMaterial(shared, {
    kind,
    normals: surface.normals !== null && kind !== "building",
    colours: surface.colours !== null && kind !== "building",
    picture,
    states,
    base: surface.colour,
    quick,
  });
  const mesh = meshOf(surface, geometryOf(surface, kind), material);
  mesh.userData.depth = depthMaterial(states);
  mesh.userData.surface = surface;
  mesh.castShadow = kind !== "overlay";
  return mesh;
}

/** Makes a tile ready to be shown. */
export async function drawTile(content: Content, volume: Volume, baseUrl: string, shop: Workshop): Promise<Drawn> {
  const kind = KINDS[shop.layer];
  const textures = await Promise.all(content.images.map((image) => textureOf(image, baseUrl, shop.sharpness)));
  // The pictures are on the graphics card now; their files would keep the whole tile in memory.
  content.images.length = 0;
  const { table } = content;
  const states = table ? stateTexture(table.count) : null;
  const group = new Group();
  group.position.fromArray(content.centre);
  for (const surface of content.surfaces) {
    const own = (surface.instances ? surface.instances.features : surface.features) ? states : null;
    const picture = textures[surface.image] ?? null;
    group.add(meshFor(surface, { kind, shared: shop.shared, quick: shop.quick, picture, states: own }));
  }
  group.updateMatrixWorld(true);
  freeze(group);
  let laid: Texture | null = null;
  let gone = false;
  const drawn: Drawn = {
    layer: shop.layer,
    content,
    volume,
    group,
    states,
    extent: extentOf(group),
    drape: (picture, toPicture) => {
      (laid as Texture | null)?.dispose();
      laid = picture;
      if (gone) picture?.dispose();
      for (const mesh of group.children) {
        if (mesh instanceof Mesh) coverSurface(mesh.material as ShaderMaterial, picture, toPicture);
      }
    },
    bytes: bytesOf(content, textures),
    show: (visible) => (visible ? shop.parent.add(group) : shop.parent.remove(group)),
    outline: () => outline(group, content, shop.shared, states),
    restate: (wishes) => {
      // Values by which buildings are coloured mean nothing for other objects.
      const own = kind === "building" ? wishes : { ...wishes, colouring: null };
      if (states && table) writeStates(states, table, own);
    },
    dispose: () => {
      gone = true;
      laid?.dispose();
      discard(group, textures, states);
    },
  };
  drawn.restate(shop.wishes);
  return drawn;
}

function extentOf(group: Group): Drawn["extent"] {
  const box = new Box3();
  for (const mesh of group.children) box.expandByObject(mesh);
  return [box.min.x, box.min.y, box.max.x, box.max.y];
}

/** Tiles never move: their matrices need no update per frame. */
function freeze(group: Group): void {
  group.traverse((object) => {
    object.matrixAutoUpdate = false;
    object.matrixWorldAutoUpdate = false;
  });
}

function outline(group: Group, content: Content, shared: Shared, states: DataTexture | null): void {
  for (const surface of content.surfaces) {
    if (surface.instances || surface.index.length === 0) continue;
    const edges = edgesOf(surface.positions, surface.index, surface.features);
    if (edges.positions.length === 0) continue;
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(edges.positions, 3));
    if (edges.features) geometry.setAttribute("feature", new BufferAttribute(edges.features, 1));
    const lines = new LineSegments(geometry, edgeMaterial(shared, edges.features ? states : null));
    lines.layers.set(EYE_ONLY);
    lines.renderOrder = 1;
    lines.matrixWorld.copy(group.matrixWorld);
    lines.matrixAutoUpdate = lines.matrixWorldAutoUpdate = false;
    group.add(lines);
  }
}

function discard(group: Group, textures: Texture[], states: DataTexture | null): void {
  group.removeFromParent();
  group.traverse((object) => {
    if (!(object instanceof Mesh || object instanceof LineSegments)) return;
    (object.geometry as BufferGeometry).dispose();
    (object.material as ShaderMaterial).dispose();
    (object.userData.depth as ShaderMaterial | undefined)?.dispose();
    if (object instanceof InstancedMesh) object.dispose();
  });
  for (const texture of textures) {
    (texture.image as ImageBitmap).close();
    texture.dispose();
  }
  states?.dispose();
}
