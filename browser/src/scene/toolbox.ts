/** What is in hand over a scene: nothing, a ruler, a pencil or an open hand. The larger ones come when they are wanted. */

import type { HandWishes } from "./hand";
import { Ruler, type Measured } from "./measure";
import type { Drawing, DrawingWishes, Pencil } from "./sketch";
import type { Tool, Workplace } from "./tool";

type Name = "ruler" | "pencil" | "hand";

export class Toolbox {
  tool: Tool | null = null;
  /** The tool that is wanted, which may still be on its way. */
  private name: Name | null = null;
  private wishes = 0;
  private drawing: Drawing | null = null;
  private disposed = false;

  /** @param taken called with each tool that is taken in hand, and with null when it is put away */
  constructor(
    private readonly at: Workplace,
    private readonly taken: (tool: Tool | null) => void,
  ) {}

  measure(report: ((measured: Measured) => void) | null): void {
    if (report) this.take("ruler", new Ruler(this.at, report));
    else this.putAway("ruler");
  }

  /** Draws by hand, or ends it with null. */
  async sketch(drawing: Drawing | null, wishes: DrawingWishes): Promise<void> {
    this.drawing = drawing;
    if (!drawing) return this.putAway("pencil");
    if (this.name !== "pencil") {
      const { Pencil } = await this.fetched("pencil", import("./sketch"));
      if (!Pencil) return;
      this.take("pencil", new Pencil(this.at, wishes));
    }
    // while the program is on its way the drawing may change
    if (this.tool && this.drawing) (this.tool as Pencil).show(this.drawing);
  }

  /** Aims, puts down and carries, or ends it with null. */
  async hand(wishes: HandWishes | null): Promise<void> {
    if (!wishes) return this.putAway("hand");
    const { Hand } = await this.fetched("hand", import("./hand"));
    if (Hand) this.take("hand", new Hand(this.at, wishes));
  }

  dispose(): void {
    this.disposed = true;
    this.take(null, null);
  }

  /** A program once it is there; nothing when another tool has been wished meanwhile. */
  private async fetched<Program extends object>(name: Name, coming: Promise<Program>): Promise<Partial<Program>> {
    this.take(name, null);
    const wish = this.wishes;
    const program = await coming;
    return wish === this.wishes && !this.disposed ? program : {};
  }

  /** Puts a tool away unless another one is in hand already. */
  private putAway(name: Name): void {
    if (this.name === name) this.take(null, null);
  }

  private take(name: Name | null, tool: Tool | null): void {
    this.wishes++;
    this.tool?.dispose();
    this.name = name;
    this.tool = tool;
    this.taken(tool);
  }
}
