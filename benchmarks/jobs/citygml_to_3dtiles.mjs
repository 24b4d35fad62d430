// Runs the npm package citygml-to-3dtiles with the one name of a reference system it does not know.
// node citygml_to_3dtiles.mjs PACKAGE_DIRECTORY INPUT_DIRECTORY OUTPUT_DIRECTORY
import { pathToFileURL } from "node:url";

const [home, input, output] = process.argv.slice(2);
const { default: Converter } = await import(pathToFileURL(`${home}/src/Converter.mjs`));
const utm32 = "+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs";
const converter = new Converter({ srsProjections: { "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016": utm32 } });
await converter.convertFiles(input, output);
