/** Who sits before the screen, and what they may do. */
import { shallowReactive } from "vue";
import * as api from "../api_people";
import type { Right, Session } from "../api_people";
import { address } from "./address";

const STRANGER: Session = {
  person: null,
  roles: {},
  rights: {},
  everywhere: ["see"],
  ways: { provider: "", passkey: false, demo: [] },
};

export const person = shallowReactive<{ session: Session; known: boolean }>({ session: STRANGER, known: false });

/** Ask the server who is signed in; without an answer it is nobody. */
export async function askWho(): Promise<void> {
  person.session = await api.session().catch(() => STRANGER);
  person.known = true;
}

/** Whether the reader may do something in a tenant, the open one unless another is named. */
export function may(right: Right, tenant: string = address.tenant): boolean {
  return (person.session.rights[tenant] ?? person.session.everywhere).includes(right);
}

/** Begin anew at an address after signing in or out: nothing of the former reader stays on the page. */
export function startAt(path: string): void {
  window.location.assign(path);
}
