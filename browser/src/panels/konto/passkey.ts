/** What a browser does with passkeys: let a device make one, and let it sign in. */
import * as api from "../../api_people";

/** Whether this browser knows passkeys well enough. */
export const knowsPasskeys = () =>
  typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Sign in with any passkey of this server; the device asks which. */
export async function signInWithPasskey(): Promise<void> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await api.askForPasskey());
  const found = await navigator.credentials.get({ publicKey });
  await api.signInWithPasskey((found as PublicKeyCredential).toJSON());
}

/** Make a passkey for the account that is signed in. */
export async function makePasskey(title: string): Promise<void> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await api.askForNewPasskey());
  const made = await navigator.credentials.create({ publicKey });
  await api.makePasskey(title, (made as PublicKeyCredential).toJSON());
}
