import type { Action } from "./action";

/** Put the cursor into the search box of the page. */
export const focusSearch: Action = {
  label: "action.search",
  icon: "search",
  shortcut: "/",
  perform: () => document.querySelector<HTMLInputElement>("[data-search]:not([inert] *)")?.focus(),
};

/** Put the cursor onto the filters of the list. */
export const focusFilter: Action = {
  label: "action.filter",
  icon: "filter",
  shortcut: "f",
  possible: () => document.querySelector("[data-filter]") !== null,
  perform: () => document.querySelector<HTMLElement>("[data-filter]")?.focus(),
};
