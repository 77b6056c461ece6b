/** The page: its workspaces, and the rooms in their regions. @module */

import { Link } from "./link.js";
import { onKey } from "./keys.js";
import { mount as canvas } from "./canvas.js";
import { mount as files } from "./files.js";
import { mount as gallery } from "./gallery.js";
import { mount as look } from "./look.js";
import { mount as make } from "./make.js";
import { mount as play } from "./play.js";
import { mount as timeline } from "./timeline.js";

const WORKSPACES = ["look", "make", "play"];
const REGIONS = { files, gallery, canvas, tune: look, timeline, make, play };

const link = new Link();
for (const [id, mount] of Object.entries(REGIONS)) mount(document.getElementById(id), link);

/** Show a workspace. @param {string} name */
function go(name) {
  for (const each of WORKSPACES) {
    document.getElementById(`tab-${each}`).setAttribute("aria-selected", String(each === name));
    document.getElementById(`work-${each}`).hidden = each !== name;
  }
  history.replaceState(null, "", `#${name}`);
  link.emit("workspace", name);
}

for (const [index, name] of WORKSPACES.entries()) {
  document.getElementById(`tab-${name}`).addEventListener("click", () => go(name));
  onKey(`Alt+${index + 1}`, `to ${name}`, () => go(name));
}
link.when("go", go);
go(WORKSPACES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "look");
