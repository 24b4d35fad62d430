/** Draws only the depth of everything that casts a shadow. */

import { Mesh, type Camera, type Material, type Scene, type WebGLRenderer, type WebGLRenderTarget } from "three";

export function drawDepth(renderer: WebGLRenderer, scene: Scene, camera: Camera, target: WebGLRenderTarget): void {
  const swapped: [Mesh, Material | Material[]][] = [];
  const hidden: Mesh[] = [];
  scene.traverseVisible((object) => {
    if (!(object instanceof Mesh)) return;
    const depth = object.userData.depth as Material | undefined;
    if (depth && object.castShadow) {
      swapped.push([object, object.material]);
      object.material = depth;
    } else {
      hidden.push(object);
    }
  });
  for (const mesh of hidden) mesh.visible = false;
  const before = renderer.getRenderTarget();
  const background = scene.background;
  scene.background = null;
  renderer.setRenderTarget(target);
  renderer.clear();
  renderer.render(scene, camera);
  renderer.setRenderTarget(before);
  scene.background = background;
  for (const mesh of hidden) mesh.visible = true;
  for (const [mesh, material] of swapped) mesh.material = material;
}
