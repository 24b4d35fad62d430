/** Craftsmen, what was ordered from them and when they come: types and calls. */
import { at, get, send } from "./api";

/** Days as ISO 8601. */
export type Absence = [first: string, last: string];

export interface Firm {
  name: string;
  mail: string;
  trades: string[];
  /** Postcodes or their beginnings; empty for everywhere. */
  areas: string[];
  hours: string;
  absences: Absence[];
  contract: boolean;
  /** Who comes first among equals. */
  priority: number;
  /** Visits on one day at most. */
  capacity: number;
  place: [longitude: number, latitude: number] | null;
  /** False when nothing is ordered any more. */
  active: boolean;
}

export interface KnownFirm extends Firm {
  id: string;
  /** Open orders. */
  open: number;
}

export interface CraftOrder {
  id: string;
  case: string;
  /** What people call the case. */
  reference: string;
  craftsman: string;
  trade: string;
  state: string;
  made: string;
  latest: string | null;
  visit: { begins: string; ends: string } | null;
}

const part = encodeURIComponent;

export const firms = async (tenant: string) =>
  (await get<{ craftsmen: KnownFirm[] }>(`${at(tenant)}/craftsmen`)).craftsmen;
export const putFirm = (tenant: string, id: string, firm: Firm) =>
  send<unknown>("PUT", `${at(tenant)}/craftsmen/${part(id)}`, firm);
export const craftOrders = async (tenant: string) =>
  (await get<{ orders: CraftOrder[] }>(`${at(tenant)}/craft-orders`)).orders;
export const answerOrder = (tenant: string, order: string, answer: "accept" | "decline" | "finish") =>
  send<unknown>("POST", `${at(tenant)}/craft-orders/${part(order)}/${answer}`);
export const cancelVisit = (tenant: string, id: string, reason: string) =>
  send<unknown>("POST", `${at(tenant)}/cases/${part(id)}/appointment/cancel`, { reason });
export const moveVisit = (tenant: string, id: string, begin: string, reason: string) =>
  send<unknown>("POST", `${at(tenant)}/cases/${part(id)}/appointment/move`, { begin, reason });
