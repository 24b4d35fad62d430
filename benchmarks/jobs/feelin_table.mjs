// Decides a table of the hit policy FIRST with feelin, as its documentation shows: a unary test a cell.
// Reads {inputs, rules, contexts}; prints the CPU seconds of deciding and the outcomes.
import { readFileSync } from 'node:fs';
import { evaluate, unaryTest } from '../../browser/node_modules/feelin/dist/index.js';

const { inputs, rules, contexts } = JSON.parse(readFileSync(0, 'utf8'));

function decide(context) {
  const asked = inputs.map((name) => context[name]);
  const rule = rules.find((each) =>
    asked.every((value, at) => each[at] === '-' || unaryTest(each[at], { '?': value }).value === true),
  );
  return rule ? evaluate(rule[inputs.length], context).value : null;
}

decide(contexts[0]);
const before = process.cpuUsage();
const outcomes = contexts.map(decide);
const used = process.cpuUsage(before);
console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6, outcomes }));
