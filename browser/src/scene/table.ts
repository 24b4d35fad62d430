/** What do the features of a tile know about themselves? Reads one property table of EXT_structural_metadata. */

export interface PropertyTable {
  class: string;
  count: number;
  properties?: Record<string, { values: number; stringOffsets?: number; stringOffsetType?: string }>;
}

export interface MetadataSchema {
  classes?: Record<string, { properties?: Record<string, { type: string; componentType?: string; noData?: unknown }> }>;
}

/** The rows of a tile's property table; a missing column or an empty value gives null. */
export interface Table {
  count: number;
  columns: string[];
  value(column: string, row: number): number | string | null;
  /** Row of the object with this id, -1 when the tile does not hold it. */
  rowOf(id: string): number;
}

const ARRAYS = {
  INT8: Int8Array,
  UINT8: Uint8Array,
  INT16: Int16Array,
  UINT16: Uint16Array,
  INT32: Int32Array,
  UINT32: Uint32Array,
  FLOAT32: Float32Array,
  FLOAT64: Float64Array,
} as const;

/** Columns whose zero says "unknown": the writer leaves noData out of small integers. */
const ZERO_IS_EMPTY = new Set(["storeys", "roof", "year"]);

function typed(bytes: Uint8Array<ArrayBuffer>, kind: string | undefined) {
  const Kind = ARRAYS[(kind ?? "UINT32") as keyof typeof ARRAYS];
  if (!Kind) return null;
  const aligned = bytes.byteOffset % Kind.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Kind(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / Kind.BYTES_PER_ELEMENT));
}

type Column = (row: number) => number | string | null;

function strings(bytes: Uint8Array<ArrayBuffer>, offsets: ArrayLike<number>): Column {
  const decoder = new TextDecoder();
  return (row) => decoder.decode(bytes.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0)) || null;
}

function scalars(name: string, values: ArrayLike<number>, noData: unknown): Column {
  const empty = typeof noData === "number" ? noData : ZERO_IS_EMPTY.has(name) ? 0 : NaN;
  return (row) => {
    const value = values[row];
    return value === undefined || Number.isNaN(value) || value === empty ? null : value;
  };
}

export function readTable(
  schema: MetadataSchema,
  table: PropertyTable,
  bytesOf: (bufferView: number) => Uint8Array<ArrayBuffer>,
): Table {
  const columns = new Map<string, Column>();
  for (const [name, { values, stringOffsets, stringOffsetType }] of Object.entries(table.properties ?? {})) {
    const property = schema.classes?.[table.class]?.properties?.[name];
    if (property?.type === "STRING" && stringOffsets !== undefined) {
      const offsets = typed(bytesOf(stringOffsets), stringOffsetType);
      if (offsets) columns.set(name, strings(bytesOf(values), offsets));
    } else if (property?.type === "SCALAR" || property?.type === "ENUM") {
      const numbers = typed(bytesOf(values), property.componentType);
      if (numbers) columns.set(name, scalars(name, numbers, property.noData));
    }
  }
  let rows: Map<string, number> | null = null;
  return {
    count: table.count,
    columns: [...columns.keys()],
    value: (column, row) => columns.get(column)?.(row) ?? null,
    rowOf(id) {
      if (!rows) {
        rows = new Map();
        for (let row = 0; row < table.count; row++) rows.set(String(columns.get("id")?.(row) ?? ""), row);
      }
      return rows.get(id) ?? -1;
    },
  };
}
