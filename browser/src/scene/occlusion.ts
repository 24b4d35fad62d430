/**
 * Where does little sky reach: at the foot of houses, in courtyards, under trees? Screen-space ambient obscurance after
 * M. McGuire, M. Mara, D. Luebke, Scalable Ambient Obscurance, HPG 2012, multiplied over the finished picture.
 */

import {
  CustomBlending,
  DepthTexture,
  DstColorFactor,
  Mesh,
  LinearFilter,
  OrthographicCamera,
  PlaneGeometry,
  Scene,
  ShaderMaterial,
  UnsignedIntType,
  Vector2,
  WebGLRenderTarget,
  ZeroFactor,
  type PerspectiveCamera,
  type WebGLRenderer,
} from "three";

import { drawDepth } from "./depth";

/** Metres around a point in which things take its light. */
const RADIUS = 7;
/** From so far away that this radius is fewer pixels, what it darkens is not seen. */
const LEAST = 3.5;

const VERTEX = "varying vec2 at; void main() { at = uv; gl_Position = vec4(position.xy, 0.0, 1.0); }";

const EYE = /* glsl */ `
varying vec2 at;
uniform sampler2D depths;
uniform vec2 range;
uniform vec2 slope;
uniform vec2 size;
float far(vec2 p) {
  float z = texture2D(depths, p).r;
  return range.x * range.y / (range.y - z * (range.y - range.x));
}
vec3 eye(vec2 p) { return vec3((p * 2.0 - 1.0) * slope, -1.0) * far(p); }
`;

const OBSCURE = /* glsl */ `
${EYE}
uniform float strength;
uniform float haze;
vec3 nearer(vec3 a, vec3 b) { return abs(a.z) < abs(b.z) ? a : b; }
void main() {
  vec3 p = eye(at);
  vec2 px = 1.0 / size;
  vec3 dx = nearer(eye(at + vec2(px.x, 0.0)) - p, p - eye(at - vec2(px.x, 0.0)));
  vec3 dy = nearer(eye(at + vec2(0.0, px.y)) - p, p - eye(at - vec2(0.0, px.y)));
  vec3 n = normalize(cross(dx, dy));
  float metre = size.y / (2.0 * slope.y * -p.z);
  float radius = min(RADIUS * metre, size.y * 0.12);
  float reach = radius / metre;
  float turn = 6.2832 * fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  float sum = 0.0;
  for (int i = 0; i < SAMPLES; i++) {
    float share = (float(i) + 0.5) / float(SAMPLES);
    float angle = share * 6.2832 * 5.0 + turn;
    vec2 q = at + vec2(cos(angle), sin(angle)) * radius * share / size;
    if (q.x < 0.0 || q.y < 0.0 || q.x > 1.0 || q.y > 1.0) continue;
    vec3 v = eye(q) - p;
    float vv = dot(v, v);
    float fall = max(0.0, reach * reach - vv);
    sum += fall * fall * fall * max(0.0, (dot(v, n) + p.z * 0.0012 - 0.02) / (vv + 0.3));
  }
  float r2 = reach * reach;
  float dark = sum * 5.0 * reach / (r2 * r2 * r2 * float(SAMPLES));
  float near = 1.0 - smoothstep(0.3 * haze, haze, -p.z);
  gl_FragColor = vec4(vec3(1.0 - clamp(dark * strength * near, 0.0, 0.75)), 1.0);
}
`;

const BLUR = /* glsl */ `
${EYE}
uniform sampler2D light;
uniform vec2 way;
void main() {
  float z = far(at);
  float sum = 0.0;
  float weight = 0.0;
  for (int i = -TAPS; i <= TAPS; i++) {
    vec2 q = at + way * float(i) * STRIDE / size;
    float part = exp(-float(i * i) * STRIDE * STRIDE / 6.0) * max(0.0, 1.0 - abs(far(q) - z) / (0.004 * z + 0.25));
    sum += part * texture2D(light, q).r;
    weight += part;
  }
  gl_FragColor = vec4(vec3(sum / max(weight, 1e-4)), 1.0);
}
`;

const OVER = /* glsl */ `
varying vec2 at;
uniform sampler2D light;
uniform vec3 shade;
void main() { gl_FragColor = vec4(mix(shade, vec3(1.0), texture2D(light, at).r), 1.0); }
`;

