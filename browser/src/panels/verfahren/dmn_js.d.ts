/** The editor of decision tables comes without types. */
declare module "dmn-js/lib/Modeler" {
  export default class Modeler {
    constructor(options: { container: HTMLElement });
    importXML(xml: string): Promise<unknown>;
    saveXML(options: { format: boolean }): Promise<{ xml?: string }>;
    destroy(): void;
  }
}
