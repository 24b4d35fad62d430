import { go } from "../state/address";
import type { Action } from "./action";
import { measure, measurement } from "./measure";

/** What lies in the area that was measured: take it to the district analysis. */
export const analyseMeasured: Action = {
  label: "action.analyseMeasured",
  icon: "polygon",
  possible: () => measurement.area !== null,
  perform: () => {
    const corners = measurement.points.map(([east, north]) => `${east.toFixed(2)},${north.toFixed(2)}`).join(";");
    void measure.perform();
    go({ page: "quartier", area: corners, object: "" });
  },
};
