/** The chat page: the server draws it whole and works without scripts; with them it answers at once and waits for a connection. */
import "../style/tokens.css";
import "./chat.css";
import { bubble, choices, element, pending } from "./draw";
import { prepared } from "./photos";
import { queue } from "./queue";
import type { Conversation, Entry, Outgoing, Words } from "./types";

const page = document.querySelector<HTMLElement>("#chat")!;
const log = document.querySelector<HTMLOListElement>("#log")!;
const offered = document.querySelector<HTMLElement>("#offered")!;
const form = document.querySelector<HTMLFormElement>("#write")!;
const field = form.querySelector<HTMLTextAreaElement>("textarea")!;
const picker = form.querySelector<HTMLInputElement>("input[type=file]")!;
const chosen = document.querySelector<HTMLElement>("#chosen")!;
const state = document.querySelector<HTMLElement>("#state")!;
const scroller = document.querySelector<HTMLElement>("#scroll")!;
const words = JSON.parse(document.querySelector("#words")!.textContent!) as Words;
const tenant = page.dataset.tenant!;
const language = page.dataset.language!;
const base = `/api/tenants/${tenant}/chat`;
const waiting = queue(tenant);
const RETRY = 8000;

/** What is drawn already, and how far the conversation was then. */
const drawn = new Set([...log.children].map((li) => li.getAttribute("data-id") ?? ""));
let version = "";
let sending = false;
const begun = page.dataset.begun === "true";
let stream: EventSource | undefined;
/** Who had the keyboard keeps it: a button that was pressed goes away with its question. */
let followFocus = false;

const toEnd = () => scroller.scrollTo({ top: scroller.scrollHeight });

/** Scroll to what is new; of a long answer the beginning is seen, which may be what matters most. */
function toNews(news: Entry[]): void {
  const first = news.find((entry) => entry.from !== "me" && entry.kind !== "notice");
  const li = first && log.querySelector(`[data-id="${CSS.escape(first.id)}"]`);
  toEnd();
  if (li && li.getBoundingClientRect().top < scroller.getBoundingClientRect().top)
    li.scrollIntoView({ block: "start" });
}

function say(text: string): void {
  state.textContent = text;
  state.hidden = !text;
}

/** Add what is new; what waits here and has arrived goes from its place. */
function add(entries: Entry[]): void {
  const news = entries.filter((entry) => !drawn.has(entry.id));
  if (news.length === 0) return;
  // The greeting of an empty page was never part of the conversation.
  log.querySelector('[data-id=""]')?.remove();
  for (const entry of news) {
    drawn.add(entry.id);
    if (entry.kind !== "notice") log.append(bubble(entry, words, base));
  }
  // notices stand in the head of the page: one that is only new to this list changes nothing
  if (news.every((entry) => entry.kind === "notice")) return;
  for (const li of log.querySelectorAll(".waits")) log.append(li);
  offer(news.at(-1)!);
  toNews(news);
}

function offer(entry: Entry): void {
  const shown = entry.from !== "me" && entry.choices.length > 0;
  offered.replaceChildren(...(shown ? [element("form", {}, ...choices(entry, words))] : []));
  nameTake();
  if (followFocus)
    (offered.querySelector<HTMLElement>("input:checked, button") ?? field).focus({ preventScroll: true });
  followFocus = false;
}

/** The button says which appointment it takes. */
function nameTake(): void {
  const label = offered.querySelector("input:checked")?.parentElement;
  const take = offered.querySelector(".btn.p");
  if (label && take)
    take.textContent = (words.take_this ?? "").replace(
      "{when}",
      [...label.querySelectorAll("b, span")].map((part) => part.textContent).join(", "),
    );
}

function take(conversation: Conversation): void {
  version = conversation.version;
  add(conversation.entries);
  document.querySelector("#title")!.textContent = conversation.title;
  document.querySelector("#reference")!.textContent = conversation.reference;
  document.title = `${conversation.title} · Kastor`;
}

