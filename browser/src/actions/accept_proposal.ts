import * as api from "../api_corrections";
import type { Proposal } from "../api_corrections";
import { address } from "../state/address";
import { announce } from "../state/announce";
import { refreshTwin } from "../state/twin";
import { t } from "../text";
import type { Action } from "./action";
import { showCorrected } from "./correct";

/** Make a correction that somebody else proposed. */
export const acceptProposal: Action<{ proposal: Proposal; note: string }> = {
  label: "action.acceptProposal",
  icon: "ok",
  perform: async ({ proposal, note }) => {
    await showCorrected(await api.accept(address.tenant, proposal.number, note));
    announce(t("proposals.accepted"));
    await refreshTwin(address.tenant);
  },
};
