/** What the reader chose for this browser: language, theme, contrast; kept on this device only. */
import { computed, reactive, ref, watch } from "vue";
import type { Language } from "../api";

export interface Settings {
  language: Language | "";
  theme: "auto" | "light" | "dark";
  contrast: "auto" | "more";
  /** Whether single keys such as N or + act; off for people who steer by voice. */
  shortcuts: boolean;
  /** The welcome and its offer of a tour were put away. */
  welcomed: boolean;
}

const STORE = "kastor";
const DEFAULTS: Settings = { language: "", theme: "auto", contrast: "auto", shortcuts: true, welcomed: false };

function stored(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(STORE) ?? "{}") as Partial<Settings>) };
  } catch {
    return { ...DEFAULTS };
  }
}

export const settings = reactive<Settings>(stored());

/** Whether a media query holds, kept up to date. */
function holds(query: string) {
  const list = window.matchMedia(query);
  const state = ref(list.matches);
  list.addEventListener("change", () => (state.value = list.matches));
  return state;
}

const prefersDark = holds("(prefers-color-scheme: dark)");
const prefersContrast = holds("(prefers-contrast: more)");
export const reducedMotion = holds("(prefers-reduced-motion: reduce)");
export const phone = holds("(max-width: 767px)");

export const dark = computed(() => (settings.theme === "auto" ? prefersDark.value : settings.theme === "dark"));
export const contrast = computed(() => settings.contrast === "more" || prefersContrast.value);
/** The scene's theme; high contrast wins over dark there. */
export const sceneTheme = computed(() => (contrast.value ? "contrast" : dark.value ? "dark" : "light"));

/** Write the theme to the page and every change to this device. */
export function keepSettings(): void {
  watch(settings, () => {
    try {
      localStorage.setItem(STORE, JSON.stringify(settings));
    } catch {
      // A browser that refuses to store still shows the choice until the page is closed.
    }
  });
  const paint = () => {
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
    document.documentElement.dataset.contrast = contrast.value ? "more" : "normal";
  };
  watch([dark, contrast], paint, { immediate: true });
  // Paper is white.
  window.addEventListener("beforeprint", () => (document.documentElement.dataset.theme = "light"));
  window.addEventListener("afterprint", paint);
}
