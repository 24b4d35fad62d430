/** A procedure as it will be with changes that are not kept yet: what the card shows while somebody writes. */
import type { Card, Change, Column, Question, Spoken, Table, TableRule } from "../../api_procedures";

/** A change that shifts the columns of a table, so that cells before and after it are not the same place. */
const SHIFTS = ["add_column", "remove_column", "plain_column"];
const NEW_EACH_TIME = ["add_rule", "move_rule", "move_question", "add_question", "worked_case", ...SHIFTS];
const REASON_IN_PLAIN = "Leichte Sprache";

/** What values are, by the kind of a new question's answers. */
const VALUES: Record<string, string> = { yes_no: "boolean", count: "integer", number: "number" };

const placeOf = (one: Change): string =>
  ["do", "table", "rule", "column", "language", "name", "slot", "part", "id", "case"]
    .map((key) => String(one[key]))
    .join("|");

/** Changes with one more; of those for the same place only the last holds. */
export function withChange(changes: Change[], wanted: Change): Change[] {
  if (NEW_EACH_TIME.includes(wanted.do)) return [...changes, wanted];
  const shifted = changes.findLastIndex((one) => SHIFTS.includes(one.do) && one.table === wanted.table);
  const place = placeOf(wanted);
  return [...changes.filter((one, at) => at <= shifted || placeOf(one) !== place), wanted];
}

/** Changes without one, and without those that make no sense any more once it is gone. */
export function withoutChange(card: Card, changes: Change[], gone: Change): Change[] {
  const at = changes.indexOf(gone);
  const rest = changes.filter((one) => one !== gone);
  if (gone.do === "add_question") {
    const columns = rest.filter((one) => one.do === "add_column" && one.expression === gone.slot);
    const others = rest.filter((one) => one.slot !== gone.slot);
    return columns.reduce((left, one) => withoutChange(card, left, one), others);
  }
  if (gone.do === "add_rule") return rest.filter((one) => one.table !== gone.table || one.rule !== gone.rule);
  if (gone.do !== "add_column") return rest;
  const table = card.tables.find((one) => one.name === gone.table);
  const place = table ? conditions(tableWith(table, changes.slice(0, at), card.questions)).length : -1;
  return rest.flatMap((one, n) => {
    const column = Number(one.column);
    if (n < at || one.do !== "cell" || one.table !== gone.table || column < place) return [one];
    return column === place ? [] : [{ ...one, column: column - 1 }];
  });
}

const conditions = (table: Table): Column[] => table.columns.filter((one) => one.kind === "condition");

/** The card as it will be. */
export function draftedCard(card: Card, changes: Change[]): Card {
  const questions = questionsWith(card, changes);
  return { ...card, questions, tables: card.tables.map((one) => tableWith(one, changes, questions)) };
}

/** Questions as they will be, in their order. */
export function questionsWith(card: Card, changes: Change[]): Question[] {
  let found = card.questions;
  for (const one of changes) {
    const at = found.findIndex((each) => each.slot === (one.do === "add_question" ? one.after : one.slot));
    if (one.do === "add_question") found = found.toSpliced(at < 0 ? found.length : at + 1, 0, fresh(one));
    else if (at < 0) continue;
    else if (one.do === "remove_question") found = found.toSpliced(at, 1);
    else if (one.do === "move_question")
      found = found.toSpliced(at, 1).toSpliced(Number(one.position) - 1, 0, found[at]!);
    else found = found.with(at, changedQuestion(found[at]!, one));
  }
  return found;
}

function fresh(one: Change): Question {
  return {
    slot: String(one.slot),
    kind: VALUES[String(one.kind)] ?? "string",
    unit: String(one.unit ?? ""),
    source: "requester",
    asked: true,
    required: Boolean(one.required),
    title: one.title as Spoken,
    question: one.question as Spoken,
    help: (one.help ?? {}) as Spoken,
    choices: (one.choices ?? []) as Question["choices"],
    read_by: [],
  };
}

