/**
 * How surfaces look: one small lighting model (sun with shadow, sky and reflected light, a darker foot of walls, haze)
 * for buildings, ground and trees. Selection, colours by value and hidden objects come from a texture with one texel per
 * feature, so a change touches no geometry.
 */

import {
  Color,
  DataTexture,
  DoubleSide,
  FrontSide,
  Matrix4,
  ShaderMaterial,
  Vector2,
  Vector3,
  type IUniform,
  type Matrix3,
  type Texture,
} from "three";

import type { Look } from "./themes";

/** Uniforms that all materials of a scene share. */
export interface Shared {
  [name: string]: IUniform;
  sunDirection: IUniform<Vector3>;
  sunLight: IUniform<Color>;
  skyLight: IUniform<Color>;
  groundLight: IUniform<Color>;
  horizon: IUniform<Color>;
  /** Distances [m] at which the haze begins and is complete. */
  haze: IUniform<Vector2>;
  wall: IUniform<Color>;
  roof: IUniform<Color>;
  other: IUniform<Color>;
  groundTint: IUniform<Color>;
  tree: IUniform<Color>;
  trunk: IUniform<Color>;
  selected: IUniform<Color>;
  selectedShare: IUniform<number>;
  foot: IUniform<number>;
  edge: IUniform<Color>;
  edgeOpacity: IUniform<number>;
  /** Distance [m] at which edges are gone. */
  edgeReach: IUniform<number>;
  shadowMap: IUniform<Texture | null>;
  shadowMatrix: IUniform<Matrix4>;
  /** Middle east, north and radius of the twin [m]: beyond it the endless ground fades away. */
  island: IUniform<Vector3>;
  /** Strength of the shadow 0..1, metres per texel, texel size in the map. */
  shadow: IUniform<Vector3>;
}

export function sharedUniforms(): Shared {
  const colour = () => ({ value: new Color() });
  return {
    sunDirection: { value: new Vector3(0, 0, 1) },
    sunLight: colour(),
    skyLight: colour(),
    groundLight: colour(),
    horizon: colour(),
    haze: { value: new Vector2(1e4, 2e4) },
    wall: colour(),
    roof: colour(),
    other: colour(),
    groundTint: colour(),
    tree: colour(),
    trunk: colour(),
    selected: colour(),
    selectedShare: { value: 0.8 },
    foot: { value: 0.2 },
    edge: colour(),
    edgeOpacity: { value: 0.35 },
    edgeReach: { value: 1000 },
    shadowMap: { value: null },
    shadowMatrix: { value: new Matrix4() },
    island: { value: new Vector3(0, 0, 1000) },
    shadow: { value: new Vector3(0, 1, 1 / 2048) },
  };
}

export function applyLook(shared: Shared, look: Look, light: { sun: number; sky: number }): void {
  shared.sunLight.value.set(look.sun).multiplyScalar(look.sunStrength * light.sun);
  shared.skyLight.value.set(look.sky).multiplyScalar(look.skyStrength * light.sky);
  shared.groundLight.value.set(look.reflected).multiplyScalar(look.skyStrength * light.sky);
  for (const name of ["horizon", "wall", "roof", "other", "groundTint", "tree", "trunk", "selected", "edge"] as const) {
    shared[name].value.set(look[name]);
  }
  shared.selected.value.multiplyScalar(look.selectedGlow);
  shared.selectedShare.value = look.selectedShare;
  shared.foot.value = look.foot;
  shared.edgeOpacity.value = look.edgeOpacity;
}

/** Reads the feature's texel: rgb colour, a the state (0 hidden, 1 plain, 2 coloured, 3 selected). */
const STATE = /* glsl */ `
#ifdef FEATURES
  attribute float feature;
  uniform sampler2D states;
  uniform int statesWidth;
  vec4 stateOf() {
    int row = int(feature + 0.5);
    return texelFetch(states, ivec2(row % statesWidth, row / statesWidth), 0);
  }
#endif
`;

