/** The edges of the selected object, drawn thick on the tiles that show it now. */

import type { Mesh } from "three";

import { edgesOf } from "./edges";
import { wideLines, type Pen } from "./lines";
import type { Drawn } from "./tile";

export function edgesOfObject(tiles: Iterable<Drawn>, id: string, ink: Pen): Mesh[] {
  const marked: Mesh[] = [];
  for (const { content } of tiles) {
    const row = content.table?.rowOf(id) ?? -1;
    if (row < 0) continue;
    for (const surface of content.surfaces) {
      if (!surface.features || surface.instances) continue;
      const edges = edgesOf(surface.positions, surface.index, surface.features, row);
      if (edges.positions.length === 0) continue;
      const mesh = wideLines(edges.positions, ink, false);
      mesh.position.fromArray(content.centre);
      marked.push(mesh);
    }
  }
  return marked;
}
