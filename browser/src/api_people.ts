/** Signing in, one's account and a tenant's administration: types and calls. */
import { at, get, query, send } from "./api";

export type Right =
  | "see"
  | "account"
  | "see_internal"
  | "see_drafts"
  | "edit"
  | "load"
  | "publish"
  | "plan"
  | "handle"
  | "oversee"
  | "administer"
  | "operate";
/** Rights a key can have. */
export type KeyRight = Exclude<Right, "account" | "administer" | "operate">;
/** Roles a tenant grants. */
export type GrantedRole = "clerk" | "planner" | "caretaker" | "caseworker" | "case_lead" | "administration";
export type Role = "public" | "citizen" | GrantedRole | "operator";

export interface Session {
  person: { id: string; login: string; name: string } | null;
  roles: Record<string, Role[]>;
  rights: Record<string, Right[]>;
  /** Rights in every tenant without a role. */
  everywhere: Right[];
  /** How one can sign in besides a password: at a provider of this name, with a passkey, in the demo as somebody invented. */
  ways: { provider: string; passkey: boolean; demo: Invented[] };
}

/** One of the invented people of the demo, and the page they begin with. */
export interface Invented {
  login: string;
  name: string;
  opens: string;
}

/** Somebody by number, with the name the instance knows today. */
export interface Named {
  id: string;
  name: string;
}

export interface Decision {
  key: number;
  tenant: string;
  person: Named;
  role: Role;
  granted: string;
  grantedBy: Named;
  reason: string;
  until: string | null;
  ended: string | null;
  endedBy: Named;
  endedReason: string;
  /** Whether it counts now. */
  holds: boolean;
}

export interface Key {
  id: string;
  tenant: string;
  rights: KeyRight[];
  title: string;
  until: string;
  /** Day of the last use, empty for never. */
  used: string;
}

/** A passkey, without what is secret. */
export interface Passkey {
  id: string;
  title: string;
  created: string;
  /** Day of the last use, empty for never. */
  used: string;
}

export interface Account {
  login: string;
  name: string;
  hasPassword: boolean;
  /** The identity provider that is connected, or empty. */
  provider: string;
  passkeys: Passkey[];
  sessions: { id: string; device: string; begun: string; seen: string; present: boolean }[];
  keys: Key[];
  decisions: Decision[];
  /** Rights a key can have, by tenant. */
  rightsForKeys: Record<string, KeyRight[]>;
}

export interface People {
  members: { id: string; login: string; name: string; roles: GrantedRole[] }[];
  decisions: Decision[];
  /** Roles that are granted here. */
  roles: GrantedRole[];
}

export interface Line {
  number: number;
  at: string;
  who: Named;
  what: string;
  subject: string;
  subjectName: string;
  detail: Record<string, unknown>;
}

export const session = () => get<Session>("/api/session");
export const signIn = (login: string, password: string) => send<Named>("POST", "/api/session", { login, password });
/** Sign out; gives the address where somebody who came from a provider can sign out there as well. */
export const signOut = () => send<{ elsewhere: string }>("DELETE", "/api/session");
export const openLink = (link: string) =>
  send<{ for: "password" | "sign in"; login: string; name: string }>("POST", "/api/session/link", { link });
export const signInAs = (login: string) => send<Named>("POST", "/api/session/demo", { login });
export const choosePassword = (link: string, password: string) =>
  send<Named>("POST", "/api/session/password", { link, password });

/** Begin to sign in at the provider; gives the address to go to. */
export const goToProvider = (target: string) => send<{ address: string }>("POST", "/api/session/provider", { target });
export const leaveProvider = () => send<object>("DELETE", "/api/session/provider");

export const askForPasskey = () =>
  send<PublicKeyCredentialRequestOptionsJSON>("POST", "/api/session/passkey/options", {});
export const signInWithPasskey = (credential: PublicKeyCredentialJSON) =>
  send<Named>("POST", "/api/session/passkey", { credential });
export const askForNewPasskey = () =>
  send<PublicKeyCredentialCreationOptionsJSON>("POST", "/api/account/passkeys/options", {});
export const makePasskey = (title: string, credential: PublicKeyCredentialJSON) =>
  send<Passkey>("POST", "/api/account/passkeys", { title, credential });
export const removePasskey = (id: string) => send<object>("DELETE", `/api/account/passkeys/${encodeURIComponent(id)}`);

export const account = () => get<Account>("/api/account");
export const changePassword = (present: string, wanted: string) =>
  send<object>("PUT", "/api/account/password", { present, wanted });
export const endSession = (id: string) => send<object>("DELETE", `/api/account/sessions/${encodeURIComponent(id)}`);
export const endSessions = () => send<object>("DELETE", "/api/account/sessions");
export const makeKey = (wanted: { tenant: string; rights: KeyRight[]; title: string; days: number }) =>
  send<Key & { key: string }>("POST", "/api/account/keys", wanted);
export const endKey = (id: string) => send<object>("DELETE", `/api/account/keys/${encodeURIComponent(id)}`);

export interface Wanted {
  role: GrantedRole;
  reason: string;
  until?: string | null;
}
const member = (tenant: string, id: string) => `${at(tenant)}/people/${encodeURIComponent(id)}`;
export const people = (tenant: string) => get<People>(`${at(tenant)}/people`);
export const addMember = (tenant: string, given: Wanted & { login: string; name: string }) =>
  send<Named & { link: string | null; hours: number }>("POST", `${at(tenant)}/people`, given);
export const withdraw = (tenant: string, id: string, given: Wanted) =>
  send<object>("POST", `${member(tenant, id)}/withdrawal`, given);
export const newLink = (tenant: string, id: string) =>
  send<{ link: string; hours: number }>("POST", `${member(tenant, id)}/link`);
export const auditLog = (tenant: string, before?: number) =>
  get<{ lines: Line[]; before: number | null }>(`${at(tenant)}/audit?${query({ before, limit: 50 })}`);
export const auditCheck = (tenant: string) =>
  get<{ lines: number; head: string; faults: string[] }>(`${at(tenant)}/audit/check`);
