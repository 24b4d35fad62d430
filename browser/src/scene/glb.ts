/**
 * Reads the content of one tile: a binary glTF 2.0 with KHR_mesh_quantization, EXT_mesh_gpu_instancing,
 * EXT_mesh_features, EXT_instance_features and EXT_structural_metadata, as the twin's server writes it.
 *
 * Everything comes out in scene metres (east, north, up) relative to the tile's own centre, so single precision is
 * enough on the graphics card at any distance from the origin. Draco, meshopt, skins and animations are not read.
 */

import { readTable, type MetadataSchema, type PropertyTable, type Table } from "./table";

/** Column-major 4 x 4, double precision. */
export type Matrix = ArrayLike<number>;

export interface Surface {
  /** East, north, up per vertex [m] from the centre; for instances, in the frame of one instance. */
  positions: Float32Array;
  normals: Float32Array | null;
  uvs: Float32Array | null;
  index: Uint16Array | Uint32Array;
  /** Row of the property table per vertex. */
  features: Float32Array | null;
  /** 1 ground, 2 wall, 3 roof, 0 other, per vertex. */
  semantics: Float32Array | null;
  /** Red, green, blue, alpha 0..1 per vertex, linear. */
  colours: Float32Array | null;
  /** Base colour, linear. */
  colour: [number, number, number, number];
  /** Index in {@link Content.images}, -1 without texture. */
  image: number;
  instances: Instances | null;
}

export interface Instances {
  count: number;
  /** 16 numbers each, from the instance to metres from the centre. */
  matrices: Float32Array;
  features: Float32Array | null;
}

export interface Content {
  /** East, north, up of the tile's centre [m]. */
  centre: [number, number, number];
  surfaces: Surface[];
  images: { bytes: Uint8Array<ArrayBuffer> | null; uri: string; mime: string }[];
  table: Table | null;
}

export class TileError extends Error {}

interface Accessor {
  bufferView?: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  type: string;
  normalized?: boolean;
  min?: number[];
  max?: number[];
}

interface FeatureSet {
  attribute?: number;
  propertyTable?: number;
}

interface Primitive {
  attributes: Record<string, number>;
  indices?: number;
  material?: number;
  mode?: number;
  extensions?: { EXT_mesh_features?: { featureIds: FeatureSet[] } };
}

interface Node {
  mesh?: number;
  children?: number[];
  matrix?: number[];
  translation?: number[];
  rotation?: number[];
  scale?: number[];
  extensions?: {
    EXT_mesh_gpu_instancing?: { attributes: Record<string, number> };
    EXT_instance_features?: { featureIds: FeatureSet[] };
  };
}

interface Document {
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: Node[];
  meshes?: { primitives: Primitive[] }[];
  accessors?: Accessor[];
  bufferViews?: { byteOffset?: number; byteLength: number; byteStride?: number }[];
  materials?: { pbrMetallicRoughness?: { baseColorFactor?: number[]; baseColorTexture?: { index: number } } }[];
  textures?: { source?: number; extensions?: { EXT_texture_webp?: { source: number } } }[];
  images?: { bufferView?: number; uri?: string; mimeType?: string }[];
  extensionsRequired?: string[];
  extensions?: { EXT_structural_metadata?: { schema?: MetadataSchema; propertyTables?: PropertyTable[] } };
}

interface File {
  json: Document;
  bytes: Uint8Array<ArrayBuffer>;
}

const ARRAYS = {
  5120: Int8Array,
  5121: Uint8Array,
  5122: Int16Array,
  5123: Uint16Array,
  5125: Uint32Array,
  5126: Float32Array,
} as const;
const RANGE: Record<number, number> = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 };
const SIZE: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };
const KNOWN = new Set([
  "KHR_mesh_quantization",
  "KHR_materials_unlit",
  "KHR_texture_transform",
  "EXT_mesh_gpu_instancing",
  "EXT_mesh_features",
  "EXT_instance_features",
  "EXT_structural_metadata",
  "EXT_texture_webp",
]);
const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** glTF is y-up, the scene z-up: (x, y, z) becomes (x, -z, y). */
const UPRIGHT = [1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1];

