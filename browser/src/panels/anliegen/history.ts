/** What happened in a case, in words; what is of no use to a reader has none. */
import type { HistoryStep } from "../../api_cases";
import { has, named, t } from "../../text";

export interface Told {
  at: string;
  text: string;
  who: HistoryStep["who"];
}

/** A step of the log as a sentence. */
export function told(step: HistoryStep): Told {
  const key = `caseEvent.${step.kind}`;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(step.about)) {
    if (typeof value === "string" || typeof value === "number") values[name] = String(value);
  }
  const why = named(`wanted.${values.why}`, values.why ?? "");
  const channel = named(`channel.${values.channel}`, "");
  return { at: step.at, who: step.who, text: has(key) ? t(key, { ...values, why, channel }) : "" };
}