function changedQuestion(question: Question, one: Change): Question {
  if (one.do === "choices") return { ...question, choices: one.choices as Question["choices"] };
  if (one.do === "required") return { ...question, required: Boolean(one.required) };
  if (one.do !== "question") return question;
  const part = (one.part ?? "question") as "question" | "help" | "title";
  return { ...question, [part]: { ...question[part], [String(one.language)]: String(one.text) } };
}

/** A table as it will be; rules that go stay in it, see {@link isRemoved}. */
export function tableWith(table: Table, changes: Change[], questions: Question[]): Table {
  return changes
    .filter((one) => one.table === table.name)
    .reduce((now, one) => changedTable(now, one, questions), table);
}

export const isRemoved = (changes: Change[], table: string, rule: string): boolean =>
  changes.some((one) => one.do === "remove_rule" && one.table === table && one.rule === rule);

function changedTable(table: Table, one: Change, questions: Question[]): Table {
  const at = table.rules.findIndex((rule) => rule.id === (one.after ?? one.rule));
  const rule = table.rules[at];
  if (one.do === "add_column" || one.do === "remove_column" || one.do === "plain_column")
    return withColumns(table, one, questions);
  if (!rule) return table;
  if (one.do === "cell") {
    const rules = table.rules.with(at, withCell(table, rule, Number(one.column), String(one.text)));
    return { ...table, rules };
  }
  if (one.do === "add_rule")
    return { ...table, rules: table.rules.toSpliced(at + 1, 0, { ...rule, id: String(one.rule) }) };
  if (one.do === "move_rule")
    return { ...table, rules: table.rules.toSpliced(at, 1).toSpliced(Number(one.position) - 1, 0, rule) };
  return table;
}

function withCell(table: Table, rule: TableRule, column: number, text: string): TableRule {
  const words = column < rule.words.length ? rule.words.with(column, text.trim() === "-" ? "" : text) : rule.words;
  const reason = table.columns[column]?.kind === "note" && rule.cells[column] === rule.reason ? text : rule.reason;
  return { ...rule, cells: rule.cells.with(column, text), words, reason };
}

function withColumns(table: Table, one: Change, questions: Question[]): Table {
  const last = conditions(table).length;
  const put = (at: number, removed: number, columns: Column[], cell: string[], word: string[]): Table => ({
    ...table,
    columns: table.columns.toSpliced(at, removed, ...columns),
    rules: table.rules.map((rule) => ({
      ...rule,
      cells: rule.cells.toSpliced(at, removed, ...cell),
      words: at < rule.words.length ? rule.words.toSpliced(at, removed, ...word) : rule.words,
    })),
  });
  if (one.do === "plain_column")
    return put(table.columns.length, 0, [{ kind: "note", label: REASON_IN_PLAIN, expression: "" }], [""], []);
  const expression = String(one.expression);
  if (one.do === "add_column") {
    const label = questions.find((each) => each.slot === expression)?.title.de ?? expression;
    return put(last, 0, [{ kind: "condition", label, expression }], ["-"], [""]);
  }
  const at = conditions(table).findIndex((each) => each.expression === expression);
  return at < 0 ? table : put(at, 1, [], [], []);
}

export const hasPlainReasons = (table: Table): boolean => table.columns.some((one) => one.label === REASON_IN_PLAIN);

/** An id of letters and digits for a name people gave. */
export function idOf(name: string, taken: string[]): string {
  const plain = name
    .toLowerCase()
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .replaceAll("ß", "ss")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 36);
  const stem = plain.length > 1 ? plain : `x${plain}x`;
  let id = stem;
  for (let n = 2; taken.includes(id); n += 1) id = `${stem}_${n}`;
  return id;
}

/** An id nobody else takes at the same time. */
export const newId = (stem: string): string =>
  `${stem}_${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
