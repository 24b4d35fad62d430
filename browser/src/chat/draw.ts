/** The same shapes the server draws (kastor/web/chat_page.py), for what comes while the page is open. Text stays text. */
import type { Choice, Enclosed, Entry, Outgoing, Words } from "./types";

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/** Paragraphs of a text; the first line of a summary is its question. */
function paragraphs(text: string, strong: boolean): Node[] {
  return text.split(/\n{2,}/).map((part, number) => {
    const lines = part.split("\n");
    const made = element("p");
    lines.forEach((line, at) => {
      if (at > 0) made.append(element("br"));
      made.append(strong && number === 0 && at === 0 ? element("b", {}, line) : line);
    });
    return made;
  });
}

const enclosed = (base: string, file: Enclosed): HTMLElement => {
  const link = element("a", { href: `${base}/files/${file.hash}`, class: "file", target: "_blank", rel: "noopener" });
  if (file.media_type.startsWith("image/"))
    link.append(element("img", { src: `${base}/files/${file.hash}`, alt: file.name, loading: "lazy" }));
  else link.append(file.name);
  return link;
};

/** One entry of the conversation. */
export function bubble(entry: Entry, words: Words, base: string): HTMLLIElement {
  const who = entry.from === "me" ? words.you : entry.from === "person" ? words.person_writes : words.colleague;
  const box = element("div", { class: `bub ${entry.kind}` }, element("span", { class: "sr" }, `${who}: `));
  if (entry.text) box.append(...paragraphs(entry.text, ["summary", "emergency"].includes(entry.kind)));
  const made = element("li", { class: entry.from, "data-id": entry.id });
  if (entry.from === "person")
    made.append(element("span", { class: "who small muted", "aria-hidden": "true" }, who ?? ""));
  if (entry.text) made.append(box);
  for (const file of entry.files) made.append(enclosed(base, file));
  return made;
}

/** What waits to be sent. */
export function pending(message: Outgoing, words: Words): HTMLLIElement {
  const made = element("li", { class: "me waits", "data-key": message.key });
  const text = message.shown || message.text;
  if (text)
    made.append(
      element("div", { class: "bub" }, element("span", { class: "sr" }, `${words.you}: `), ...paragraphs(text, false)),
    );
  for (const file of message.files) {
    const picture = file.content.type.startsWith("image/");
    const inside = picture ? element("img", { src: URL.createObjectURL(file.content), alt: file.name }) : file.name;
    made.append(element("span", { class: "file" }, inside));
  }
  made.append(element("span", { class: "state small muted" }, words.sending ?? ""));
  return made;
}

const chip = (ask: string, choice: Choice, first: boolean): HTMLButtonElement =>
  element("button", { class: first ? "chip on" : "chip", name: `answer.${ask}`, value: choice.value }, choice.label);

/** What can be pressed as an answer to the last question. */
export function choices(entry: Entry, words: Words): HTMLElement[] {
  if (entry.kind === "appointment") return appointments(entry, words);
  const row = element("div", { class: `chips ${entry.kind}`, role: "group", "aria-label": words.answers ?? "" });
  row.append(...entry.choices.map((choice, at) => chip(entry.ask, choice, entry.kind === "summary" && at === 0)));
  return [row];
}

function appointments(entry: Entry, words: Words): HTMLElement[] {
  const offers = entry.choices.filter((choice) => choice.value !== "none");
  const none = entry.choices.find((choice) => choice.value === "none");
  const cards = element("div", { class: "cards", role: "radiogroup", "aria-label": words.appointments ?? "" });
  for (const [at, offer] of offers.entries()) {
    const input = element("input", { type: "radio", name: `answer.${entry.ask}`, value: offer.value });
    input.checked = at === 0;
    const [day = "", ...time] = offer.label.split(", ").reverse();
    cards.append(
      element(
        "label",
        { class: "slot" },
        input,
        element("b", {}, time.reverse().join(", ") || day),
        time.length ? element("span", {}, day) : "",
      ),
    );
  }
  const take = element("button", { class: "btn p full" }, words.take ?? "");
  const foot = element("div", { class: "row sp" });
  if (none) foot.append(element("button", { class: "link", name: `answer.${entry.ask}`, value: "none" }, none.label));
  // Enter presses the first button of a form: that takes the time, and never says that none fits.
  return [cards, take, foot];
}
