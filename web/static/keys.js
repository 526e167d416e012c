// Keys, the sheet of them, and the command palette, on every page of the desk.
// A control says its key itself: data-key="e", and data-says when its own words
// do not tell what it does. So a page adds keys and commands by its HTML alone.
"use strict";
const sheet = $("#sheet"), palette = $("#palette");
const singles = { // WCAG 2.1.4: keys of one character can be switched off
  get on() { try { return localStorage.keys !== "off"; } catch { return true; } },
  set on(v) { try { localStorage.keys = v ? "on" : "off"; } catch { /* it stays as it is */ } },
};
const shown = (el) => !el.disabled && (el.checkVisibility ? el.checkVisibility() : el.offsetParent !== null);
const keyed = () => $$("[data-key]").filter((el) => shown(el) || el.hasAttribute("data-row-act"));
const shortcuts = () => $$("main [aria-keyshortcuts]").filter((el, i, all) => shown(el) && all.findIndex((x) => x.getAttribute("aria-keyshortcuts") === el.getAttribute("aria-keyshortcuts")) === i);
const says = (el) => el.dataset.says || el.getAttribute("aria-label") || el.textContent.trim();

// press does what a control does; a row's acts need a row.
function press(el) {
  if (el.hasAttribute("data-row-act") && !window.chooseFocused?.()) return;
  if (el.matches("summary")) {
    el.parentElement.open = true;
    $$("button, a, input:not([type=hidden]), select, textarea", el.parentElement.querySelector(".drop") || el.parentElement).find(shown)?.focus();
  } else if (el.matches("input, select, textarea")) { el.focus(); el.select?.(); } else el.click();
}

function openSheet() {
  $$("[data-found]", sheet).forEach((el) => el.remove());
  for (const el of [...keyed(), ...shortcuts()]) {
    const div = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    for (const key of el.dataset.key ? [el.dataset.key] : el.getAttribute("aria-keyshortcuts").split("+")) {
      const kbd = document.createElement("kbd");
      kbd.textContent = key === "Control" ? "Ctrl" : key; dt.append(kbd);
    }
    dd.textContent = says(el);
    div.dataset.found = ""; div.append(dt, dd);
    $("#page-keys").append(div);
  }
  $("#single-keys").checked = singles.on;
  sheet.showModal();
}

// The palette: what can be done here, then what the server finds.
let asked = 0;
async function seek() {
  const q = $("#command").value.trim(), n = ++asked, found = $("#found");
  const words = q.toLowerCase().split(/\s+/), here = keyed().filter((el) => words.every((w) => says(el).toLowerCase().includes(w)));
  let html = "";
  try {
    const res = await fetch("/commands?q=" + encodeURIComponent(q), { headers: { Accept: "text/html" } });
    if (res.ok && !res.redirected) html = await res.text();
  } catch { /* what is here can be done all the same */ }
  if (n !== asked) return;
  found.replaceChildren(...here.map((el) => {
    const b = document.createElement("button"), s = document.createElement("span"), hint = document.createElement("span"), kbd = document.createElement("kbd");
    s.textContent = says(el); kbd.textContent = el.dataset.key; hint.className = "hint"; hint.append(kbd);
    b.type = "button"; b.setAttribute("role", "option"); b.append(s, hint);
    b.onclick = () => { palette.close(); press(el); };
    return b;
  }), ...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  if (here.length) $("[data-nothing]", found)?.remove();
  $$("[role=option]", found).forEach((o, i) => { o.id = "option-" + i; o.tabIndex = -1; });
  choose(0);
}
function choose(i) {
  const all = $$("#found [role=option]"), at = all[Math.min(Math.max(i, 0), all.length - 1)];
  all.forEach((o) => o.setAttribute("aria-selected", String(o === at)));
  if (!at) return $("#command").removeAttribute("aria-activedescendant");
  $("#command").setAttribute("aria-activedescendant", at.id);
  at.scrollIntoView({ block: "nearest" });
}
function openPalette() {
  window.keepFocused?.(); // which row it is about
  $("#command").value = "";
  palette.showModal();
  seek();
}
if (palette) {
  let timer;
  $("#command").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(seek, 80); });
  palette.addEventListener("keydown", (e) => {
    const all = $$("#found [role=option]"), at = all.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); choose(at + (e.key === "ArrowDown" ? 1 : -1)); }
    if (e.key === "Enter" && all[at]) { e.preventDefault(); all[at].click(); }
  });
  for (const d of [palette, sheet]) d.addEventListener("click", (e) => { if (e.target === d) d.close(); });
  $("#single-keys").addEventListener("change", (e) => { singles.on = e.target.checked; });
  $$("[data-open]").forEach((b) => { b.hidden = false; b.addEventListener("click", () => (b.dataset.open === "palette" ? openPalette() : openSheet())); });
}

