/** Fields of a form as texts, and what was typed as the server takes it. */
import type { FormField } from "../../api_corrections";
import { language } from "../../text";

export const ADDRESS_PARTS = ["street", "number", "postcode", "city"] as const;
export type Values = Record<string, string>;

/** A number with all its decimals, written as the reader types it; the server takes comma and point. */
const decimal = (value: unknown) => String(value).replace(".", language.value === "de" ? "," : ".");

function texts(field: FormField): Values {
  const { name, type, value } = field;
  if (type !== "address") return { [name]: value == null ? "" : type === "number" ? decimal(value) : String(value) };
  const first = (Array.isArray(field.value) ? field.value[0] : field.value) as Values | undefined;
  return Object.fromEntries(ADDRESS_PARTS.map((part) => [`address.${part}`, first?.[part] ?? ""]));
}

/** What the fields say now. */
export const stated = (fields: FormField[]): Values => Object.assign({}, ...fields.map(texts)) as Values;

/** What differs from what was read; null takes a value away. */
export function changed(fields: FormField[], start: Values, values: Values): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const differs = (name: string) => (values[name] ?? "") !== (start[name] ?? "");
  for (const field of fields) {
    if (field.type !== "address" && differs(field.name)) found[field.name] = values[field.name] || null;
    if (field.type === "address" && ADDRESS_PARTS.some((part) => differs(`address.${part}`))) {
      const one = Object.fromEntries(ADDRESS_PARTS.map((part) => [part, values[`address.${part}`] ?? ""]));
      const others = Array.isArray(field.value) ? (field.value.slice(1) as unknown[]) : [];
      found.address = [one, ...others];
    }
  }
  return found;
}
