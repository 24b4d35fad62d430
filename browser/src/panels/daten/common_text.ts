/**
 * What many findings of one kind say in common: words that differ become an ellipsis, e.g. "The height … m does not fit
 * … storeys."; texts of different build give the first one.
 */
export function commonText(texts: string[]): string {
  const [first = "", ...others] = texts;
  const words = first.split(" ");
  const rest = others.map((text) => text.split(" "));
  if (rest.some((one) => one.length !== words.length)) return first;
  return words
    .map((word, i) => (rest.every((one) => one[i] === word) ? word : "…"))
    .join(" ")
    .replace(/…( …)+/g, "…");
}

/** Objects among the counts of a report, without the surfaces and heights they are made of. */
export function objectCount(counts: Record<string, number>): number {
  const parts = /surface|polygon|solid|heights|ring|vertex|vertices/i;
  return Object.entries(counts).reduce((sum, [name, n]) => (parts.test(name) ? sum : sum + n), 0);
}
