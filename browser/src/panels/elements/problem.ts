import { Problem } from "../../api";
import { t } from "../../text";

/** What a failed call means for the reader: what happened, what to do next. */
export function explain(problem: Error): { title: string; text: string } {
  if (problem instanceof Problem && problem.status < 500) return { title: problem.title, text: problem.detail };
  if (problem instanceof Problem)
    return { title: t("problem.server"), text: problem.detail || t("problem.serverText") };
  return { title: t("problem.offline"), text: t("problem.offlineText") };
}
