/** Changes that are not kept yet, in this browser: a reload loses none of them. */
import type { Change } from "../../api_procedures";

const place = (tenant: string, id: string, version: string) => `kastor.procedure.${tenant}.${id}.${version}`;

export function readDraft(tenant: string, id: string, version: string): Change[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place(tenant, id, version)) ?? "[]");
    return Array.isArray(found) ? (found as Change[]) : [];
  } catch {
    return [];
  }
}

export function writeDraft(tenant: string, id: string, version: string, changes: Change[]): void {
  if (!changes.length) return clearDraft(tenant, id, version);
  try {
    localStorage.setItem(place(tenant, id, version), JSON.stringify(changes));
  } catch {
    // a browser that refuses to store still has them until the page is closed
  }
}

export function clearDraft(tenant: string, id: string, version: string): void {
  try {
    localStorage.removeItem(place(tenant, id, version));
  } catch {
    // nothing was stored
  }
}
