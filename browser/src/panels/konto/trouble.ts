/** What went wrong with signing in or with the account, in the reader's words. */
import { Problem } from "../../api";
import { has, t } from "../../text";
import { explain } from "../elements/problem";

export interface Trouble {
  title: string;
  text: string;
}

/** Trouble the server sent the browser back with, in the address. */
export function sentBack(search: string): Trouble | null {
  const name = `sentBack.${new URLSearchParams(search).get("problem") ?? ""}`;
  const text = `${name}Text`;
  return has(name) && has(text) ? { title: t(name), text: t(text) } : null;
}

/** What a device said instead of giving a passkey; null when it was not the device. */
function ofDevice(failed: Error): Trouble | null {
  if (!(failed instanceof DOMException)) return null;
  const known = failed.name === "InvalidStateError";
  return known
    ? { title: t("passkey.known"), text: t("passkey.knownText") }
    : { title: t("passkey.stopped"), text: t("passkey.stoppedText") };
}

/** Trouble with the account of somebody who is signed in. */
export const ofAccount = (failed: Error): Trouble => ofDevice(failed) ?? explain(failed);

/** Which way of signing in did not work. */
export type Way = "password" | "passkey" | "provider" | "link";

/** Trouble with signing in. */
export function ofSigningIn(failed: Error, way: Way): Trouble {
  const device = ofDevice(failed);
  if (device) return device;
  if (!(failed instanceof Problem)) return explain(failed);
  if (failed.status === 401) {
    if (way === "link") return { title: t("account.linkOver"), text: t("account.linkOverText") };
    if (way === "passkey") return { title: t("passkey.wrong"), text: t("passkey.wrongText") };
    return { title: t("account.wrong"), text: t("account.wrongText") };
  }
  if (failed.status === 429) return { title: t("account.wait"), text: t("account.waitText") };
  if (failed.status === 422) return { title: t("account.weak"), text: t("account.weakText") };
  if (way === "provider") return { title: t("sentBack.down"), text: t("sentBack.downText") };
  return explain(failed);
}
