/** Cells of rules in the language of the reader. */
import type { Card, Table } from "../../api_procedures";
import { language, t } from "../../text";
import { field, told, type Field } from "./cells";

const WORDS: Record<string, string> = { true: "cell.yes", false: "cell.no", null: "cell.unknown" };

/** What a column may be held against, named in the reader's language. */
export function fieldOf(card: Card, table: Table, column: number): Field {
  return field(card, table, column, language.value, (cell) => t(WORDS[cell] as "cell.yes"));
}

/** A cell in words. */
export function inWords(cell: string, card: Card, table: Table, column: number): string {
  return told(cell, fieldOf(card, table, column), (kind, values) => t(`cellSaid.${kind}`, { values }), {
    or: t("cell.or"),
    to: t("cell.to"),
  });
}
