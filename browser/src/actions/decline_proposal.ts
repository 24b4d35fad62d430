import * as api from "../api_corrections";
import type { Proposal } from "../api_corrections";
import { address } from "../state/address";
import { announce } from "../state/announce";
import { t } from "../text";
import type { Action } from "./action";

/** Turn a proposed correction down, one's own too. */
export const declineProposal: Action<{ proposal: Proposal; note: string }> = {
  label: "action.declineProposal",
  icon: "close",
  perform: async ({ proposal, note }) => {
    await api.decline(address.tenant, proposal.number, note);
    announce(t("proposals.declined"));
  },
};
