/** The sun's shadow: one depth picture taken from the sun, fitted to what the camera sees. */

import {
  DepthTexture,
  LessEqualCompare,
  LinearFilter,
  Matrix4,
  OrthographicCamera,
  UnsignedIntType,
  Vector3,
  WebGLRenderTarget,
  type Scene,
  type WebGLRenderer,
} from "three";

import { onLevel, sight, type Rig } from "./camera";
import type { Shared } from "./materials";
import { drawDepth } from "./depth";

/** Height above the ground [m] up to which shadows are thrown into view. */
const TALLEST = 200;

/** Corners of what the camera sees on the ground, in scene metres. */
export function footprint(rig: Rig, aspect: number, ground: number): Vector3[] {
  const reach = rig.distance * 3 + 200;
  return [-1, 1].flatMap((x) =>
    [-1, 0.4, 1].map((y) => {
      const ray = sight(rig, x, y, aspect);
      const hit = onLevel(ray, ground, reach);
      if (hit) return new Vector3(...hit);
      const flat = Math.hypot(ray.direction[0], ray.direction[1]) || 1;
      return new Vector3(
        ray.origin[0] + (ray.direction[0] / flat) * reach,
        ray.origin[1] + (ray.direction[1] / flat) * reach,
        ground,
      );
    }),
  );
}

interface Fit {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

export class SunLight {
  private readonly camera = new OrthographicCamera();
  private readonly target: WebGLRenderTarget;
  private fit: Fit | null = null;
  private direction = new Vector3(0, 0, 1);
  private stale = true;
  private ready = false;
  /** 0 without sun or when switched off. */
  strength = 1;

  constructor(
    private readonly shared: Shared,
    private readonly size: number,
  ) {
    const depth = new DepthTexture(size, size, UnsignedIntType);
    depth.compareFunction = LessEqualCompare;
    depth.minFilter = depth.magFilter = LinearFilter;
    this.target = new WebGLRenderTarget(size, size, { depthTexture: depth, generateMipmaps: false });
    this.camera.matrixAutoUpdate = false;
    this.shared.shadowMap.value = depth;
    this.shared.shadow.value.set(0, 1, 1 / size);
  }

  /** Something that throws shadows has changed. */
  touch(): void {
    this.stale = true;
  }

  aim(direction: Vector3): void {
    if (direction.distanceTo(this.direction) < 1e-6) return;
    this.direction = direction.clone();
    this.fit = null;
  }

  /**
   * Draws the shadow anew if what is seen has left it.
   *
   * @param room how much larger than the view the shadow is made; more while moving, so that it lasts
   */
  update(renderer: WebGLRenderer, scene: Scene, corners: Vector3[], room: number): void {
    this.shared.shadow.value.x = this.strength;
    // A shadow sampler must find a depth texture even while it is not looked at.
    if (!this.ready) renderer.initRenderTarget(this.target);
    this.ready = true;
    if (this.strength <= 0) return;
    this.orient();
    const wanted = this.bounds(corners);
    if (!this.fit || !this.holds(wanted, room)) {
      const across = ((wanted.right - wanted.left) * (room - 1)) / 2;
      const along = ((wanted.top - wanted.bottom) * (room - 1)) / 2;
      this.fit = {
        left: wanted.left - across,
        right: wanted.right + across,
        bottom: wanted.bottom - along,
        top: wanted.top + along,
      };
      this.stale = true;
    }
    if (this.stale) this.draw(renderer, scene, corners);
  }

  dispose(): void {
    this.target.dispose();
  }

  private orient(): void {
    const zenith = Math.abs(this.direction.z) > 0.999 ? new Vector3(0, 1, 0) : new Vector3(0, 0, 1);
    this.camera.matrix.lookAt(this.direction, new Vector3(), zenith);
    this.camera.quaternion.setFromRotationMatrix(this.camera.matrix);
  }

  /** The corners, on the ground and as high as buildings stand, across the sun's direction. */
  private bounds(corners: Vector3[]): Fit {
    const turn = this.camera.quaternion.clone().invert();
    const fit = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    for (const corner of corners) {
      for (const lift of [-10, 60]) {
        const p = corner
          .clone()
          .setZ(corner.z + lift)
          .applyQuaternion(turn);
        fit.left = Math.min(fit.left, p.x);
        fit.right = Math.max(fit.right, p.x);
        fit.bottom = Math.min(fit.bottom, p.y);
        fit.top = Math.max(fit.top, p.y);
      }
    }
    return fit;
  }

  private holds(wanted: Fit, room: number): boolean {
    const fit = this.fit as Fit;
    const inside =
      wanted.left >= fit.left && wanted.right <= fit.right && wanted.bottom >= fit.bottom && wanted.top <= fit.top;
    const waste = Math.max(
      (fit.right - fit.left) / (wanted.right - wanted.left),
      (fit.top - fit.bottom) / (wanted.top - wanted.bottom),
    );
    return inside && waste < room * 1.3;
  }

  private draw(renderer: WebGLRenderer, scene: Scene, corners: Vector3[]): void {
    const fit = this.fit as Fit;
    const { camera, direction } = this;
    const depths = corners.map((corner) => corner.dot(direction));
    const slack = TALLEST / Math.max(0.05, direction.z) + 100;
    const top = Math.max(...depths) + slack;
    camera.position.copy(direction).multiplyScalar(top);
    camera.matrix.compose(camera.position, camera.quaternion, new Vector3(1, 1, 1));
    Object.assign(camera, fit, { near: 0, far: top - Math.min(...depths) + slack });
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld(true);
    drawDepth(renderer, scene, camera, this.target);
    const toTexture = new Matrix4().set(0.5, 0, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1);
    this.shared.shadowMatrix.value
      .copy(toTexture)
      .multiply(camera.projectionMatrix)
      .multiply(camera.matrixWorldInverse);
    const texel = Math.max(fit.right - fit.left, fit.top - fit.bottom) / this.size;
    this.shared.shadow.value.set(this.strength, texel, 1 / this.size);
    this.stale = false;
  }
}
