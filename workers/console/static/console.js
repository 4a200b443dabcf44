// What makes the pages lively: parts that change, keys, copying. Without it they can be read all the same.
"use strict";

const body = document.body;

// --- parts that change: taken in as they come, and not at all while nobody sees the page

let line = null;

function follow() {
  if (line || document.hidden || !body.dataset.live) return;
  const address = new URL(body.dataset.live, location.href);
  address.search = location.search;
  address.searchParams.delete("anew");
  address.searchParams.set("page", body.dataset.page);
  line = new EventSource(address);
  line.addEventListener("parts", (event) => takeIn(JSON.parse(event.data)));
  line.onopen = () => { document.documentElement.dataset.line = "open"; };
  line.onerror = lose;
}

// The browser tries again by itself, but not where the answer was a refusal: then somebody has to log in. Asked of no page, that is cheap to tell.
function lose() {
  document.documentElement.dataset.line = "lost";
  if (line.readyState !== EventSource.CLOSED) return;
  line = null;
  setTimeout(async () => {
    const answer = await fetch(body.dataset.live, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
    if (answer && answer.type === "opaqueredirect") location.reload();
    else follow();
  }, 5e3);
}

function stop() {
  if (line) line.close();
  line = null;
  document.documentElement.dataset.line = "closed";
}

function takeIn(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const part = document.querySelector(`[data-part="${name}"]`);
    if (!part) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const wanted = part.cloneNode(false);
    wanted.innerHTML = html;
    become(part, wanted);
    if (focused && !part.contains(document.activeElement)) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  showRow();
  tellAges();
}

// --- what is there becomes what is wanted, and whatever is in both stays the same node: a button that has the focus or is just
// being pressed, a selected text, a piece that was opened. By its name, so that no press falls on what took the place of another.

function nameOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  return `${node.nodeName} ${node.id || node.dataset.row || node.getAttribute("href") || node.getAttribute("action") || ""}`;
}

function become(there, wanted) {
  const coming = new Set([...wanted.children].map(nameOf));
  let at = there.firstChild;
  const drop = () => { const gone = at; at = at.nextSibling; gone.remove(); };
  for (const one of [...wanted.childNodes]) {
    const name = nameOf(one);
    let same = at;
    while (same && nameOf(same) !== name && !coming.has(nameOf(same))) same = same.nextSibling;
    coming.delete(name);
    if (!same || nameOf(same) !== name) { there.insertBefore(one, at); continue; }
    while (at !== same) drop();
    at = same.nextSibling;
    if (one.nodeType === Node.ELEMENT_NODE) { dress(same, one); become(same, one); }
    else if (same.data !== one.data) same.data = one.data;
  }
  while (at) drop();
}

