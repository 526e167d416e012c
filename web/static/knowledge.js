// The editor of a procedure: its buttons change the form without a new page, a
// replay follows what is typed, and nothing that is not saved is lost unasked.
"use strict";
(() => {
  const one = (sel, root = document) => root.querySelector(sel);
  let form = one("#kb-form");
  if (!form) return;
  let dirty = false, timer = 0, running = null;

  const body = (extra = {}) => {
    const data = new URLSearchParams(new FormData(form));
    for (const [k, v] of Object.entries(extra)) data.set(k, v);
    return data;
  };
  const changed = () => {
    dirty = true;
    one("#dirty").hidden = false;
    clearTimeout(timer);
    timer = setTimeout(replay, 700);
  };

  // act sends the form with a button's word and puts what comes back in its place.
  async function act(word) {
    const open = [...form.querySelectorAll("details")].map((d) => d.open);
    let doc;
    try {
      const res = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: body({ do: word }) });
      if (!res.ok) throw new Error(res.status);
      doc = new DOMParser().parseFromString(await res.text(), "text/html");
    } catch { dirty = false; return form.submit(); }
    const now = one("#kb-form", doc), details = [...now.querySelectorAll("details")];
    if (details.length === open.length) details.forEach((d, i) => { d.open = open[i]; });
    const told = one("#told", now).textContent;
    one("#told", now).replaceChildren();
    form.replaceWith(now);
    form = now;
    one("#told").textContent = told; // said once it is there
    const to = document.getElementById(now.dataset.focus);
    if (to) {
      const fold = to.closest("details");
      if (fold) fold.open = true;
      to.focus();
      to.scrollIntoView({ block: "nearest" });
    }
    changed();
  }

  document.addEventListener("submit", (e) => {
    if (e.target !== form) { dirty = false; return; }
    const word = e.submitter?.value || "save";
    if (word === "save" || word === "overwrite") { dirty = false; return; }
    if (word === "download") return;
    e.preventDefault();
    word === "replay" ? replay() : act(word);
  });
  document.addEventListener("input", (e) => { if (form.contains(e.target)) changed(); });
  document.addEventListener("change", (e) => { if (e.target.dataset?.refresh) act(e.target.dataset.refresh); });
  document.addEventListener("keydown", (e) => {
    if (!e.altKey || e.ctrlKey || e.metaKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
    const step = e.target.closest?.("[data-step]");
    if (!step) return;
    e.preventDefault();
    const way = e.key === "ArrowUp" ? "up" : "down", button = document.getElementById(`s.${step.dataset.step}.${way}`);
    if (button && !button.disabled) act(button.value);
  });
  addEventListener("beforeunload", (e) => { if (dirty) { e.preventDefault(); e.returnValue = form.dataset.leave; } });

  const put = (id, html) => one(id).replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  function errors(list) {
    for (const p of form.querySelectorAll("[data-err]")) p.replaceChildren();
    for (const el of form.querySelectorAll("[aria-invalid]")) el.removeAttribute("aria-invalid");
    for (const { Field, Text } of list) {
      const p = Field && form.querySelector(`[data-err="${CSS.escape(Field)}"]`);
      if (p) p.textContent = Text;
      const input = Field && document.getElementById(Field);
      if (input?.matches("input, select, textarea")) input.setAttribute("aria-invalid", "true");
    }
  }

  // replay reads past tickets with the form as it is; a newer one takes its place.
  async function replay() {
    clearTimeout(timer);
    running?.abort();
    const mine = running = new AbortController(), bar = one("#replay-bar"), progress = one("#replay-progress");
    progress.removeAttribute("value");
    bar.hidden = false;
    try {
      const res = await fetch(form.dataset.replay, { method: "POST", body: body(), signal: mine.signal });
      if (!res.ok) throw new Error(res.status);
      const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "", ended = false;
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines.filter(Boolean)) {
          const said = JSON.parse(line);
          if (said.of) { progress.max = said.of; progress.value = said.done; }
          if (said.errors) errors(said.errors);
          if (said.html !== undefined) {
            put("#replay", said.html);
            const counts = [...document.querySelectorAll("#replay .counts div")].map((d) => d.children[0].textContent + " " + d.children[1].textContent);
            one("#replay-short").textContent = counts.join(" · "); // where the panel is out of sight
          }
          ended = ended || said.html !== undefined || said.errors !== undefined;
        }
      }
      if (!ended) throw new Error("cut off");
    } catch (err) {
      if (err.name !== "AbortError") one("#replay").textContent = one("#replay").dataset.failed;
    }
    if (running === mine) bar.hidden = true;
  }
  if (!one("#replay dl")) replay();
  one("#problems")?.focus();
})();
