/** Files on their way to the server: in pieces, so that a broken connection costs one piece; goes on behind other pages. */
import { shallowReactive } from "vue";
import { Problem } from "../../api";
import * as care from "../../api_care";
import type { Upload } from "../../api_care";

export const transfer = shallowReactive<{ id: string; sent: number; total: number; problem: Error | null }>({
  id: "",
  sent: 0,
  total: 0,
  problem: null,
});

let stopped = new AbortController();
/** How often a piece is tried again, and the first pause; each one doubles. */
const TRIES = 5;
const PAUSE = 500;

/** The chosen file for each file of an upload, by name and size; null for those that were not chosen. */
export function matched(upload: Upload, chosen: File[]): (File | null)[] {
  return upload.files.map(
    ({ name, size }) =>
      chosen.find((file) => file.size === size && file.name === name) ??
      chosen.find((file) => file.size === size) ??
      null,
  );
}

/** Send what the server lacks of an upload; resolves when all is there or somebody stopped it. */
export async function sendFiles(tenant: string, upload: Upload, files: (File | null)[], chunk: number): Promise<void> {
  stopTransfer();
  const mine = (stopped = new AbortController());
  const received = upload.files.map((file) => file.received);
  const count = () => (transfer.sent = received.reduce((sum, n) => sum + n, 0));
  Object.assign(transfer, {
    id: upload.id,
    total: upload.files.reduce((sum, file) => sum + file.size, 0),
    problem: null,
  });
  count();
  try {
    for (const [number, file] of files.entries()) {
      while (file && received[number]! < file.size) {
        received[number] = await sendPiece(tenant, upload.id, number, file, received[number]!, chunk, mine.signal);
        count();
      }
    }
  } catch (problem) {
    if (!mine.signal.aborted) transfer.problem = problem as Error;
  } finally {
    if (stopped === mine) transfer.id = "";
  }
}

/** Send one piece; gives how much is there then. */
async function sendPiece(
  tenant: string,
  id: string,
  number: number,
  file: File,
  offset: number,
  chunk: number,
  signal: AbortSignal,
): Promise<number> {
  for (let left = TRIES, pause = PAUSE; ; left--, pause *= 2) {
    try {
      return (await care.sendPiece(tenant, id, number, offset, file.slice(offset, offset + chunk), signal)).received;
    } catch (problem) {
      if (signal.aborted) throw problem;
      const status = problem instanceof Problem ? problem.status : 0;
      // the server has more or less than we think: it knows best
      if (status === 409) return (await care.upload(tenant, id, signal)).files[number]!.received;
      if ((status && status < 500) || status === 507 || left <= 1) throw problem;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Let go of the transfer under way; what has arrived stays. */
export function stopTransfer(): void {
  stopped.abort();
  transfer.id = "";
}

/** A size as people read it. */
export function bytes(size: number, locale: string): string {
  const units = ["Byte", "kB", "MB", "GB"];
  let step = 0;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step++;
  }
  return `${size.toLocaleString(locale, { maximumFractionDigits: step && size < 100 ? 1 : 0 })} ${units[step]}`;
}