async function post(message: Outgoing): Promise<"done" | "later"> {
  const body = new FormData();
  body.set("key", message.key);
  body.set("text", message.text);
  body.set("language", language);
  for (const [slot, value] of Object.entries(message.answers)) body.set(`answer.${slot}`, value);
  for (const file of message.files) body.append("file", file.content, file.name);
  let answer: Response;
  try {
    answer = await fetch(`${base}/messages`, {
      method: "POST",
      body,
      headers: { "Accept-Language": language === "en" ? "en" : "de" },
    });
  } catch {
    return "later";
  }
  if (answer.status === 429 || answer.status >= 500) return "later";
  log.querySelector(`[data-key="${CSS.escape(message.key)}"]`)?.remove();
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    say(problem.detail ?? words.refused ?? "");
    if (!field.value) field.value = message.text;
    return "done";
  }
  const conversation = (await answer.json()) as Conversation;
  take(conversation);
  listen();
  return "done";
}

/** Send what waits, one after the other; what cannot be sent now waits on. */
async function flush(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (const { id, message } of await waiting.all()) {
      if ((await post(message)) === "later") {
        for (const li of log.querySelectorAll(".waits .state")) li.textContent = words.waits ?? "";
        say(words.offline ?? "");
        window.setTimeout(() => void flush(), RETRY);
        return;
      }
      await waiting.drop(id);
      if (!log.querySelector(".waits")) say(state.textContent === words.offline ? "" : (state.textContent ?? ""));
    }
  } finally {
    sending = false;
  }
}

async function send(text: string, answers: Record<string, string>, shown: string): Promise<void> {
  const files = await Promise.all(
    [...(picker.files ?? [])].map(async (file) => ({ name: file.name, content: await prepared(file) })),
  );
  if (!text && files.length === 0 && Object.keys(answers).length === 0) return field.focus();
  say("");
  const message = { key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, text, answers, shown, files };
  picker.value = "";
  showChosen();
  log.append(pending(message, words));
  offered.replaceChildren();
  toEnd();
  await waiting.put(message);
  await flush();
}

/** What was filled in of all questions at once, and how it reads; what was left empty is asked later. */
function filledIn(form: HTMLFormElement): [Record<string, string>, string] {
  const answers: Record<string, string> = {};
  const shown: string[] = [];
  for (const one of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[name^='answer.']")) {
    if (!one.value) continue;
    answers[one.name.replace(/^answer\./, "")] = one.value;
    shown.push(one instanceof HTMLSelectElement ? (one.selectedOptions[0]?.textContent ?? "") : one.value);
  }
  return [answers, shown.join(", ")];
}

function showChosen(): void {
  const names = [...(picker.files ?? [])].map((file) => file.name);
  chosen.textContent = names.length ? `${words.enclosed}: ${names.join(", ")}` : "";
  chosen.hidden = names.length === 0;
}

/** What a person writes, and what happens later, comes by itself. */
function listen(): void {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`${base}/events?after=${encodeURIComponent(version)}`);
  stream.addEventListener("entries", (event) => {
    const conversation = JSON.parse((event as MessageEvent<string>).data) as Conversation;
    take(conversation);
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  field.value = "";
  grow();
  void send(text, {}, "");
});
for (const area of [offered, document.querySelector<HTMLElement>("#human")!])
  area.addEventListener("submit", (event) => {
    event.preventDefault();
    const pressed = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    const filled = area.querySelector<HTMLFormElement>("form:has(.fields)");
    if (filled && !pressed?.name) return void send("", ...filledIn(filled));
    const picked = area.querySelector<HTMLInputElement>("input:checked");
    const source = pressed?.name ? pressed : picked;
    if (!source) return;
    const shown = pressed?.name
      ? (pressed.textContent ?? "")
      : [...(picked?.parentElement?.querySelectorAll("b, span") ?? [])].map((part) => part.textContent).join(", ");
    followFocus = area === offered;
    void send("", { [source.name.replace(/^answer\./, "")]: source.value }, shown.trim());
  });
offered.addEventListener("change", nameTake);
picker.addEventListener("change", showChosen);
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
/** The field grows with its text. */
function grow(): void {
  field.rows = Math.min(5, Math.max(1, field.value.split("\n").length, Math.ceil(field.value.length / 34)));
}
field.addEventListener("input", grow);
window.addEventListener("online", () => void flush());
window.addEventListener("offline", () => say(words.offline ?? ""));

page.classList.add("alive");
nameTake();
for (const { message } of await waiting.all()) log.append(pending(message, words));
if (begun) listen();
toEnd();
void flush();
if ("serviceWorker" in navigator)
  void navigator.serviceWorker.register("/chat_worker.js", { scope: `/${tenant}/chat` }).catch(() => undefined);
