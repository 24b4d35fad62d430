// Before anything is drawn: the theme chosen in Kastor on this device, or that of the system.
(() => {
  let chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem("kastor") || "{}");
  } catch {
    // A browser that refuses to store has no choice to remember.
  }
  const holds = (query) => window.matchMedia(query);
  const dark = holds("(prefers-color-scheme: dark)");
  const more = holds("(prefers-contrast: more)");
  const paint = () => {
    const theme = !chosen.theme || chosen.theme === "auto" ? dark.matches : chosen.theme === "dark";
    document.documentElement.dataset.theme = theme ? "dark" : "light";
    document.documentElement.dataset.contrast = chosen.contrast === "more" || more.matches ? "more" : "normal";
  };
  dark.addEventListener("change", paint);
  more.addEventListener("change", paint);
  paint();
})();
