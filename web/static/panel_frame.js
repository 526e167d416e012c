// Around the panel, in another desk: learns from the desk which ticket is open,
// shows its panel, and hands over the draft where the desk gives it. Only pages
// of the desk's own origin are listened to.
"use strict";
const box = document.getElementById("frame"), { kind, open, origin, opening } = box.dataset;
let shown = "", url = "", draft = "", retry, agent = null, client = null;
const panel = () => box.querySelector("iframe");

function say(word) {
  panel()?.remove();
  url = "";
  const p = box.querySelector(".says") || box.appendChild(Object.assign(document.createElement("p"), { className: "says" }));
  p.setAttribute("role", "status");
  p.textContent = box.dataset["word" + word[0].toUpperCase() + word.slice(1)] || box.dataset.wordAway;
}
const inside = (what) => panel()?.contentWindow.postMessage({ readback: what }, location.origin);

// show asks for the link to a ticket's panel and puts it into the frame.
async function show(ticket) {
  clearTimeout(retry);
  shown = ticket;
  const later = (s) => { retry = setTimeout(() => { if (shown === ticket) show(ticket); }, s * 1000); };
  const body = kind === "zendesk" ? { ticket, opening: opening || "" } : { ticket, secret: new URLSearchParams(location.hash.slice(1)).get("key") || "", agent: agent || {} };
  let res, said;
  try {
    res = await fetch(open, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) });
    said = await res.json();
  } catch { say("away"); return later(15); }
  if (shown !== ticket) return;
  if (res.ok) {
    box.querySelector(".says")?.remove();
    const frame = panel() || box.appendChild(Object.assign(document.createElement("iframe"), { title: box.dataset.title }));
    url = frame.src = said.url;
    return;
  }
  const code = said.error?.code;
  say(code === "not_found" ? "absent" : code === "desk_mode" ? "mode" : code === "unauthorized" ? "unauthorized" : "away");
  if (code !== "unauthorized") later(code === "not_found" ? 5 : 30);
}
const hand = (text) => { draft = text; if (draft) inside({ draft }); };

addEventListener("message", (e) => {
  if (e.source === panel()?.contentWindow && e.origin === location.origin) {
    const said = e.data?.readback || {};
    if (said.expired) { draft = draft || said.draft; show(shown); }
    if (said.ready) { if (client) inside({ takes: true }); if (draft) inside({ draft }); }
    if (typeof said.replace === "string" && client) client.set("comment.text", said.replace);
    return;
  }
  if (e.source !== parent || e.origin !== origin) return;
  let data = e.data;
  if (typeof data === "string") { try { data = JSON.parse(data); } catch { return; } }
  if (data?.event === "appContext" && kind === "chatwoot") { // Chatwoot, dashboard apps
    const id = data.data?.conversation?.id, who = data.data?.currentAgent;
    if (!Number.isInteger(id)) return;
    agent = who && { id: who.id, name: who.name, email: who.email };
    if (String(id) !== shown || !url) show(String(id));
  }
  if (typeof data?.readback?.draft === "string") hand(data.readback.draft); // any desk that has its editor's words
});

// plain is the text of what an editor has as HTML; nothing in it runs or loads.
function plain(html) {
  const doc = new DOMParser().parseFromString(html, "text/html");
  for (const br of doc.querySelectorAll("br")) br.replaceWith("\n");
  for (const block of doc.querySelectorAll("p, div, li, h1, h2, h3, pre, blockquote")) block.append("\n");
  return doc.body.textContent.replace(/\n{3,}/g, "\n\n").trim();
}

async function zendesk() {
  if (!opening) return say("unsigned");
  if (typeof ZAFClient === "undefined") return say("away");
  client = ZAFClient.init(); // ZAF SDK 2
  if (!client) return say("alone");
  client.invoke("resize", { width: "100%", height: "640px" });
  const got = await client.get(["ticket.id", "comment.text"]);
  hand(plain(got["comment.text"] || ""));
  client.on("comment.text.changed", async () => { const now = await client.get("comment.text"); hand(plain(now["comment.text"] || "")); });
  client.on("app.activated", async () => { const now = await client.get("ticket.id"); if (String(now["ticket.id"]) !== shown) show(String(now["ticket.id"])); });
  show(String(got["ticket.id"]));
}

if (parent === window) say("alone");
else if (kind === "zendesk") zendesk().catch(() => say("away"));
else {
  const ask = (n) => { if (!shown && n < 8) { parent.postMessage("chatwoot-dashboard-app:fetch-info", origin); setTimeout(() => ask(n + 1), 500 * 2 ** n); } };
  ask(0);
}