let going = 0; // when g was pressed
document.addEventListener("keydown", (e) => {
  if (!palette || e.defaultPrevented) return;
  if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "k") { e.preventDefault(); palette.open ? palette.close() : openPalette(); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || !singles.on || palette.open || sheet.open) return;
  if (e.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  if (going && e.timeStamp - going < 1500) {
    going = 0;
    const to = $(`[data-go="${CSS.escape(e.key)}"]`);
    if (to) { e.preventDefault(); location.assign(to.href); return; }
  }
  if (e.key === "g") { going = e.timeStamp; return; }
  if (e.key === "?") { e.preventDefault(); openSheet(); return; }
  const el = keyed().find((x) => x.dataset.key === e.key);
  if (el) { e.preventDefault(); press(el); }
});

// A menu closes as menus do; one is open at a time.
document.addEventListener("toggle", (e) => {
  if (e.target.matches("details.menu") && e.target.open) $$("details.menu[open]").forEach((d) => { if (d !== e.target) d.open = false; });
}, true);
document.addEventListener("click", (e) => $$("details.menu[open]").forEach((d) => { if (!d.contains(e.target)) d.open = false; }));
document.addEventListener("keydown", (e) => {
  const menu = e.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (e.key === "Escape") { e.preventDefault(); e.stopImmediatePropagation(); menu.open = false; $("summary", menu).focus(); }
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    const all = $$(".drop button, .drop a, .drop input", menu), at = all.indexOf(document.activeElement);
    e.preventDefault();
    all[(at + (e.key === "ArrowDown" ? 1 : all.length - 1) + all.length) % all.length]?.focus();
  }
}, true);

// The server tells times of day in the person's zone.
try {
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || "");
  if (zone && !document.cookie.includes("zone=" + zone)) document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax`;
} catch { /* then it is UTC */ }

// Who reads and types: told by the stream of events, never asked for.
const initialsOf = (h) => { const s = document.createElement("span"); s.className = "who" + (h.typing ? " typing" : ""); s.textContent = h.short; return s; };
function showHere({ ticket, readers }) {
  for (const el of $$(`[data-here="${CSS.escape(ticket)}"]`)) {
    const words = el.closest("[data-reads]").dataset, all = readers.filter((h) => h.id !== document.body.dataset.me);
    const text = all.map((h) => (h.typing ? words.types : words.reads).replace("%", h.name)).join(", ");
    const sr = document.createElement("span");
    sr.className = el.matches(".spelled") ? "" : "sr";
    sr.textContent = text;
    el.title = text;
    el.replaceChildren(...all.map(initialsOf), sr);
    clearTimeout(el.timer);
    if (all.some((h) => h.typing)) el.timer = setTimeout(() => showHere({ ticket, readers: readers.map((h) => ({ ...h, typing: false })) }), 6000);
  }
}
let typedAt = 0;
document.addEventListener("input", (e) => {
  const ticket = $("[data-ticket]")?.dataset.ticket;
  if (!ticket || !e.target.matches("textarea") || e.timeStamp - typedAt < 3000) return;
  typedAt = e.timeStamp;
  fetch(`/tickets/${encodeURIComponent(ticket)}/typing`, { method: "POST" }).catch(() => {});
});

// What was done is told for a while, longer under the cursor or focus.
function toasted() {
  const toast = $("#toasts .toast");
  const url = new URL(location);
  if (url.searchParams.has("done")) { url.searchParams.delete("done"); history.replaceState(null, "", url); }
  if (!toast) return;
  const gone = () => { if (toast.matches(":hover, :focus-within")) setTimeout(gone, 4000); else toast.remove(); };
  setTimeout(gone, $(".why", toast) ? 30000 : 12000);
}
toasted();
