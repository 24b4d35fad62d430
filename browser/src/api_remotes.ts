/** Models of other servers a tenant offers, for its administration. */
import { at, get, send, type Words } from "./api";

export interface Remotes {
  processes: {
    name: string;
    address: string;
    title: Words;
    version: string;
    units: Record<string, string>;
    added: string;
    /** Whether the operator has a key for that server. */
    with_key: boolean;
  }[];
  /** Addresses the operator allows. */
  allowed: string[];
}
export interface Answered {
  reached: boolean;
  /** Whether the other server describes its model in another way than what is kept. */
  changed: boolean;
  seconds: number;
  problem: Words;
}

const all = (tenant: string) => `${at(tenant)}/remote-processes`;
export const remotes = (tenant: string) => get<Remotes>(all(tenant));
export const addRemote = (tenant: string, wanted: { name: string; address: string; units: Record<string, string> }) =>
  send<Remotes["processes"][0]>("POST", all(tenant), wanted);
export const checkRemote = (tenant: string, name: string) =>
  send<Answered>("POST", `${all(tenant)}/${encodeURIComponent(name)}/check`, {});
export const removeRemote = (tenant: string, name: string) =>
  send<undefined>("DELETE", `${all(tenant)}/${encodeURIComponent(name)}`);
