/** Changes that are not kept yet, in words. */
import type { Card, Change } from "../../api_procedures";
import { language, t } from "../../text";
import { inWords } from "./cell_words";

/** A text of the cell a change is about, as people read it. */
export function cellInWords(card: Card, one: Change, text: string): string {
  const table = card.tables.find((each) => each.name === one.table);
  const column = table?.columns[Number(one.column)];
  return !table || !column || column.kind === "note" ? text : inWords(text, card, table, Number(one.column));
}

/**
 * What a change does and where.
 *
 * @param card as it will be with the changes
 * @param place whether only where is told
 */
export function changeInWords(card: Card, one: Change, place = false): string {
  const table = card.tables.find((each) => each.name === one.table);
  const n = table?.rules.findIndex((rule) => rule.id === one.rule) ?? -1;
  const column = table?.columns[Number(one.column)];
  if (table && column && one.do === "cell" && n >= 0) {
    if (place) return t("proc.cellPlace", { n: n + 1, label: column.label });
    return t("proc.cellChanged", { n: n + 1, label: column.label, words: cellInWords(card, one, String(one.text)) });
  }
  const did = t(`procDid.${one.do as "cell"}`);
  const where = whereOf(card, one, n);
  const text = place ? "" : textOf(one);
  return `${did}: ${where}${text ? ` → ${text.slice(0, 120)}` : ""}`;
}

function whereOf(card: Card, one: Change, n: number): string {
  const named = (slot: unknown) => {
    const question = card.questions.find((each) => each.slot === slot);
    return question ? question.title[language.value] || question.title.de : slot ? String(slot) : "";
  };
  const rule = n >= 0 ? t("proc.rule", { n: n + 1 }) : "";
  const title = (one.title as Record<string, string> | undefined)?.[language.value];
  const spoken = one.language ? t(`procLanguage.${one.language as "de"}`) : "";
  const name = one.do === "worked_case" || one.do === "letter" || one.do === "file" ? one.name : "";
  return [
    title ?? named(one.slot),
    named(one.expression),
    one.table,
    rule,
    one.id,
    name,
    spoken,
    one.do === "expected" ? one.case : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function textOf(one: Change): string {
  if (one.do === "file" || one.do === "move_rule" || one.do === "move_question") return "";
  if (one.do === "choices")
    return (one.choices as { names: Record<string, string> }[])
      .map((each) => each.names[language.value] ?? each.names.de)
      .join(" · ");
  return String(one.text ?? one.within ?? "");
}
