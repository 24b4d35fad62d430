// The tiles of a twin in CesiumJS with nothing else: no globe, no sky, no picture services. All numbers come by address.
import {
  Cartesian3,
  Cesium3DTileset,
  CesiumWidget,
  Color,
  HeadingPitchRange,
  Math as Numbers,
  ShadowMode,
} from "@cesium/engine";

const wanted = new URLSearchParams(location.search);
const number = (name) => Number(wanted.get(name));
const widget = new CesiumWidget("scene", {
  baseLayer: false,
  globe: false,
  skyBox: false,
  skyAtmosphere: false,
  requestRenderMode: true,
  maximumRenderTimeChange: Infinity,
  shadows: false,
});
const { camera, scene } = widget;
scene.backgroundColor = Color.WHITE;
camera.frustum.fov = Numbers.toRadians(number("fov"));
const target = Cartesian3.fromDegrees(number("east"), number("north"), number("height"));
camera.lookAt(
  target,
  new HeadingPitchRange(Numbers.toRadians(number("heading")), -Numbers.toRadians(number("pitch")), number("distance")),
);

window.failed = [];
window.loaded = false;
const errors = wanted.getAll("error").map(Number);
const tilesets = await Promise.all(
  wanted.getAll("tileset").map((url, i) => Cesium3DTileset.fromUrl(url, { maximumScreenSpaceError: errors[i] })),
);
for (const tileset of tilesets) {
  scene.primitives.add(tileset);
  tileset.tileFailed.addEventListener(({ url, message }) => window.failed.push(`${url} ${message}`));
}
scene.postRender.addEventListener(() => (window.loaded = tilesets.every((tileset) => tileset.tilesLoaded)));
scene.requestRender();