function open(buffer: ArrayBuffer): File {
  const view = new DataView(buffer);
  if (buffer.byteLength < 20 || view.getUint32(0, true) !== 0x46546c67 || view.getUint32(4, true) !== 2) {
    throw new TileError("not a binary glTF 2.0; tiles must be .glb files");
  }
  const length = view.getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length))) as Document;
  const missing = (json.extensionsRequired ?? []).find((name) => !KNOWN.has(name));
  if (missing) throw new TileError(`needs the glTF extension ${missing}, which this scene does not read`);
  const start = 20 + length;
  const bytes =
    start + 8 <= buffer.byteLength
      ? new Uint8Array(buffer, start + 8, view.getUint32(start, true))
      : new Uint8Array(new ArrayBuffer(0));
  return { json, bytes };
}

function viewBytes(file: File, index: number): Uint8Array<ArrayBuffer> {
  const view = file.json.bufferViews?.[index];
  if (!view) throw new TileError(`buffer view ${index} is missing`);
  const offset = view.byteOffset ?? 0;
  if (offset + view.byteLength > file.bytes.length) throw new TileError(`buffer view ${index} ends after the file`);
  return file.bytes.subarray(offset, offset + view.byteLength);
}

/** The numbers of an accessor, tightly packed; normalised integers as fractions. */
function numbers(file: File, index: number): { values: Float32Array; width: number; count: number } {
  const accessor = file.json.accessors?.[index];
  if (!accessor) throw new TileError(`accessor ${index} is missing`);
  const width = SIZE[accessor.type] ?? 1;
  const values = new Float32Array(accessor.count * width);
  if (accessor.bufferView === undefined) return { values, width, count: accessor.count };
  const source = packed(file, accessor, width);
  const scale = accessor.normalized ? 1 / (RANGE[accessor.componentType] ?? 1) : 1;
  for (let i = 0; i < values.length; i++) values[i] = (source[i] as number) * scale;
  return { values, width, count: accessor.count };
}

function packed(file: File, accessor: Accessor, width: number) {
  const Kind = ARRAYS[accessor.componentType as keyof typeof ARRAYS];
  const bytes = viewBytes(file, accessor.bufferView as number);
  const stride = file.json.bufferViews?.[accessor.bufferView as number]?.byteStride ?? width * Kind.BYTES_PER_ELEMENT;
  const start = bytes.byteOffset + (accessor.byteOffset ?? 0);
  const row = width * Kind.BYTES_PER_ELEMENT;
  const end = (accessor.byteOffset ?? 0) + (accessor.count - 1) * stride + row;
  if (accessor.count > 0 && end > bytes.length) throw new TileError("an accessor ends after its buffer view");
  if (stride === row && start % Kind.BYTES_PER_ELEMENT === 0) {
    return new Kind(bytes.buffer, start, accessor.count * width);
  }
  const tight = new Uint8Array(accessor.count * row);
  for (let i = 0; i < accessor.count; i++) {
    tight.set(new Uint8Array(bytes.buffer, start + i * stride, row), i * row);
  }
  return new Kind(tight.buffer);
}

function indices(file: File, primitive: Primitive, vertices: number): Uint16Array | Uint32Array {
  if (primitive.indices === undefined) return Uint32Array.from({ length: vertices }, (_, i) => i);
  const accessor = file.json.accessors?.[primitive.indices];
  if (!accessor) throw new TileError("the index of a mesh is missing");
  const source = packed(file, accessor, 1);
  if (source instanceof Uint32Array) return source;
  return source instanceof Uint16Array ? source : Uint16Array.from(source);
}

export function multiply(a: Matrix, b: Matrix): number[] {
  const out = new Array<number>(16).fill(0);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += (a[k * 4 + row] as number) * (b[column * 4 + k] as number);
      out[column * 4 + row] = sum;
    }
  }
  return out;
}

function compose(t: ArrayLike<number>, r: ArrayLike<number>, s: ArrayLike<number>): number[] {
  const [x = 0, y = 0, z = 0, w = 1] = Array.from(r);
  const [a = 1, b = 1, c = 1] = Array.from(s);
  const [e = 0, f = 0, g = 0] = Array.from(t);
  // prettier-ignore
  return [
    a * (1 - 2 * (y * y + z * z)), a * 2 * (x * y + w * z), a * 2 * (x * z - w * y), 0,
    b * 2 * (x * y - w * z), b * (1 - 2 * (x * x + z * z)), b * 2 * (y * z + w * x), 0,
    c * 2 * (x * z + w * y), c * 2 * (y * z - w * x), c * (1 - 2 * (x * x + y * y)), 0,
    e, f, g, 1,
  ];
}

