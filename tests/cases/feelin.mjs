// Decides tables with feelin, an implementation of FEEL that shares nothing with Kastor's.
// Reads {"tables": [{inputs, outputs, rules, policy, aggregation, defaults, contexts}]} and writes the outcomes.
// A context is an object, or text in FEEL where JSON has no such value.
import {
  evaluate,
  unaryTest,
} from "../../browser/node_modules/feelin/dist/index.js";

const constant = remembered(
  (cell) =>
    !/[A-Za-zÄÖÜäöüß_?]/.test(
      cell.replace(/"[^"]*"|\b(true|false|null|not)\b/g, ""),
    ),
);
const value = (text, context) => (text ? evaluate(text, context).value : null);
const fixed = remembered((text) => value(text, {}));

function remembered(compute) {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key);
  };
}

function plain(found) {
  if (found === null || found === undefined) return null;
  if (Array.isArray(found)) return found.map(plain);
  if (
    typeof found === "number" ||
    typeof found === "string" ||
    typeof found === "boolean"
  )
    return found;
  if (typeof found === "function") return { function: true };
  const text = evaluate("string(x)", { x: found }).value;
  if (typeof text === "string" && !text.startsWith("{")) return { text };
  return Object.fromEntries(
    Object.entries(found).map(([key, each]) => [key, plain(each)]),
  );
}

function same(a, b) {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

function ranks(table, context) {
  return table.outputs.map((output) => {
    const values = output.values
      ? evaluate(`[${output.values}]`, context).value
      : [];
    return (found) => {
      const at = values.findIndex((each) => same(each, found));
      return at < 0 ? values.length : at;
    };
  });
}

function decide(table, context, holds) {
  const asked = table.inputs.map((text) => value(text, context));
  const hits = table.rules.filter((rule) =>
    rule.inputs.every(
      (cell, column) =>
        cell === "" ||
        cell === "-" ||
        holds(cell, column, asked[column], context),
    ),
  );
  const single = table.outputs.length === 1;
  const joined = (texts) => {
    const found = texts.map((text) =>
      constant(text) ? fixed(text) : value(text, context),
    );
    return single
      ? found[0]
      : Object.fromEntries(
          found.map((each, at) => [table.outputs[at].name, each]),
        );
  };
  const results = hits.map((rule) => joined(rule.outputs));
  const defaults = table.outputs.map((output) => output.default);
  const otherwise = defaults.some(Boolean) ? joined(defaults) : null;
  const places = ranks(table, context);
  const ordered = () => {
    const keys = hits.map((rule) =>
      rule.outputs.map((text, at) => places[at](value(text, context))),
    );
    const order = hits.map((_, at) => at);
    order.sort((a, b) =>
      keys[a].reduce((sign, key, at) => sign || key - keys[b][at], 0),
    );
    return order.map((at) => results[at]);
  };
  const aggregate = {
    SUM: () => results.reduce((sum, each) => sum + each, 0),
    MIN: () => Math.min(...results),
    MAX: () => Math.max(...results),
    COUNT: () => results.length,
  };
  if (table.policy === "COLLECT") {
    if (!results.length && otherwise !== null && table.aggregation !== "COUNT")
      return otherwise;
    if (!table.aggregation) return results;
    return results.length || table.aggregation === "COUNT"
      ? aggregate[table.aggregation]()
      : null;
  }
  if (!results.length) return otherwise;
  switch (table.policy) {
    case "UNIQUE":
      return results.length === 1 ? results[0] : null;
    case "ANY":
      return results.every((each) => same(each, results[0]))
        ? results[0]
        : null;
    case "FIRST":
      return results[0];
    case "PRIORITY":
      return ordered()[0];
    case "OUTPUT ORDER":
      return ordered();
    default:
      return results;
  }
}

function outcomes(table) {
  const simple = (found) =>
    found === null || ["string", "number", "boolean"].includes(typeof found);
  const kept = new Map();
  const holds = (cell, column, asked, context) => {
    if (!constant(cell) || !simple(asked))
      return unaryTest(cell, { ...context, "?": asked }).value === true;
    const key = `${column}|${typeof asked}|${asked}|${cell}`;
    if (!kept.has(key))
      kept.set(key, unaryTest(cell, { "?": asked }).value === true);
    return kept.get(key);
  };
  return table.contexts.map((given) => {
    const context = typeof given === "string" ? evaluate(given).value : given;
    return plain(decide(table, context, holds));
  });
}

let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => {
  const { tables, expressions } = JSON.parse(text);
  const found = (expressions ?? []).map(([each, context]) => {
    try {
      return plain(evaluate(each, context).value);
    } catch (error) {
      return { error: String(error.message) };
    }
  });
  process.stdout.write(
    JSON.stringify({
      tables: (tables ?? []).map(outcomes),
      expressions: found,
    }),
  );
});
