// The front end's catalogues, read from their source, and one that stands for every language at its worst: written from
// right to left, two fifths longer than English, with every plural category there is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const web = resolve(fileURLToPath(new URL(".", import.meta.url)), "../../../portal/web");

/** The entries of a catalogue file that imports nothing at run time. */
export async function english() {
  const { default: typescript } = await import(createRequire(`${web}/package.json`).resolve("typescript"));
  const { outputText } = typescript.transpileModule(readFileSync(`${web}/src/i18n/en.ts`, "utf8"), {
    compilerOptions: { module: "ESNext", target: "ES2022" },
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`)).default;
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const hebrew = "אבגדהוזחטיכלמנסעפצקרשתבגדה";

function lengthened(text) {
  // Places stay as they are, and so do the words' lengths and the breaks between them.
  const turned = text
    .split(/(\{\w+\})/)
    .map((piece, at) =>
      at % 2 === 1
        ? piece
        : piece.replace(/[a-z]/gi, (letter) => hebrew[letters.indexOf(letter.toLowerCase())] ?? letter),
    )
    .join("");
  const missing = Math.ceil(text.replace(/\{\w+\}/g, "").length * 0.4);
  if (missing < 2) return turned;
  // What is too short for a word of its own lengthens the last one.
  const more = Array.from({ length: missing }, (_, at) => (missing > 6 && at % 6 === 0 ? " " : "ם")).join("");
  return turned + more;
}

/** The text of a catalogue file in which every entry of the English one is longer and runs the other way. */
export function pseudo_catalogue(entries) {
  const plural = (entry) =>
    Object.fromEntries(
      ["zero", "one", "two", "few", "many", "other"].map((form) => [form, lengthened(entry[form] ?? entry.other)]),
    );
  const turned = Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [key, typeof entry === "string" ? lengthened(entry) : plural(entry)]),
  );
  return `import { catalogue } from "./catalogue";\n\nexport default catalogue(${JSON.stringify(turned, null, 2)});\n`;
}
