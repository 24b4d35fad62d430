/** Browsers take the graphics card away now and then; most give it back. */

/** How long to wait for a lost graphics card [ms]. */
const PATIENCE = 5000;

/** @returns how to stop watching */
export function watchContext(canvas: HTMLCanvasElement, gone: () => void, back: () => void): () => void {
  let waiting = 0;
  const lost = (event: Event) => {
    event.preventDefault();
    waiting = window.setTimeout(gone, PATIENCE);
  };
  const found = () => {
    window.clearTimeout(waiting);
    back();
  };
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", found);
  return () => {
    window.clearTimeout(waiting);
    canvas.removeEventListener("webglcontextlost", lost);
    canvas.removeEventListener("webglcontextrestored", found);
  };
}
