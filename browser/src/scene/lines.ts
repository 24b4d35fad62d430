/** Lines wider than a pixel and dots: the selected building's edges, and what is measured. */

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  InstancedBufferGeometry,
  InstancedBufferAttribute,
  Mesh,
  Points,
  ShaderMaterial,
  Vector2,
} from "three";

import { EYE_ONLY } from "./tile";

const LINE = /* glsl */ `
attribute vec3 from;
attribute vec3 to;
uniform vec2 size;
uniform float width;
void main() {
  vec4 a = projectionMatrix * modelViewMatrix * vec4(from, 1.0);
  vec4 b = projectionMatrix * modelViewMatrix * vec4(to, 1.0);
  float near = 0.01;
  if (a.w < near) a = mix(b, a, (b.w - near) / (b.w - a.w));
  if (b.w < near) b = mix(a, b, (a.w - near) / (a.w - b.w));
  vec2 along = (b.xy / b.w - a.xy / a.w) * size;
  along = length(along) > 0.001 ? normalize(along) : vec2(1.0, 0.0);
  vec4 end = position.x < 0.5 ? a : b;
  vec2 aside = vec2(-along.y, along.x) * position.y + along * (position.x - 0.5) * 0.6;
  end.xy += aside * width / size * end.w;
  end.z -= 0.0001 * end.w;
  gl_Position = end;
}
`;

const DOT = /* glsl */ `
uniform float width;
void main() {
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  gl_Position.z -= 0.0002 * gl_Position.w;
  gl_PointSize = width;
}
`;

const PAINT = /* glsl */ `
uniform vec3 colour;
uniform float opacity;
uniform float width;
void main() {
  #ifdef ROUND
    float r = length(gl_PointCoord - 0.5) * 2.0;
    float soft = 3.0 / width;
    gl_FragColor = vec4(mix(colour, vec3(1.0), smoothstep(0.68 - soft, 0.68, r)), 1.0 - smoothstep(1.0 - soft, 1.0, r));
  #else
    gl_FragColor = vec4(colour, opacity);
  #endif
  #include <colorspace_fragment>
}
`;

/** Uniforms in device pixels. */
export interface Pen {
  colour: { value: Color };
  width: { value: number };
  size: { value: Vector2 };
  opacity: { value: number };
}

export function pen(colour: string, width: number): Pen {
  return {
    colour: { value: new Color(colour) },
    width: { value: width },
    size: { value: new Vector2(1, 1) },
    opacity: { value: 1 },
  };
}

/** @param ends pairs of end points, relative to the mesh's position [m] */
export function wideLines(ends: Float32Array, ink: Pen, throughWalls: boolean): Mesh {
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array([0, -1, 0, 1, -1, 0, 1, 1, 0, 0, 1, 0]), 3));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  const count = ends.length / 6;
  const [from, to] = [new Float32Array(count * 3), new Float32Array(count * 3)];
  for (let i = 0; i < count; i++) {
    from.set(ends.subarray(i * 6, i * 6 + 3), i * 3);
    to.set(ends.subarray(i * 6 + 3, i * 6 + 6), i * 3);
  }
  geometry.setAttribute("from", new InstancedBufferAttribute(from, 3));
  geometry.setAttribute("to", new InstancedBufferAttribute(to, 3));
  geometry.instanceCount = count;
  const mesh = new Mesh(
    geometry,
    new ShaderMaterial({
      vertexShader: LINE,
      fragmentShader: PAINT,
      uniforms: { ...ink },
      transparent: true,
      depthWrite: false,
      depthTest: !throughWalls,
    }),
  );
  mesh.frustumCulled = false;
  mesh.layers.set(EYE_ONLY);
  mesh.renderOrder = 2;
  return mesh;
}

export function dots(places: Float32Array, ink: Pen): Points {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(places, 3));
  const points = new Points(
    geometry,
    new ShaderMaterial({
      defines: { ROUND: 1 },
      vertexShader: DOT,
      fragmentShader: PAINT,
      uniforms: { ...ink },
      transparent: true,
      depthTest: false,
      depthWrite: false,
    }),
  );
  points.frustumCulled = false;
  points.layers.set(EYE_ONLY);
  points.renderOrder = 3;
  return points;
}

export function throwAway(object: Mesh | Points | null): void {
  object?.removeFromParent();
  object?.geometry.dispose();
  (object?.material as ShaderMaterial | undefined)?.dispose();
}