function dress(there, wanted) {
  for (const { name, value } of wanted.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
  for (const { name } of [...there.attributes]) if (name !== "open" && !wanted.hasAttribute(name)) there.removeAttribute(name);
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : follow()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", follow);

// --- how long ago

const UNITS = [[1e3, 1, "ms"], [12e4, 1e3, "s"], [72e5, 6e4, "min"], [1728e5, 36e5, "h"], [Infinity, 864e5, "d"]];

function tellAges() {
  const now = Date.now();
  for (const one of document.querySelectorAll("[data-ago]")) {
    const passed = now - Number(one.dataset.ago);
    if (!Number(one.dataset.ago) || Math.abs(passed) < 1e3) continue;
    const size = Math.abs(passed);
    const [, divisor, unit] = UNITS.find(([limit]) => size < limit);
    const told = `${Math.round(size / divisor)} ${unit}`;
    const said = passed < 0 ? `in ${told}` : `${told} ago`;
    if (one.textContent !== said) one.textContent = said;
  }
}

setInterval(() => { if (!document.hidden) tellAges(); }, 1e3);

// --- keys

let here = null;

function rows() {
  return [...document.querySelectorAll("tr[data-row]")];
}

function showRow() {
  for (const row of rows()) row.classList.toggle("here", row.dataset.row === here);
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.dataset.row === here);
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  here = next.dataset.row;
  showRow();
  next.scrollIntoView({ block: "nearest" });
}

// What the row leads to, and never what can be done with it: whoever presses keys quickly has not asked for that.
function openRow() {
  const row = rows().find((one) => one.dataset.row === here);
  row?.querySelector("a[href]:not(.acts a)")?.click();
}

const KEYS = {
  "/": () => document.getElementById("q")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "Enter": openRow,
  "u": () => (document.querySelector("a.up") ? document.querySelector("a.up").click() : history.back()),
  "r": () => document.querySelector("a.anew")?.click(),
  "?": () => document.getElementById("help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  const page = document.querySelectorAll("header nav a")[Number(event.key) - 1];
  if (/^[1-9]$/.test(event.key) && page) { page.click(); return; }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- dialogs: what a link would lead to as a page, shown in this one

const asked = document.getElementById("asked");

async function ask(link) {
  const address = new URL(link.href);
  address.searchParams.set("part", "1");
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    asked.innerHTML = await answer.text();
    asked.showModal();
    asked.querySelector("[data-first]")?.focus();
  } catch {
    location.href = link.href;
  } finally {
    link.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.act, .acts a");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); ask(link); }
  const close = event.target.closest?.("#asked a.close");
  if (close) { event.preventDefault(); asked.close(); }
});

// --- the filter box suggests what there is

const box = document.querySelector("input[data-suggest]");
let known = null;
let chosen = -1;

function listed() {
  let list = document.getElementById("suggested");
  if (!list) {
    list = document.createElement("ul");
    list.id = "suggested";
    list.className = "suggested";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    box.after(list);
  }
  return list;
}

function typed() {
  const before = box.value.slice(0, box.selectionStart);
  const begin = before.search(/(?:[a-z]+:)?(?:"[^"]*|[^\s"]*)$/);
  return { begin, text: before.slice(begin) };
}

function meant() {
  const { text } = typed();
  const [key, value] = text.includes(":") ? [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)] : ["", text];
  if (!key) return Object.keys(known).filter((one) => one.startsWith(value)).map((one) => `${one}:`);
  const wanted = value.replaceAll('"', "").toLowerCase();
  return (known[key] ?? []).filter((one) => one.toLowerCase().includes(wanted)).map((one) => `${key}:${one}`);
}

function suggest() {
  if (!known) return;
  const list = listed();
  const found = meant().slice(0, 9).filter((one) => one !== typed().text);
  chosen = -1;
  list.replaceChildren(...found.map((one, at) => {
    const item = document.createElement("li");
    item.id = `suggested-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = one;
    return item;
  }));
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", String(Boolean(found.length)));
  box.removeAttribute("aria-activedescendant");
}

function choose(at) {
  const items = [...listed().children];
  if (!items.length || listed().hidden) return;
  chosen = (at + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
  box.setAttribute("aria-activedescendant", items[chosen].id);
}

function take(text) {
  const { begin } = typed();
  const after = box.value.slice(box.selectionStart);
  const gap = text.endsWith(":") ? "" : " ";
  box.value = box.value.slice(0, begin) + text + gap + after.trimStart();
  box.selectionStart = box.selectionEnd = begin + text.length + gap.length;
  suggest();
}

function unsuggest() {
  listed().hidden = true;
  box.setAttribute("aria-expanded", "false");
}

if (box) {
  box.addEventListener("focus", async () => {
    known ??= await (await fetch(box.dataset.suggest, { headers: { Accept: "application/json" } })).json();
    suggest();
  });
  box.addEventListener("input", suggest);
  box.addEventListener("blur", () => setTimeout(unsuggest, 150));
  box.addEventListener("keydown", (event) => {
    const item = listed().hidden ? null : listed().children[chosen];
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    if (event.key === "Escape") unsuggest();
    if ((event.key === "Enter" || event.key === "Tab") && item) { event.preventDefault(); take(item.textContent); }
  });
  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest?.("#suggested li");
    if (item) { event.preventDefault(); take(item.textContent); }
  });
}

// --- copying

document.addEventListener("click", async (event) => {
  const code = event.target.closest?.(".copy");
  if (!code || !navigator.clipboard) return;
  await navigator.clipboard.writeText(code.textContent);
  code.classList.add("copied");
  setTimeout(() => code.classList.remove("copied"), 800);
});

follow();
