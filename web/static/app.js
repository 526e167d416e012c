// Live updates, marking of evidence, and keys. Pages work without it.
"use strict";
const $ = (sel, root = document) => root.querySelector(sel);
const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];
const kind = document.body.dataset.page;

// Tickets opened in this browser, and as of when; since its first visit the
// rest counts as known.
const seen = {
  get since() {
    try { return localStorage.since ||= $("#rows").dataset.now; } catch { return $("#rows").dataset.now; }
  },
  all: (() => { try { return JSON.parse(localStorage.seen || "{}"); } catch { return {}; } })(),
  put(id, at) {
    this.all[id] = at;
    const newest = Object.entries(this.all).sort((a, b) => (a[1] < b[1] ? 1 : -1)).slice(0, 1000);
    try { localStorage.seen = JSON.stringify(Object.fromEntries(newest)); } catch { /* it is off */ }
  },
};

// fetchPage reads this page again; no script in it runs.
async function fetchPage() {
  const res = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (res.redirected && new URL(res.url).pathname === "/sign-in") location.assign(res.url); // the session has ended
  if (!res.ok) throw new Error(res.status);
  return new DOMParser().parseFromString(await res.text(), "text/html");
}

// swap takes a new form that differs, and keeps what is open and focused.
function swap(old, now) {
  const was = old.cloneNode(true);
  if (!now.hasAttribute("class")) was.removeAttribute("class"); // unread is ours
  if (was.outerHTML === now.outerHTML || $(".fix[open]", old)) return; // nobody loses what they write
  const open = $$("details", old).map((d) => d.open);
  const at = old.contains(document.activeElement) ? document.activeElement : null;
  const focus = at?.getAttribute("href") ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : at?.value && `button[value="${CSS.escape(at.value)}"]`;
  $$("details", now).forEach((d, i) => { if (open[i] !== undefined) d.open = open[i]; });
  const box = $("input[type=checkbox]:checked", old), mine = box && $(`input[value="${CSS.escape(box.value)}"]`, now);
  if (mine) { mine.checked = true; now.classList.add("chosen"); }
  const top = old.scrollTop;
  old.replaceWith(now);
  now.scrollTop = top;
  if (focus) $(focus, now)?.focus({ preventScroll: true });
}

let calm; // ends the wait for a moment in which nobody is at a row
const live = { async inbox() {
  const doc = await fetchPage(), rows = $("#rows");
  swap($("#queues"), $("#queues", doc));
  // What stands above the list waits until nobody is at a row: none may move then.
  const above = () => { swap($("#bursts"), $("#bursts", doc)); if ($("#banner", doc)) swap($("#banner"), $("#banner", doc)); };
  calm?.abort();
  if (rows.matches(":hover, :focus-within")) {
    calm = new AbortController();
    const free = () => setTimeout(() => { if (calm && !rows.matches(":hover, :focus-within")) { calm.abort(); calm = null; above(); } });
    for (const when of ["pointerleave", "focusout"]) rows.addEventListener(when, free, { signal: calm.signal });
  } else above();
  const fresh = [], fetched = $$("#rows > li", doc), ids = new Set(fetched.map((li) => li.id));
  for (const li of fetched) {
    const old = document.getElementById(li.id);
    if (!old) { fresh.push(li); continue; }
    // That a known ticket has been read now is no news of it.
    if (old.hasAttribute("data-reading") && !old.classList.contains("unread")) seen.put(old.id.slice(2), li.dataset.updated);
    swap(old, li);
  }
  // A missing row left the queue, or slid to the next page.
  const whole = !$("[rel=next]", doc);
  for (const li of $$("#rows > li")) li.classList.toggle("gone", whole && !ids.has(li.id));
  const show = () => {
    $$("#rows > li.gone").forEach((li) => li.remove());
    fresh.reverse().forEach((li) => { li.classList.add("in"); rows.prepend(li); });
    $("#pill").hidden = true;
    $("#empty").hidden = rows.children.length > 0;
    dots();
  };
  if (!rows.children.length) return show();
  $("#pill").textContent = $("#pill").dataset.words.replace("%", fresh.length);
  $("#pill").onclick = show;
  $("#pill").hidden = !fresh.length;
  dots();
}, async ticket() {
  const doc = await fetchPage(), open = $(".cell[aria-expanded=true]")?.dataset.cell;
  copyable(doc);
  for (const now of $$("[data-live]", doc)) {
    const old = document.getElementById(now.id);
    if (old) swap(old, now);
    else if (now.classList.contains("msg")) $("#thread").insertBefore(now, $("#reply, #notes"));
  }
  const writing = $("#reply"), since = $("#reply", doc); // nobody loses what they write
  if (writing && since && !$("textarea", writing)) writing.replaceWith(since);
  else if (writing && since) $$(".held", writing).forEach((h) => { if (!$$(".held", since).some((n) => n.dataset.until === h.dataset.until)) h.remove(); });
  const cell = open && $(`.cell[data-cell="${open}"]`);
  if (cell && cell.getAttribute("aria-expanded") !== "true") openCell(cell, false);
  opened(doc);
}, async incident() { // what was typed and not sent stays, unless the form is another now
  for (const now of $$("[data-live]", await fetchPage())) {
    const old = document.getElementById(now.id);
    if (old) swap(old, now);
  }
} };

