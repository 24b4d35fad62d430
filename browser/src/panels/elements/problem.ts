import { Problem } from "../../api";
import { t } from "../../text";

/**
 * What a failed call means for the reader: what happened, what to do next.
 *
 * @param missing what to say when there is no such thing, where the page knows better than the server
 */
export function explain(problem: Error, missing = ""): { title: string; text: string } {
  if (missing && problem instanceof Problem && problem.status === 404) return { title: problem.title, text: missing };
  if (problem instanceof Problem && problem.status < 500) return { title: problem.title, text: problem.detail };
  if (problem instanceof Problem)
    return { title: t("problem.server"), text: problem.detail || t("problem.serverText") };
  return { title: t("problem.offline"), text: t("problem.offlineText") };
}