const SURFACE_VERTEX = /* glsl */ `
${STATE}
attribute float semantic;
attribute float rise;
varying vec3 toEye;
varying vec3 world;
varying vec3 up;
varying vec3 paint;
varying float kind;
varying float above;
#ifdef TEXTURE
  varying vec2 at;
#endif
#ifdef COLOURS
  attribute vec4 colour;
#endif
uniform vec3 base;
uniform vec3 wall;
uniform vec3 roof;
uniform vec3 other;
uniform vec3 tree;
uniform vec3 trunk;
uniform vec3 selected;
uniform float selectedShare;

void main() {
  vec4 place = vec4(position, 1.0);
  vec3 n = vec3(0.0, 0.0, 1.0);
  #ifdef NORMALS
    n = normal;
  #endif
  #ifdef USE_INSTANCING
    place = instanceMatrix * place;
    n = mat3(instanceMatrix) * n;
  #endif
  vec4 w = modelMatrix * place;
  vec4 eye = modelViewMatrix * place;
  world = w.xyz;
  toEye = -eye.xyz;
  up = mat3(modelMatrix) * n;
  gl_Position = projectionMatrix * eye;
  above = 1.0;
  kind = 0.0;
  #if defined(BUILDING)
    paint = semantic > 2.5 ? roof : semantic > 1.5 ? wall : other;
    kind = semantic;
    above = rise;
  #elif defined(TREE)
    paint = tree;
    #ifdef COLOURS
      // Trunks are the vertices that are not green.
      if (colour.r > colour.g) paint = trunk;
    #endif
    above = rise;
    #ifdef USE_INSTANCING
      float chance = fract(sin(float(gl_InstanceID) * 12.9898) * 43758.5453);
      paint *= vec3(0.90, 0.94, 0.90) + vec3(0.14, 0.08, 0.12) * chance;
    #endif
  #else
    paint = base;
  #endif
  #if defined(COLOURS) && !defined(TREE)
    paint *= colour.rgb;
  #endif
  #ifdef TEXTURE
    at = uv;
  #endif
  #ifdef FEATURES
    vec4 state = stateOf();
    if (state.a < 0.1) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    else if (state.a > 0.9) paint = semantic > 2.5 ? selected : mix(paint, selected, selectedShare);
    else if (state.a > 0.5) {
      vec3 tint = pow(state.rgb, vec3(2.2));
      paint = semantic > 2.5 ? tint : mix(tint, wall, 0.3);
    }
  #endif
}
`;

