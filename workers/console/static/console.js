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
  line.onerror = () => { document.documentElement.dataset.line = "lost"; };
}

function stop() {
  if (line) line.close();
  line = null;
  document.documentElement.dataset.line = "closed";
}

function takeIn(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const part = document.querySelector(`[data-part="${name}"]`);
    if (!part || part.contains(document.activeElement) && document.activeElement.matches("input, select")) continue;
    const open = [...part.querySelectorAll("details[id][open]")].map((one) => one.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  showRow();
  tellAges();
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
    one.textContent = passed < 0 ? `in ${told}` : `${told} ago`;
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

function openRow() {
  const row = rows().find((one) => one.dataset.row === here);
  row?.querySelector("a[href]")?.click();
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

// --- copying

document.addEventListener("click", async (event) => {
  const code = event.target.closest?.(".copy");
  if (!code || !navigator.clipboard) return;
  await navigator.clipboard.writeText(code.textContent);
  code.classList.add("copied");
  setTimeout(() => code.classList.remove("copied"), 800);
});

follow();
