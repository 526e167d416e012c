// The list: choosing rows, and doing things to them without leaving the page.
// Without this the same form works with a button.
"use strict";
const acts = $("#acts"), boxes = () => $$('#rows input[name="ticket"]'), chosen = () => boxes().filter((b) => b.checked);
document.body.classList.add("js");
let last; // the box that a range begins at
let kept; // the row that the palette was opened on

function count() {
  const n = chosen().length, el = $("#chosen"), { one, few, many } = el.dataset;
  const form = new Intl.PluralRules(document.documentElement.lang).select(n);
  el.textContent = (form === "one" ? one : form === "few" ? few : many).replace(/\d+/, n);
  acts.classList.toggle("on", n > 0);
  $("#unchoose").hidden = n === 0;
  boxes().forEach((b) => b.closest("li").classList.toggle("chosen", b.checked));
}
$("#rows").addEventListener("click", (e) => {
  const box = e.target.closest('input[name="ticket"]');
  if (!box) return;
  const all = boxes(), at = all.indexOf(box), from = all.indexOf(last);
  if (e.shiftKey && from >= 0) all.slice(Math.min(at, from), Math.max(at, from) + 1).forEach((b) => { b.checked = box.checked; });
  last = box;
  count();
});
$("#unchoose").addEventListener("click", () => { boxes().forEach((b) => { b.checked = false; }); count(); });

const rowOf = (el) => el?.closest?.("#rows > li");
window.keepFocused = () => { kept = rowOf(document.activeElement)?.id; };
window.chooseFocused = () => {
  if (chosen().length) return true;
  const li = rowOf(document.activeElement) || (kept && document.getElementById(kept)), box = li && $('input[name="ticket"]', li);
  if (!box) return false;
  box.checked = true;
  count();
  return true;
};
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || !singles.on || e.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  const li = rowOf(e.target);
  if (e.key === "x" && li) { e.preventDefault(); $('input[name="ticket"]', li).click(); }
  if (e.key === "o" && li) { e.preventDefault(); $("a[data-row]", li).click(); }
  if (e.key === "Escape" && chosen().length) { e.preventDefault(); $("#unchoose").click(); }
});

// after takes over what the server answered: rows that left go, the others
// change in place, and the next row has the focus.
function after(doc, ids) {
  const next = $$("#rows > li").find((li) => !li.classList.contains("chosen") && li.compareDocumentPosition($(".chosen") || li) & 2);
  for (const id of ids) {
    const old = document.getElementById("t-" + id), now = doc.getElementById("t-" + id);
    if (!old) continue;
    if (now) { $('input[name="ticket"]', old).checked = false; swap(old, now); } else old.remove();
  }
  for (const part of ["#queues", "#toasts", ".tabs"]) swap($(part), $(part, doc));
  $("#empty").hidden = $("#rows").children.length > 0;
  count();
  dots();
  toasted();
  ((ids.length === 1 && $("#t-" + CSS.escape(ids[0]) + " a[data-row]")) || (next && $("a[data-row]", next)) || $("#rows a[data-row]"))?.focus({ preventScroll: true });
}
async function send(form, button) {
  const body = new FormData(form, button), ids = body.getAll("ticket");
  if (form === acts && !ids.length) return;
  const res = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(body), headers: { Accept: "text/html" } });
  if (!res.ok || new URL(res.url).pathname !== location.pathname) { location.assign(res.url); return; }
  const doc = new DOMParser().parseFromString(await res.text(), "text/html");
  $$("details.menu[open]", acts).forEach((d) => { d.open = false; });
  if (form === acts) return after(doc, ids);
  $("#rows").replaceChildren(...$("#rows", doc).children); // undo brings rows back
  after(doc, []);
}
document.addEventListener("submit", (e) => {
  if (e.target !== acts && !e.target.closest(".toast")) return;
  e.preventDefault();
  send(e.target, e.submitter).catch(() => e.target.submit());
});
count();
