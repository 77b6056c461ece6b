// All that a page of another address may try with a studio whose address it knows; what it got, by the way it took.
async (studio) => {
  const seen = {};
  const tell = (name, work) => Promise.race([
    Promise.resolve().then(work).then((value) => (seen[name] = String(value)), (error) => (seen[name] = "nothing: " + error.name)),
    new Promise((done) => setTimeout(done, 4000)).then(() => (seen[name] ??= "nothing: time")),
  ]);
  const loaded = (tag, attributes, events = ["load", "loadeddata"]) => new Promise((done, failed) => {
    const element = document.createElement(tag);
    for (const event of events) element.addEventListener(event, () => done("loaded"));
    element.addEventListener("error", () => failed(new Error("error")));
    document.body.append(element);
    Object.assign(element, attributes);
  });
  const act = `${studio}do/look/noise`;
  const how = { method: "POST", credentials: "include" };
  const posted = (options) => fetch(act, { ...how, ...options }).then((answer) => `${answer.type} ${answer.status}`);
  const json = new Blob(["{}"], { type: "application/json" });
  await tell("get", () => fetch(studio, { credentials: "include" }).then((answer) => answer.text()));
  await tell("get opaque", () => fetch(studio, { credentials: "include", mode: "no-cors" }).then((answer) => answer.text()).then((text) => text || "nothing: opaque"));
  await tell("post text", () => posted({ mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "{}" }));
  await tell("post json no-cors", () => posted({ mode: "no-cors", headers: { "Content-Type": "application/json" }, body: "{}" }));
  await tell("post json", () => posted({ headers: { "Content-Type": "application/json" }, body: "{}" }));
  await tell("post blob", () => posted({ mode: "no-cors", body: json }));
  await tell("beacon", () => `nothing: ${typeof navigator.sendBeacon(act, new Blob(["{}"], { type: "text/plain" }))}`);
  await tell("put", () => fetch(`${studio}files/upload?name=a.mp4&size=2`, { method: "PUT", credentials: "include", body: "{}" }));
  await tell("img", () => loaded("img", { src: `${studio}page/icon.svg` }));
  await tell("img file", () => loaded("img", { src: `${studio}files/picture/PICTURE` }));
  await tell("img cors", () => loaded("img", { crossOrigin: "use-credentials", src: `${studio}files/picture/PICTURE` }));
  await tell("video", () => loaded("video", { src: `${studio}files/film/PICTURE` }));
  await tell("script", () => loaded("script", { src: `${studio}page/js/dom.js` }));
  await tell("module", () => import(`${studio}page/js/dom.js`).then(() => "loaded"));
  await tell("style", () => loaded("link", { rel: "stylesheet", href: `${studio}page/css/base.css` }).then(() => (document.styleSheets.length ? "loaded" : "nothing: empty")));
  await tell("socket", () => new Promise((done, failed) => {
    const socket = new WebSocket(`ws://${new URL(studio).host}/socket?tab=evil`);
    socket.onmessage = ({ data }) => done(data);
    socket.onerror = () => failed(new Error("error"));
  }));
  await tell("stream", () => new Promise((done, failed) => {
    const source = new EventSource(`${studio}look/schema`, { withCredentials: true });
    source.onopen = () => done("open");
    source.onerror = () => failed(new Error("error"));
  }));
  const form = (enctype, target) => {
    const frame = document.createElement("iframe");
    frame.name = target;
    document.body.append(frame);
    const element = document.createElement("form");
    Object.assign(element, { action: act, method: "POST", enctype, target });
    const field = document.createElement("input");
    Object.assign(field, { name: '{"a":"', value: '"}' });
    element.append(field);
    document.body.append(element);
    return new Promise((done) => {
      frame.addEventListener("load", () => done("nothing: sent"));
      element.submit();
    });
  };
  await tell("form text", () => form("text/plain", "one"));
  await tell("form", () => form("application/x-www-form-urlencoded", "two"));
  const frame = document.createElement("iframe");
  frame.name = "framed";
  frame.src = studio;
  document.body.append(frame);
  await new Promise((done) => { frame.onload = done; setTimeout(done, 3000); });
  return seen;
}
