/** A tenant's own accent colour, taken only where text in it stays readable. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((start) => {
    const value = parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
}

/** Contrast of a colour (#rrggbb) to white. */
export function contrastToWhite(hex: string): number {
  return 1.05 / (luminance(hex) + 0.05);
}

/** Paint the page in the accent; an unreadable or unknown colour leaves Kastor's own. */
export function paintAccent(accent: string, dark: boolean): void {
  const usable = /^#[0-9a-f]{6}$/i.test(accent) && !dark && contrastToWhite(accent) >= 4.5;
  const style = document.documentElement.style;
  if (!usable) {
    for (const name of ["--accent", "--accent-strong", "--accent-soft", "--accent-line"]) style.removeProperty(name);
    return;
  }
  style.setProperty("--accent", accent);
  style.setProperty("--accent-strong", `color-mix(in oklab, ${accent} 80%, black)`);
  style.setProperty("--accent-soft", `color-mix(in oklab, ${accent} 8%, white)`);
  style.setProperty("--accent-line", `color-mix(in oklab, ${accent} 20%, white)`);
}
