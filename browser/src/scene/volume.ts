/** How large is a tile, does the camera see it, and how far is it? Boxes of 3D Tiles carried into the scene. */

import { Matrix4, Vector3, type Frustum, type Plane, type Ray } from "three";

/** A box with a centre and three half axes, in scene metres. */
export interface Volume {
  centre: Vector3;
  axes: [Vector3, Vector3, Vector3];
}

export interface BoundingVolume {
  box?: number[];
  sphere?: number[];
  region?: number[];
}

/** Semi-major axis [m] and first eccentricity squared of WGS 84. */
const MAJOR = 6_378_137;
const ECCENTRICITY = 0.00669437999014;

function earthCentred(longitude: number, latitude: number, height: number): Vector3 {
  const normal = MAJOR / Math.sqrt(1 - ECCENTRICITY * Math.sin(latitude) ** 2);
  const across = (normal + height) * Math.cos(latitude);
  return new Vector3(
    across * Math.cos(longitude),
    across * Math.sin(longitude),
    (normal * (1 - ECCENTRICITY) + height) * Math.sin(latitude),
  );
}

function upright(points: Vector3[]): Volume {
  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = low.clone().negate();
  for (const point of points) {
    low.min(point);
    high.max(point);
  }
  const half = high.clone().sub(low).multiplyScalar(0.5);
  return {
    centre: low.add(half),
    axes: [new Vector3(half.x, 0, 0), new Vector3(0, half.y, 0), new Vector3(0, 0, half.z)],
  };
}

/**
 * @param toScene from the tile's frame to the scene
 * @param fromEarth from earth-centred coordinates to the scene: regions ignore the tile's own transform
 */
export function volumeOf(bounds: BoundingVolume, toScene: Matrix4, fromEarth: Matrix4): Volume {
  if (bounds.box) {
    const b = bounds.box;
    const turned = (i: number) => {
      const axis = new Vector3(b[i], b[i + 1], b[i + 2]);
      const m = toScene.elements;
      return new Vector3(
        m[0] * axis.x + m[4] * axis.y + m[8] * axis.z,
        m[1] * axis.x + m[5] * axis.y + m[9] * axis.z,
        m[2] * axis.x + m[6] * axis.y + m[10] * axis.z,
      );
    };
    return {
      centre: new Vector3(b[0], b[1], b[2]).applyMatrix4(toScene),
      axes: [turned(3), turned(6), turned(9)],
    };
  }
  if (bounds.sphere) {
    const [x = 0, y = 0, z = 0, radius = 0] = bounds.sphere;
    const centre = new Vector3(x, y, z).applyMatrix4(toScene);
    const r = radius * toScene.getMaxScaleOnAxis();
    return { centre, axes: [new Vector3(r, 0, 0), new Vector3(0, r, 0), new Vector3(0, 0, r)] };
  }
  const [west = 0, south = 0, east = 0, north = 0, low = 0, high = 0] = bounds.region ?? [];
  const corners = [west, (west + east) / 2, east].flatMap((longitude) =>
    [south, (south + north) / 2, north].flatMap((latitude) =>
      [low, high].map((height) => earthCentred(longitude, latitude, height).applyMatrix4(fromEarth)),
    ),
  );
  return upright(corners);
}

function reach(volume: Volume, direction: Vector3): number {
  return volume.axes.reduce((sum, axis) => sum + Math.abs(axis.dot(direction)), 0);
}

/** Whether any of the box may be within `margin` metres of the view: what stands just outside still casts shadows. */
export function inView(volume: Volume, frustum: Frustum, margin: number): boolean {
  return frustum.planes.every(
    (plane: Plane) => plane.distanceToPoint(volume.centre) > -reach(volume, plane.normal) - margin,
  );
}

export function distanceTo(volume: Volume, point: Vector3): number {
  const offset = point.clone().sub(volume.centre);
  let squared = 0;
  for (const axis of volume.axes) {
    const half = axis.length();
    if (half === 0) continue;
    const beyond = Math.max(0, Math.abs(offset.dot(axis) / half) - half);
    squared += beyond * beyond;
  }
  return Math.sqrt(squared);
}

/** Distance along the ray to the box, 0 inside it, null when the ray misses. */
export function rayEntry(volume: Volume, ray: Ray): number | null {
  let near = 0;
  let far = Infinity;
  const offset = volume.centre.clone().sub(ray.origin);
  for (const axis of volume.axes) {
    const half = axis.length() || 1e-6;
    const speed = ray.direction.dot(axis) / half;
    const distance = offset.dot(axis) / half;
    if (Math.abs(speed) < 1e-9) {
      if (Math.abs(distance) > half) return null;
      continue;
    }
    near = Math.max(near, (distance - Math.sign(speed) * half) / speed);
    far = Math.min(far, (distance + Math.sign(speed) * half) / speed);
  }
  return near <= far ? near : null;
}
