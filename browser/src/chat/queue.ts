/** Messages that wait for a connection, kept on this device until the server has them; each has a key it is taken once by. */
import type { Outgoing } from "./types";

const NAME = "kastor-chat";

function opened(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const asking = indexedDB.open(NAME, 1);
    asking.onupgradeneeded = () => asking.result.createObjectStore("waiting", { autoIncrement: true });
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => failed(asking.error ?? new Error("no store"));
  });
}

async function within<Result>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const asking = act(database.transaction("waiting", mode).objectStore("waiting"));
      asking.onsuccess = () => done(asking.result);
      asking.onerror = () => failed(asking.error ?? new Error("no store"));
    });
  } finally {
    database.close();
  }
}

/** What waits in this tenant, oldest first. Where the browser refuses to store, memory has to do. */
export function queue(tenant: string) {
  const memory: { id: number; message: Outgoing }[] = [];
  let next = -1;

  async function put(message: Outgoing): Promise<number> {
    try {
      return Number(await within("readwrite", (store) => store.add({ tenant, message })));
    } catch {
      memory.push({ id: next, message });
      return next--;
    }
  }

  async function all(): Promise<{ id: number; message: Outgoing }[]> {
    try {
      const [ids, kept] = await Promise.all([
        within("readonly", (store) => store.getAllKeys()),
        within<{ tenant: string; message: Outgoing }[]>("readonly", (store) => store.getAll()),
      ]);
      const stored = kept.map((one, at) => ({ id: Number(ids[at]), ...one })).filter((one) => one.tenant === tenant);
      return [...stored, ...memory];
    } catch {
      return [...memory];
    }
  }

  async function drop(id: number): Promise<void> {
    const at = memory.findIndex((one) => one.id === id);
    if (at >= 0) memory.splice(at, 1);
    else await within("readwrite", (store) => store.delete(id));
  }

  return { put, all, drop };
}