const SURFACE_FRAGMENT = /* glsl */ `
varying vec3 toEye;
varying vec3 world;
varying vec3 up;
varying vec3 paint;
varying float kind;
varying float above;
uniform vec3 sunDirection;
uniform vec3 sunLight;
uniform vec3 skyLight;
uniform vec3 groundLight;
uniform vec3 horizon;
uniform vec2 haze;
uniform vec3 groundTint;
uniform float foot;
uniform float opacity;
uniform highp sampler2DShadow shadowMap;
uniform mat4 shadowMatrix;
uniform vec3 shadow;
uniform float receives;
uniform vec3 island;
#ifdef TEXTURE
  varying vec2 at;
  uniform sampler2D picture;
#endif
#ifdef COVER
  uniform sampler2D cover;
  uniform mat3 toCover;
#endif
/* declared */

// Ian Taylor's fit of the sRGB curve, 2012: at most 0.002 off and much cheaper.
vec3 linear(vec3 c) { return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878); }

float lit(vec3 n) {
  float facing = dot(n, sunDirection);
  if (receives * shadow.x <= 0.0 || facing <= 0.0) return 1.0;
  float slope = sqrt(1.0 - facing * facing);
  vec3 offset = n * shadow.y * (0.6 + 1.8 * slope);
  vec3 p = (shadowMatrix * vec4(world + offset, 1.0)).xyz;
  vec2 inside = smoothstep(vec2(0.5), vec2(0.47), abs(p.xy - 0.5));
  if (inside.x * inside.y <= 0.0 || p.z > 1.0) return 1.0;
  float sum = 0.0;
  #ifdef QUICK
    sum = texture(shadowMap, p);
  #else
    for (int j = -1; j <= 1; j++) {
      for (int i = -1; i <= 1; i++) {
        float part = (i == 0 ? 0.42 : 0.29) * (j == 0 ? 0.42 : 0.29);
        sum += part * texture(shadowMap, vec3(p.xy + 1.2 * vec2(i, j) * shadow.z, p.z));
      }
    }
  #endif
  return 1.0 - shadow.x * inside.x * inside.y * (1.0 - sum);
}

void main() {
  #ifdef NORMALS
    vec3 n = normalize(up);
    #ifdef GROUND
      if (n.z < 0.0) n = -n;
    #endif
  #else
    vec3 n = normalize(cross(dFdx(toEye), dFdy(toEye))) * mat3(viewMatrix);
    if (dot(n, toEye * mat3(viewMatrix)) < 0.0) n = -n;
  #endif
  vec4 albedo = vec4(paint, opacity);
  #ifdef TEXTURE
    vec4 drawn = texture2D(picture, at);
    albedo *= vec4(linear(drawn.rgb), drawn.a);
  #endif
  #ifdef COVER
    vec4 map = texture2D(cover, (toCover * vec3(world.xy, 1.0)).xy);
    albedo.rgb = mix(albedo.rgb, linear(map.rgb), map.a);
  #endif
  #ifdef GROUND
    albedo.rgb *= groundTint;
  #endif
  vec3 ambient = mix(groundLight, skyLight, 0.5 + 0.5 * n.z);
  #ifdef BUILDING
    if (kind < 2.5) ambient *= 1.0 - foot * exp(-above * 0.4);
  #endif
  #ifdef TREE
    ambient *= mix(0.42, 1.0, smoothstep(0.0, 0.75, above));
  #endif
  float facing = max(dot(n, sunDirection), 0.0);
  #ifdef TREE
    facing = max(0.0, dot(n, sunDirection) * 0.75 + 0.25) * mix(0.5, 1.0, smoothstep(0.1, 0.8, above));
  #endif
  float open = lit(n);
  vec3 seen = albedo.rgb * (ambient + sunLight * (facing * open));
  /* coloured */
  float far = smoothstep(haze.x, haze.y, length(toEye));
  #ifdef FLOOR
    far = max(far, smoothstep(0.75 * island.z, 1.9 * island.z, distance(world.xy, island.xy)));
  #endif
  gl_FragColor = vec4(mix(seen, horizon, far), albedo.a);
  #include <colorspace_fragment>
}
`;

const DEPTH_VERTEX = /* glsl */ `
${STATE}
void main() {
  vec4 place = vec4(position, 1.0);
  #ifdef USE_INSTANCING
    place = instanceMatrix * place;
  #endif
  gl_Position = projectionMatrix * modelViewMatrix * place;
  #ifdef FEATURES
    if (stateOf().a < 0.1) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  #endif
}
`;

const EDGE_VERTEX = /* glsl */ `
${STATE}
varying float strength;
uniform float edgeReach;
void main() {
  vec4 eye = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * eye;
  gl_Position.z -= 0.00004 * gl_Position.w;
  float away = length(eye.xyz);
  strength = (1.0 - smoothstep(0.45 * edgeReach, edgeReach, away)) * clamp(700.0 / away, 0.3, 1.0);
  #ifdef FEATURES
    float state = stateOf().a;
    if (state < 0.1 || state > 0.9) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  #endif
}
`;

const EDGE_FRAGMENT = /* glsl */ `
varying float strength;
uniform vec3 edge;
uniform float edgeOpacity;
void main() {
  gl_FragColor = vec4(edge, edgeOpacity * strength);
  #include <colorspace_fragment>
}
`;

