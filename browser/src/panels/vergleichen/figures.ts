/** Rounding and signs of compared numbers. */
import type { Cell, ComparisonRow } from "../../api_planning";
import type { IconName } from "../../state/icons";

/** As many decimals as all values of a row can bear. */
export function decimalsOf({ cells }: Pick<ComparisonRow, "cells">): number {
  const values = cells.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.every(Number.isInteger)) return 0;
  const most = Math.max(...values.map(Math.abs));
  return most >= 100 ? 0 : most >= 10 ? 1 : 2;
}

export const signOf = ({ difference, verdict }: Cell): IconName | null =>
  difference === null || verdict === "same" ? null : difference > 0 ? "arrowUp" : "arrowDown";
