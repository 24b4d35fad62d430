/** Units of outputs as somebody types them: `OUTPUT=UNIT` on each line; null when a line is none. */
export function unitsOf(text: string): Record<string, string> | null {
  const lines = text
    .split(/[\n;]+/)
    .map((line) => line.trim())
    .filter(Boolean);
  const pairs = lines.map((line) => /^([^=\s]+)\s*=\s*(\S+)$/.exec(line)?.slice(1) as [string, string] | undefined);
  return pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : null;
}