function local(node: Node): Matrix {
  return node.matrix ?? compose(node.translation ?? [0, 0, 0], node.rotation ?? [0, 0, 0, 1], node.scale ?? [1, 1, 1]);
}

function transformed(values: Float32Array, m: Matrix, shift: number): Float32Array {
  const [a, b, c, , d, e, f, , g, h, i, , x, y, z] = Array.from(m) as number[] & { length: 16 };
  const out = new Float32Array(values.length);
  for (let k = 0; k < values.length; k += 3) {
    const u = values[k] as number;
    const v = values[k + 1] as number;
    const w = values[k + 2] as number;
    out[k] = (a as number) * u + (d as number) * v + (g as number) * w + shift * (x as number);
    out[k + 1] = (b as number) * u + (e as number) * v + (h as number) * w + shift * (y as number);
    out[k + 2] = (c as number) * u + (f as number) * v + (i as number) * w + shift * (z as number);
  }
  return out;
}

function normalised(values: Float32Array): Float32Array {
  for (let k = 0; k < values.length; k += 3) {
    const length = Math.hypot(values[k] as number, values[k + 1] as number, values[k + 2] as number) || 1;
    for (let c = 0; c < 3; c++) values[k + c] = (values[k + c] as number) / length;
  }
  return values;
}

/** Feature rows (the set with a property table) and semantics (the set without). */
function featureSets(file: File, sets: FeatureSet[], attributes: Record<string, number>) {
  const read = (set: FeatureSet | undefined): Float32Array | null => {
    const accessor = set?.attribute === undefined ? undefined : attributes[`_FEATURE_ID_${set.attribute}`];
    return accessor === undefined ? null : numbers(file, accessor).values;
  };
  return {
    features: read(sets.find((set) => set.propertyTable !== undefined)),
    semantics: read(sets.find((set) => set.propertyTable === undefined)),
  };
}

function colourOf(file: File, primitive: Primitive): { colour: [number, number, number, number]; image: number } {
  const material = file.json.materials?.[primitive.material ?? -1]?.pbrMetallicRoughness;
  const [r = 1, g = 1, b = 1, a = 1] = material?.baseColorFactor ?? [];
  const texture = file.json.textures?.[material?.baseColorTexture?.index ?? -1];
  return { colour: [r, g, b, a], image: texture?.extensions?.EXT_texture_webp?.source ?? texture?.source ?? -1 };
}

function vertexColours(file: File, accessor: number | undefined): Float32Array | null {
  if (accessor === undefined) return null;
  const { values, width, count } = numbers(file, accessor);
  if (width === 4) return values;
  const out = new Float32Array(count * 4).fill(1);
  for (let i = 0; i < count; i++) out.set(values.subarray(i * 3, i * 3 + 3), i * 4);
  return out;
}

function instancesOf(file: File, node: Node, toCentre: Matrix): Instances {
  const attributes = node.extensions?.EXT_mesh_gpu_instancing?.attributes ?? {};
  const read = (name: string) => (attributes[name] === undefined ? null : numbers(file, attributes[name]));
  const translation = read("TRANSLATION");
  const rotation = read("ROTATION");
  const scale = read("SCALE");
  const count = (translation ?? rotation ?? scale)?.count ?? 0;
  const matrices = new Float32Array(count * 16);
  for (let i = 0; i < count; i++) {
    const t = translation?.values.subarray(i * 3, i * 3 + 3) ?? [0, 0, 0];
    const r = rotation?.values.subarray(i * 4, i * 4 + 4) ?? [0, 0, 0, 1];
    const s = scale?.values.subarray(i * 3, i * 3 + 3) ?? [1, 1, 1];
    matrices.set(multiply(toCentre, compose(t, r, s)), i * 16);
  }
  const sets = node.extensions?.EXT_instance_features?.featureIds ?? [];
  return { count, matrices, features: featureSets(file, sets, attributes).features };
}

