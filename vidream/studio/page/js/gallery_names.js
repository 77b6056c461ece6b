/** How the gallery's cells and a look's layers are called. @module */

/** What a person calls a cell. @param {{kind: string, title: string}} cell */
export const named = (cell) => (cell.kind === "own" ? cell.title.replace(/^looks\//, "").replace(/\.toml$/, "") : cell.title);

/** The name of a layer of a look, without its weight. @param {string|{name: string}} layer */
export const labelOf = (layer) => (typeof layer === "string" ? layer.split("=")[0] : layer.name);
