/**
 * One triangle of each kind of surface, drawn before the first tile is there: a graphics card translates a program when
 * it is used first, which takes long and can be done while the network is at work.
 */

import { Group, LineSegments, Mesh, Texture } from "three";

import type { Surface } from "./glb";
import { edgeMaterial, type Shared } from "./materials";
import { stateTexture } from "./features";
import { EYE_ONLY, meshFor, type Kind } from "./tile";

const ONCE = new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);

function triangle(kind: Kind, standing: boolean): Surface {
  const three = () => new Float32Array(3);
  return {
    positions: new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 1]),
    normals: new Float32Array([0, 0, 1, 0, 0, 1, 0, 0, 1]),
    uvs: kind === "ground" ? new Float32Array(6) : null,
    index: new Uint16Array([0, 1, 2]),
    features: kind === "building" ? three() : null,
    semantics: kind === "building" ? three() : null,
    colours: kind === "tree" ? new Float32Array(12) : null,
    colour: [1, 1, 1, 1],
    image: -1,
    instances: standing ? { count: 1, matrices: ONCE, features: null } : null,
  };
}

/** @param quick as for tiles, see {@link meshFor} */
export function samples(shared: Shared, quick: boolean): Group {
  const group = new Group();
  const states = stateTexture(1);
  const picture = new Texture(new ImageData(1, 1));
  picture.needsUpdate = true;
  for (const [kind, standing] of [
    ["building", false],
    ["ground", false],
    ["tree", true],
  ] as const) {
    group.add(
      meshFor(triangle(kind, standing), {
        kind,
        shared,
        quick,
        picture: kind === "ground" ? picture : null,
        states: kind === "building" ? states : null,
      }),
    );
  }
  const lines = new LineSegments((group.children[0] as Mesh).geometry, edgeMaterial(shared, states));
  lines.layers.set(EYE_ONLY);
  group.add(lines);
  for (const mesh of group.children) mesh.frustumCulled = false;
  return group;
}
