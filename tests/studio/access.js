// What tests/studio/access.py asks in a page.

const faint = (least) => {
  const parse = (text) => {
    const found = text.match(/[\d.]+%?/g)?.map((each) => each.endsWith("%") ? parseFloat(each) / 100 : parseFloat(each));
    if (!found || !text.startsWith("rgb")) return text === "transparent" ? [0, 0, 0, 0] : null;
    return [found[0], found[1], found[2], found[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const [r, g, b] = colour.map((each) => each / 255).map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!words || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest("script, style, noscript, option, :disabled, [aria-disabled=true], .unseen, svg")) continue;
    const chain = [];
    for (let each = element; each; each = each.parentElement) chain.push(each);
    let back = [0, 0, 0, 1];
    let opacity = 1;
    let pictured = false;
    for (const each of chain.reverse()) {
      const style = getComputedStyle(each);
      const colour = parse(style.backgroundColor);
      if (colour) back = over(colour, back);
      if (colour && colour[3] === 1) pictured = false;
      if (style.backgroundImage !== "none") pictured = true;
      opacity *= Number(style.opacity);
    }
    const ink = parse(getComputedStyle(element).color);
    if (!ink || pictured) continue;
    ink[3] *= opacity;
    const [a, b] = [light(over(ink, back)), light(back)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least) found.push(`${contrast.toFixed(2)}: "${words.slice(0, 40)}" in ${element.tagName}.${element.className}`);
  }
  return [...new Set(found)];
};

const cutOff = () => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth + 1) found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);
  for (const element of document.querySelectorAll("button, input, select, textarea, h1, h2, h3, label, [role=tab]")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".unseen")) continue;
    const name = `${element.tagName}.${element.className} "${(element.ariaLabel ?? element.textContent).trim().slice(0, 30)}"`;
    const style = getComputedStyle(element);
    const shortened = style.textOverflow === "ellipsis" || element.querySelector(".truncate");
    if (element.matches("button") && !shortened && element.scrollWidth > element.clientWidth + 2) found.push(`${name}: its words are cut`);
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    if (box.right > innerWidth + 2 || box.left < -2) found.push(`${name}: stands out of the window, ${box.left.toFixed()} to ${box.right.toFixed()}`);
    let clip = null;
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
      if (getComputedStyle(each).overflowX === "visible" && getComputedStyle(each).overflowY === "visible") continue;
      const frame = each.getBoundingClientRect();
      const outside = box.right > frame.right + 3 || box.left < frame.left - 3 || box.bottom > frame.bottom + 3 || box.top < frame.top - 3;
      if (outside && box.width <= frame.width && box.height <= frame.height) clip = each;
      if (box.width > frame.width + 3) clip = each;
      if (clip) break;
    }
    if (clip) found.push(`${name}: cut off by ${clip.tagName}#${clip.id}.${clip.className}`);
  }
  scrollTo(0, 0);
  return found;
};

const stop = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const after = getComputedStyle(element, "::after");
  const marked = ring || (after.content !== "none" && after.backgroundColor !== "rgba(0, 0, 0, 0)");
  const name = `${element.tagName}#${element.id}.${element.className} "${(element.ariaLabel ?? element.textContent ?? "").trim().slice(0, 30)}"`;
  const known = window.stops ??= [];
  if (!known.includes(element)) known.push(element);
  return { name, marked, number: known.indexOf(element), high: element.tabIndex > 0 };
};
