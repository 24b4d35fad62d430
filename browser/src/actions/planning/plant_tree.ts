import type { PlantTree } from "../../api_planning";
import { announce } from "../../state/announce";
import { rounded, type Corner } from "../../state/outline";
import { freshId } from "../../state/planning/edits";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, editor, keep, point } from "./tools";

/** Species that towns plant, with height and crown when grown [m]. */
export const SPECIES: { name: string; height: number; crown: number }[] = [
  { name: "Winterlinde", height: 18, crown: 12 },
  { name: "Stieleiche", height: 22, crown: 16 },
  { name: "Spitzahorn", height: 17, crown: 12 },
  { name: "Feldahorn", height: 11, crown: 8 },
  { name: "Platane", height: 24, crown: 18 },
  { name: "Hainbuche", height: 14, crown: 9 },
  { name: "Amberbaum", height: 16, crown: 9 },
  { name: "Zierkirsche", height: 8, crown: 6 },
];
/** Of a tree from the nursery once it has grown on for some years [m]. */
const YOUNG = { height: 8, crown: 5 };

export const newTree = (place: Corner, species = SPECIES[0]!.name): PlantTree => ({
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
