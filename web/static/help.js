// Search as you type: the server's own list, without leaving the page. Without
// this the form does the same with a button.
"use strict";
const field = document.querySelector(".index .seek input"), found = () => document.getElementById("found");
if (field && found()) {
  let timer, current;
  const seek = async () => {
    current?.abort();
    current = new AbortController();
    const url = field.value.trim() ? "/help?q=" + encodeURIComponent(field.value.trim()) : "/help";
    try {
      const res = await fetch(url, { signal: current.signal, headers: { Accept: "text/html" } });
      const doc = res.ok && new DOMParser().parseFromString(await res.text(), "text/html");
      const now = doc && doc.getElementById("found");
      if (!now) return;
      const said = found().querySelector("[role=status]"), words = now.querySelector("[role=status]");
      if (said.textContent !== words.textContent) said.textContent = words.textContent; // stays, so that it is read out
      found().replaceChildren(said, ...[...now.children].filter((e) => e !== words));
      history.replaceState(null, "", url);
    } catch { /* the next key tries again */ }
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(seek, 150); });
}
