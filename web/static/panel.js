// The panel in another desk's frame: the guard reads what its editor has, and
// what is known is read again from time to time. app.js comes before it.
"use strict";
const outside = parent !== window ? parent : null; // panel_frame.js, of our own origin
const tell = (what) => outside?.postMessage({ readback: what }, location.origin);
let takes = false; // the desk's editor takes words from us

// What leads elsewhere opens beside the desk, not in its frame.
function outward(root = document) {
  for (const a of $$("a[href]", root)) if (!a.getAttribute("href").startsWith("#")) { a.target = "_blank"; a.rel = "noopener noreferrer"; }
  for (const b of $$("[data-replace]", root)) b.hidden = !takes;
}
outward();

let due, looks, sent = "", handed = false; // handed: the draft came from the desk, nobody looks at the guard
async function guard(form, act) {
  clearTimeout(due);
  clearTimeout(looks);
  const area = form.elements.text, data = new FormData(form);
  data.set("do", act);
  const asked = sent = area.value;
  const res = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), headers: { "X-Part": "guard" } });
  if (res.status === 401) return tell({ expired: true, draft: area.value });
  if (!res.ok) throw new Error(res.status);
  const now = new DOMParser().parseFromString(await res.text(), "text/html").querySelector("#guard");
  if (act === "look" && area.value !== asked) return; // of words that are others now
  const text = now.querySelector("textarea").value, mends = text !== asked && area.value === asked;
  outward(now);
  for (const sel of ["#findings", ".send"]) form.querySelector(sel).replaceWith(now.querySelector(sel));
  if (mends) area.value = sent = text;
  const look = $("[data-look]", form);
  if (look) looks = setTimeout(() => { // the model reads it too, once it stands still
    if (area.value !== sent) return;
    look.textContent = look.dataset.look;
    guard(form, "look").catch(() => look.remove());
  }, 2000);
  if (handed && $(".finding.stop")) $("#guard").scrollIntoView({ block: "nearest" });
}
const again = (form) => { clearTimeout(due); due = setTimeout(() => { if (form.elements.text.value !== sent) guard(form, "check").catch(() => {}); }, 600); };
document.addEventListener("input", (e) => { const form = e.target.closest("[data-guard]"); if (form) { handed = false; again(form); } });
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (!form.matches("[data-guard]") || form.dataset.plain) return;
  e.preventDefault();
  guard(form, e.submitter?.value || "check").catch(() => { form.dataset.plain = "1"; form.requestSubmit(e.submitter); });
});
document.addEventListener("click", (e) => {
  if (e.target.closest("[data-replace]")) tell({ replace: $("[data-guard] textarea").value });
});
document.addEventListener("keydown", (e) => {
  const key = e.altKey && !e.ctrlKey && e.code;
  if (key !== "KeyM" && key !== "KeyD") return;
  const finding = document.activeElement.closest(".finding") || $(".finding.stop") || $(".finding");
  const b = finding && $(`[value^="${key === "KeyM" ? "mend" : "dismiss"}:"]`, finding);
  if (b) { e.preventDefault(); b.click(); }
});

// From the frame around us: the draft of the desk's editor, and whether it takes words.
addEventListener("message", (e) => {
  const said = e.data?.readback, form = $("[data-guard]");
  if (e.source !== outside || e.origin !== location.origin || !said) return;
  if (said.takes) { takes = true; outward(); }
  if (typeof said.draft !== "string" || !form) return;
  const area = form.elements.text;
  if (area.value === said.draft || area === document.activeElement && area.value) return; // who writes here is not disturbed
  area.value = said.draft;
  handed = true;
  again(form);
});

async function reread() {
  if (document.hidden || $("#situation .fix[open]")) return;
  const res = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (res.status === 401) return tell({ expired: true, draft: $("[data-guard] textarea")?.value || "" });
  if (!res.ok) return;
  const doc = new DOMParser().parseFromString(await res.text(), "text/html"), open = $(".cell[aria-expanded=true]")?.dataset.cell;
  const now = $("#situation", doc);
  if (!now) return;
  outward(doc);
  copyable(doc);
  swap($("#situation"), now);
  const cell = open && $(`.cell[data-cell="${open}"]`);
  if (cell && cell.getAttribute("aria-expanded") !== "true") openCell(cell, false);
}
if ($("#main").dataset.status === "401") tell({ expired: true, draft: "" });
else if ($("#situation")) {
  const next = () => setTimeout(async () => { try { await reread(); } catch { /* the next one tries again */ } next(); }, $(".waiting") ? 2000 : 15000);
  next();
  tell({ ready: true });
}
