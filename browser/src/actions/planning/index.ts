/** The tools of planning in the order of their list, and the rarer ones behind them. */
import type { Action } from "../action";
import { addStreet } from "./add_street";
import { buildLevee } from "./build_levee";
import { buildWall } from "./build_wall";
import { changeSurface } from "./change_surface";
import { closeStreet } from "./close_street";
import { cutOpen } from "./cut_open";
import { demolish } from "./demolish";
import { digBasin } from "./dig_basin";
import { measureHere } from "./measure_here";
import { moveObject } from "./move_object";
import { placeBuilding } from "./place_building";
import { plantTree } from "./plant_tree";
import { raiseObject } from "./raise_object";
import { shapeGround } from "./shape_ground";
import type { ToolName } from "./tools";

export const TOOLS: [ToolName | "measure", Action][] = [
  ["building", placeBuilding],
  ["move", moveObject],
  ["raise", raiseObject],
  ["demolish", demolish],
  ["tree", plantTree],
  ["surface", changeSurface],
  ["basin", digBasin],
  ["street", closeStreet],
  ["measure", measureHere],
];
export const RARER: [ToolName, Action][] = [
  ["levee", buildLevee],
  ["wall", buildWall],
  ["ground", shapeGround],
  ["road", addStreet],
  ["section", cutOpen],
];