function surfaceOf(file: File, node: Node, primitive: Primitive, toCentre: Matrix): Surface | null {
  const position = primitive.attributes.POSITION;
  if (position === undefined || (primitive.mode ?? 4) !== 4) return null;
  const instanced = node.extensions?.EXT_mesh_gpu_instancing !== undefined;
  const matrix = instanced ? IDENTITY : toCentre;
  const positions = transformed(numbers(file, position).values, matrix, 1);
  const { NORMAL: normal, TEXCOORD_0: uv, COLOR_0: tint } = primitive.attributes;
  const sets = primitive.extensions?.EXT_mesh_features?.featureIds ?? [];
  return {
    positions,
    normals: normal === undefined ? null : normalised(transformed(numbers(file, normal).values, matrix, 0)),
    uvs: uv === undefined ? null : numbers(file, uv).values,
    index: indices(file, primitive, positions.length / 3),
    ...featureSets(file, sets, primitive.attributes),
    colours: vertexColours(file, tint),
    ...colourOf(file, primitive),
    instances: instanced ? instancesOf(file, node, toCentre) : null,
  };
}

/** Centre of the first mesh's declared bounds, carried into the scene: near enough to all of the tile. */
function centreOf(file: File, placed: { node: Node; matrix: Matrix }[]): [number, number, number] {
  const first = placed[0];
  if (!first) return [0, 0, 0];
  const accessor =
    file.json.accessors?.[file.json.meshes?.[first.node.mesh ?? -1]?.primitives[0]?.attributes.POSITION ?? -1];
  const range = accessor?.normalized ? (RANGE[accessor.componentType] ?? 1) : 1;
  const middle = [0, 1, 2].map((i) => ((accessor?.min?.[i] ?? 0) + (accessor?.max?.[i] ?? 0)) / 2 / range);
  const m = first.matrix;
  const at = (row: number) =>
    (m[row] as number) * (middle[0] as number) +
    (m[4 + row] as number) * (middle[1] as number) +
    (m[8 + row] as number) * (middle[2] as number) +
    (m[12 + row] as number);
  return [at(0), at(1), at(2)];
}

function placedNodes(json: Document, toScene: Matrix): { node: Node; matrix: Matrix }[] {
  const placed: { node: Node; matrix: Matrix }[] = [];
  const visit = (index: number, parent: Matrix, depth: number) => {
    const node = json.nodes?.[index];
    if (!node || depth > 32) throw new TileError("the node tree of the tile is broken");
    const matrix = multiply(parent, local(node));
    if (node.mesh !== undefined) placed.push({ node, matrix });
    for (const child of node.children ?? []) visit(child, matrix, depth + 1);
  };
  const root = multiply(toScene, UPRIGHT);
  for (const index of json.scenes?.[json.scene ?? 0]?.nodes ?? []) visit(index, root, 0);
  return placed;
}

/**
 * @param buffer the .glb file
 * @param toScene from the tile's (z-up) frame to the scene
 */
export function readContent(buffer: ArrayBuffer, toScene: Matrix): Content {
  const file = open(buffer);
  const placed = placedNodes(file.json, toScene);
  const centre = centreOf(file, placed);
  const surfaces: Surface[] = [];
  for (const { node, matrix } of placed) {
    const toCentre = Array.from(matrix);
    for (let i = 0; i < 3; i++) toCentre[12 + i] = (toCentre[12 + i] as number) - (centre[i] as number);
    for (const primitive of file.json.meshes?.[node.mesh ?? -1]?.primitives ?? []) {
      const surface = surfaceOf(file, node, primitive, toCentre);
      if (surface) surfaces.push(surface);
    }
  }
  const images = (file.json.images ?? []).map((image) => ({
    bytes: image.bufferView === undefined ? null : viewBytes(file, image.bufferView),
    uri: image.uri ?? "",
    mime: image.mimeType ?? "image/png",
  }));
  const metadata = file.json.extensions?.EXT_structural_metadata;
  const table = metadata?.propertyTables?.[0];
  return {
    centre,
    surfaces,
    images,
    table:
      table && metadata?.schema ? readTable(metadata.schema, table, (index) => viewBytes(file, index).slice()) : null,
  };
}
