import type { PlantTree } from "../../api_planning";
import { announce } from "../../state/announce";
import { rounded, type Corner } from "../../state/outline";
import { freshId } from "../../state/planning/edits";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, editor, keep, point } from "./tools";

/** Species that towns plant most. */
export const SPECIES = [
  "Winterlinde",
  "Stieleiche",
  "Spitzahorn",
  "Feldahorn",
  "Platane",
  "Hainbuche",
  "Amberbaum",
  "Zierkirsche",
];
/** As it comes from the nursery, with a trunk of some 20 cm around [m]. */
const YOUNG = { height: 5, crown: 2 };

export const newTree = (place: Corner, species = SPECIES[0]!): PlantTree => ({
  kind: "plant_tree",
  id: freshId("baum"),
  place: rounded(place),
  species,
  ...YOUNG,
});

/** The tool stays in hand, because trees come in rows. */
export function putTree(at: Corner): void {
  keep(newTree(at), true);
  announce(t("edit.announcedTree"));
}

export const plantTree: Action = {
  label: "tool.tree",
  icon: "tree",
  shortcut: "b",
  possible: canPlan,
  perform: () => {
    let made = newTree([0, 0]);
    point("tree", {
      aim: (at) => (editor.ghost = at && { ...made, place: at }),
      place: (at) => {
        editor.ghost = null;
        putTree(at);
        made = newTree([0, 0]);
      },
    });
  },
};
