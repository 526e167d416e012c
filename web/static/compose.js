// The composer: drafts are kept while one types, the guard reads along, and
// what is held counts down. Without it the buttons of the form do the same.
"use strict";
(() => {
  const box = () => document.querySelector("[data-compose]");
  let timer, sent = "", busy = false;

  // send has the server do something with the draft, and takes what it answers
  // in place of everything but what is being typed.
  async function send(form, act, file) {
    const data = new FormData(form);
    if (!file) data.delete("file");
    data.set("do", act);
    sent = data.get("text");
    busy = true;
    try {
      const res = await fetch(form.action, { method: "POST", body: data, headers: { "X-Part": "composer" } });
      if (!res.ok) throw new Error(res.status);
      return new DOMParser().parseFromString(await res.text(), "text/html").querySelector("[data-compose]");
    } finally { busy = false; }
  }
  const status = (text) => { const s = box()?.querySelector(".saved"); if (s) s.textContent = text; };

  // read keeps the draft and shows what the guard has to say of it.
  async function read(form) {
    const area = form.querySelector("textarea");
    if (busy) { timer = setTimeout(() => read(form), 400); return; }
    if (area.value === sent) return;
    status(form.querySelector(".saved").dataset.saving);
    try {
      const now = await send(form, "save");
      const found = now.querySelector("#findings"), old = form.querySelector("#findings");
      if (found && old && old.innerHTML !== found.innerHTML && !old.contains(document.activeElement)) old.replaceWith(found);
      for (const sel of [".preview .md", ".saved"]) {
        const a = form.querySelector(sel), b = now.querySelector(sel);
        if (a && b) a.innerHTML = b.innerHTML;
      }
    } catch { status(form.querySelector(".saved").dataset.lost); sent = ""; }
    later(form);
  }
  // later has the model read the draft too, when it stands still; what the
  // rules found is there meanwhile. It holds up neither saving nor sending.
  let looking, asked = new AbortController();
  function later(form) {
    clearTimeout(looking);
    if (form.querySelector("[data-look]")) looking = setTimeout(() => look(form), 2000);
  }
  async function look(form) {
    const note = form.querySelector("[data-look]"), text = form.querySelector("textarea").value;
    if (!note || !form.isConnected) return;
    note.textContent = note.dataset.look;
    note.removeAttribute("data-look");
    const data = new FormData(form);
    data.delete("file");
    data.set("do", "look");
    asked = new AbortController();
    try {
      const res = await fetch(form.action, { method: "POST", body: data, headers: { "X-Part": "composer" }, signal: asked.signal });
      if (!res.ok) throw new Error(res.status);
      const found = new DOMParser().parseFromString(await res.text(), "text/html").querySelector("#findings"), old = form.querySelector("#findings");
      if (!found || !form.isConnected || form.querySelector("textarea").value !== text) return;
      const act = old.contains(document.activeElement) && document.activeElement.value; // the focus stays where it was
      old.replaceWith(found);
      if (act) (found.querySelector(`[value="${CSS.escape(act)}"]`) || form.querySelector("textarea")).focus({ preventScroll: true });
    } catch { if (note.isConnected) note.remove(); }
  }

  document.addEventListener("input", (e) => {
    const form = e.target.closest?.(".write");
    if (!form || e.target.name !== "text") return;
    clearTimeout(timer);
    clearTimeout(looking);
    asked.abort(); // of words that are others now
    timer = setTimeout(() => read(form), 700);
  });
  document.addEventListener("change", (e) => { // a file goes at once
    const form = e.target.closest?.(".write");
    if (form && e.target.name === "file" && e.target.files.length) put(form, "save", true);
  });

  // put does what a button says and shows the composer as it is then.
  async function put(form, act, file) {
    clearTimeout(timer);
    asked.abort();
    const old = box(), within = old.contains(document.activeElement);
    try {
      const now = await send(form, act, file);
      old.replaceWith(now);
      if (now.querySelector(".write")) later(now.querySelector(".write"));
      if (act.startsWith("send") && !now.querySelector(".held") && now.querySelector(".finding.stop")) alarm(now);
      else if (within) (now.querySelector("textarea") || now.querySelector(".undo"))?.focus({ preventScroll: true });
      count();
    } catch { form.requestSubmit(form.querySelector(`[value="${CSS.escape(act)}"]`)); }
  }
  // alarm says that the answer was stopped, and goes to what has to be mended.
  function alarm(now) {
    const first = now.querySelector(".finding.stop button");
    now.querySelector(".finding.stop")?.scrollIntoView({ block: "nearest" });
    first?.focus({ preventScroll: true });
  }
  document.addEventListener("submit", (e) => {
    const form = e.target, act = e.submitter?.value;
    if (!form.matches(".write") || !act || form.dataset.plain) return;
    e.preventDefault();
    form.dataset.plain = "1"; // should it fail, the form is sent as it is
    put(form, act, true);
  });

  document.addEventListener("keydown", (e) => {
    const form = box()?.querySelector(".write");
    if (!form) return;
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && form.contains(e.target)) { e.preventDefault(); form.querySelector(".primary").click(); }
    const key = e.altKey && !e.ctrlKey && e.code;
    if (key === "KeyM" || key === "KeyD") {
      const finding = document.activeElement.closest(".finding") || form.querySelector(".finding.stop") || form.querySelector(".finding");
      const b = finding?.querySelector(`[value^="${key === "KeyM" ? "mend" : "dismiss"}:"]`);
      if (b) { e.preventDefault(); b.click(); }
    }
  });

  // count shows how long something can still be taken back.
  function count() {
    for (const held of document.querySelectorAll(".held:not(.counting)")) {
      held.classList.add("counting");
      const words = held.querySelector("[data-count]"), bar = held.querySelector(".countdown");
      const left = Number(held.dataset.left), end = performance.now() + left * 1000;
      bar.style.setProperty("--left", `${left}s`);
      const tick = () => {
        if (!held.isConnected) return;
        const s = Math.max(0, Math.ceil((end - performance.now()) / 1000));
        words.textContent = words.dataset.count.replace("%", s);
        if (s > 0) setTimeout(tick, 250);
      };
      tick();
    }
  }
  count();
  new MutationObserver(count).observe(document.querySelector("#main") || document.body, { childList: true, subtree: true });
})();
