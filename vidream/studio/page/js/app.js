/** The page: its workspaces, and the rooms in their regions. @module */

import { Link } from "./link.js";
import { wireEdges } from "./edges.js";
import { onKey } from "./keys.js";
import { wireBanner, wireTop } from "./shell.js";
import { wireTabs } from "./tabs.js";
import { complain } from "./toast.js";
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
wireBanner(link);
wireTop(link);
wireEdges();
for (const [id, mount] of Object.entries(REGIONS)) {
  try {
    mount(document.getElementById(id), link);
  } catch (error) {
    complain(error); // one part that fails leaves the others
    reportError(error);
  }
}

const tab = (name) => document.getElementById(`tab-${name}`);
const choose = wireTabs(document.querySelector(".workspaces"), (chosen) => arrive(chosen.id.slice(4)));

/** Show a workspace. @param {string} name */
function go(name) {
  choose(tab(name));
  arrive(name);
}

function arrive(name) {
  history.replaceState(null, "", `#${name}`);
  link.emit("workspace", name);
}

for (const [index, name] of WORKSPACES.entries()) onKey(`Alt+${index + 1}`, `Go to ${tab(name).textContent}`, () => go(name));
link.when("go", go);
go(WORKSPACES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "look");