export class Occlusion {
  private readonly depth: WebGLRenderTarget;
  private readonly first: WebGLRenderTarget;
  private readonly second: WebGLRenderTarget;
  private readonly scene = new Scene();
  private readonly camera = new OrthographicCamera(-1, 1, 1, -1, 0, 1);
  private readonly quad: Mesh;
  private readonly shared = {
    depths: { value: null as DepthTexture | null },
    range: { value: new Vector2() },
    slope: { value: new Vector2() },
    size: { value: new Vector2() },
  };
  private readonly obscure: ShaderMaterial;
  private readonly across: ShaderMaterial;
  private readonly along: ShaderMaterial;
  private readonly over: ShaderMaterial;

  /** @param quick fewer looks around each point, for machines without a graphics card */
  constructor(quick: boolean) {
    const plain = { depthBuffer: false, minFilter: LinearFilter, magFilter: LinearFilter, generateMipmaps: false };
    this.depth = new WebGLRenderTarget(1, 1, {
      ...plain,
      depthBuffer: true,
      depthTexture: new DepthTexture(1, 1, UnsignedIntType),
    });
    this.first = new WebGLRenderTarget(1, 1, plain);
    this.second = new WebGLRenderTarget(1, 1, plain);
    this.shared.depths.value = this.depth.depthTexture;
    const off = { depthTest: false, depthWrite: false, vertexShader: VERTEX };
    this.obscure = new ShaderMaterial({
      ...off,
      defines: { RADIUS: RADIUS.toFixed(1), SAMPLES: quick ? 9 : 14 },
      fragmentShader: OBSCURE,
      uniforms: { ...this.shared, strength: { value: 1 }, haze: { value: 1000 } },
    });
    const blurred = (way: [number, number], light: WebGLRenderTarget) => ({
      ...off,
      defines: quick ? { TAPS: 2, STRIDE: "1.0" } : { TAPS: 3, STRIDE: "1.0" },
      fragmentShader: BLUR,
      uniforms: { ...this.shared, light: { value: light.texture }, way: { value: new Vector2(...way) } },
    });
    this.across = new ShaderMaterial(blurred([1, 0], this.first));
    this.along = new ShaderMaterial(blurred([0, 1], this.second));
    this.over = new ShaderMaterial({
      ...off,
      fragmentShader: OVER,
      uniforms: { light: { value: this.first.texture }, shade: { value: [0.05, 0.06, 0.1] } },
      blending: CustomBlending,
      blendSrc: DstColorFactor,
      blendDst: ZeroFactor,
      transparent: true,
    });
    this.quad = new Mesh(new PlaneGeometry(2, 2), this.obscure);
    this.quad.frustumCulled = false;
    this.scene.add(this.quad);
  }

  /**
   * Darkens the picture that stands in the present target.
   *
   * @param width size in which the darkness is computed [px]
   * @param haze distance [m] at which nothing is darkened any more
   */
  apply(
    renderer: WebGLRenderer,
    world: Scene,
    camera: PerspectiveCamera,
    width: number,
    height: number,
    strength: number,
    haze: number,
  ): void {
    for (const target of [this.depth, this.first, this.second]) target.setSize(Math.round(width), Math.round(height));
    this.shared.size.value.set(Math.round(width), Math.round(height));
    this.shared.range.value.set(camera.near, camera.far);
    const half = Math.tan((camera.fov * Math.PI) / 360);
    this.shared.slope.value.set(half * camera.aspect, half);
    this.obscure.uniforms.strength!.value = strength;
    this.obscure.uniforms.haze!.value = haze;
    const into = renderer.getRenderTarget();
    drawDepth(renderer, world, camera, this.depth);
    this.pass(renderer, this.obscure, this.first);
    this.pass(renderer, this.across, this.second);
    this.pass(renderer, this.along, this.first);
    this.pass(renderer, this.over, into);
  }

  /**
   * Whether it can be seen.
   *
   * @param height size in which the darkness is computed [px]
   * @param distance to what is looked at [m]
   */
  isSeen(camera: PerspectiveCamera, height: number, distance: number): boolean {
    return (RADIUS * height) / (2 * Math.tan((camera.fov * Math.PI) / 360) * distance) >= LEAST;
  }

  dispose(): void {
    for (const thing of [this.depth, this.first, this.second, this.obscure, this.across, this.along, this.over])
      thing.dispose();
    this.quad.geometry.dispose();
  }

  private pass(renderer: WebGLRenderer, material: ShaderMaterial, target: WebGLRenderTarget | null): void {
    this.quad.material = material;
    renderer.setRenderTarget(target);
    renderer.render(this.scene, this.camera);
  }
}
