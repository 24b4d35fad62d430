/** What a version of a procedure is called: its day, or that it comes with Kastor; the hash is for programs. */
import type { Version } from "../../api_procedures";
import { t } from "../../text";
import { moment } from "../../text/numbers";

export function versionName(version: string, kept: readonly Version[]): string {
  const found = kept.find((one) => one.version === version);
  return found && found.state !== "shipped"
    ? t("proc.versionOf", { when: moment(found.added) })
    : t("proc.shippedNote");
}