function dots() {
  const since = seen.since;
  for (const li of $$("#rows > li")) li.classList.toggle("unread", li.dataset.updated > (seen.all[li.id.slice(2)] || since));
}
function opened(doc = document) { const { ticket, updated } = $("#main", doc).dataset; if (ticket) seen.put(ticket, updated); }

if (live[kind]) {
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try { await live[kind](); } catch { /* the next event tries again */ }
    setTimeout(() => { busy = false; if (again) { again = false; refresh(); } }, 250);
  };
  const id = $("[data-ticket]")?.dataset.ticket;
  const stream = new EventSource("/events" + (id ? "?ticket=" + encodeURIComponent(id) : ""));
  stream.addEventListener("change", (e) => { if (!id || JSON.parse(e.data).ticket === id) refresh(); });
  stream.addEventListener("presence", (e) => window.showHere?.(JSON.parse(e.data)));
  let first = true; // after a break in the line, read what was missed
  stream.onopen = () => { document.body.dataset.live = "on"; if (!first || $(".waiting")) refresh(); first = false; };
  stream.onerror = () => { document.body.dataset.live = "off"; };
}
if (kind === "inbox") dots();
if (kind === "ticket") opened();

// mark lights the evidence up and brings the first of it into view.
function mark(refs, jump) {
  $$("mark.lit").forEach((m) => m.classList.remove("lit"));
  const lit = refs.split(" ").filter(Boolean).flatMap((q) => $$(`mark[data-q~="${q}"]`));
  for (const m of lit) {
    m.classList.add("lit");
    const fold = m.closest("details");
    if (fold) fold.open = true;
  }
  if (jump) lit[0]?.scrollIntoView({ block: "center" });
}

function openCell(cell, jump = matchMedia("(min-width: 1000px)").matches) {
  const was = cell.getAttribute("aria-expanded") === "true";
  $$(".cell[aria-expanded]").forEach((c) => c.setAttribute("aria-expanded", "false"));
  $$(".detail.open").forEach((d) => d.classList.remove("open"));
  document.body.classList.add("js-details");
  if (was) return mark("", false);
  cell.setAttribute("aria-expanded", "true");
  const detail = document.getElementById(cell.dataset.cell);
  detail.classList.add("open");
  mark(cell.dataset.mark, jump);
  if (!jump) detail.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (e) => {
  if (e.metaKey || e.ctrlKey || e.shiftKey) return;
  const close = e.target.closest(".close"), a = e.target.closest("a[data-mark]");
  const cell = close ? $(".cell[aria-expanded=true]") : a?.dataset.cell && a;
  if (cell) { e.preventDefault(); openCell(cell); if (close) cell.focus(); }
  else if (a?.dataset.mark) { e.preventDefault(); mark(a.dataset.mark, true); }
});

// The words for the customer can be copied where the browser lets a page do that.
const copyable = (root = document) => { if (navigator.clipboard) $$("[data-copy]", root).forEach((b) => { b.hidden = false; }); };
copyable();
document.addEventListener("click", async (e) => {
  const b = e.target.closest("[data-copy]");
  if (!b) return;
  await navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent);
  const was = b.textContent;
  b.textContent = b.dataset.done;
  setTimeout(() => { b.textContent = was; }, 2000);
});

document.addEventListener("keydown", (e) => {
  if (e.metaKey || e.ctrlKey || e.altKey || e.defaultPrevented || e.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (e.key === " " && e.target.matches(".cell")) { e.preventDefault(); openCell(e.target); }
  const cell = $(".cell[aria-expanded=true]");
  if (e.key === "Escape") cell ? openCell(cell) : $("[data-back]")?.click();
  if (e.key !== "j" && e.key !== "k" || typeof singles !== "undefined" && !singles.on) return;
  const rows = $$(kind === "inbox" ? "a[data-row]" : ".cell[href]"), here = document.activeElement.closest("li"), at = rows.findIndex((r) => r === document.activeElement || kind === "inbox" && r.closest("li") === here);
  const to = rows[Math.min(rows.length - 1, Math.max(0, at + (e.key === "j" ? 1 : -1)))];
  to?.focus();
});