export interface SurfaceOptions {
  kind: "building" | "ground" | "floor" | "tree" | "overlay";
  normals: boolean;
  colours: boolean;
  picture: Texture | null;
  /** One texel per feature, null when the surface has none. */
  states: DataTexture | null;
  base: [number, number, number, number];
  /** One look at the shadow instead of nine, for machines without a graphics card. */
  quick: boolean;
}

const KIND_DEFINES: Record<SurfaceOptions["kind"], string[]> = {
  building: ["BUILDING"],
  ground: ["GROUND"],
  floor: ["GROUND", "FLOOR"],
  tree: ["TREE"],
  overlay: ["OVERLAY"],
};

function stateUniforms(states: DataTexture | null): Record<string, IUniform> {
  return states ? { states: { value: states }, statesWidth: { value: states.image.width } } : {};
}

export function surfaceMaterial(shared: Shared, options: SurfaceOptions): ShaderMaterial {
  const defines: Record<string, number> = {};
  if (options.quick) defines.QUICK = 1;
  for (const name of KIND_DEFINES[options.kind]) defines[name] = 1;
  if (options.normals) defines.NORMALS = 1;
  if (options.colours) defines.COLOURS = 1;
  if (options.picture) defines.TEXTURE = 1;
  if (options.states) defines.FEATURES = 1;
  const overlay = options.kind === "overlay";
  return new ShaderMaterial({
    defines,
    vertexShader: SURFACE_VERTEX,
    fragmentShader: SURFACE_FRAGMENT,
    uniforms: {
      ...shared,
      ...stateUniforms(options.states),
      base: { value: new Color().fromArray(options.base) },
      opacity: { value: options.base[3] },
      receives: { value: 1 },
      picture: { value: options.picture },
    },
    side: options.kind === "tree" ? FrontSide : DoubleSide,
    transparent: overlay,
    depthWrite: !overlay,
    polygonOffset: true,
    polygonOffsetFactor: overlay ? -2 : 1,
    polygonOffsetUnits: overlay ? -4 : 1,
  });
}

/** Lays a picture over a surface, or takes it away. */
export function coverSurface(material: ShaderMaterial, picture: Texture | null, toPicture: Matrix3): void {
  Object.assign(material.uniforms, { cover: { value: picture }, toCover: { value: toPicture } });
  if (picture) material.defines.COVER = 1;
  else delete material.defines.COVER;
  material.needsUpdate = true;
}

/** Something laid over a surface that brings its own piece of program. */
export interface Overlaid {
  defines: Record<string, number>;
  declared: string;
  /** Changes the colour `seen` at the place `world`, to which `open` 0..1 of the sun's light comes. */
  coloured: string;
  uniforms: Record<string, IUniform>;
}

/** Lays it over a surface, or takes away what lies there. */
export function layOver(material: ShaderMaterial, over: Overlaid | null, own: Record<string, IUniform>): void {
  const { declared = "", coloured = "" } = over ?? {};
  Object.assign(material.uniforms, over?.uniforms, own);
  Object.assign(material.defines, over?.defines);
  material.fragmentShader = SURFACE_FRAGMENT.replace("/* declared */", declared).replace("/* coloured */", coloured);
  material.needsUpdate = true;
}

export function edgeMaterial(shared: Shared, states: DataTexture | null): ShaderMaterial {
  return new ShaderMaterial({
    defines: states ? { FEATURES: 1 } : {},
    vertexShader: EDGE_VERTEX,
    fragmentShader: EDGE_FRAGMENT,
    uniforms: { ...shared, ...stateUniforms(states) },
    transparent: true,
    depthWrite: false,
  });
}

/** Draws only depth: for the sun's shadow map and for ambient occlusion. */
export function depthMaterial(states: DataTexture | null): ShaderMaterial {
  return new ShaderMaterial({
    defines: states ? { FEATURES: 1 } : {},
    vertexShader: DEPTH_VERTEX,
    fragmentShader: "void main() { gl_FragColor = vec4(1.0); }",
    uniforms: stateUniforms(states),
    side: DoubleSide,
    colorWrite: false,
  });
}
