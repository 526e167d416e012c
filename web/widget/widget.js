// The chat widget of Readback, for any page: one script tag, no dependency.
//
//   <script src="https://desk.example/widget.js" data-widget="site" async></script>
//
// It lives in a shadow tree with a style sheet made by script and sets nothing
// as HTML, so it runs under a strict Content-Security-Policy and under Trusted
// Types. What the visitor writes is kept in IndexedDB until the desk has it.
// docs/channels.md tells the attributes and window.Readback.
(() => {
"use strict";
const tag = document.currentScript;
if (!tag || window.Readback) return;
const WORDS = "WORDS", STYLE = "STYLE";
const set = tag.dataset, name = set.widget || "site";
const base = new URL("widget/" + encodeURIComponent(name) + "/", tag.src).href, help = new URL("help", tag.src).href;
const lang = [set.lang, document.documentElement.lang, ...(navigator.languages || [])].map((l) => (l || "").toLowerCase().split("-")[0]).find((l) => WORDS[l]) || "en";
const say = (code, params = {}) => (WORDS[lang][code] || WORDS.en[code] || code).replace(/\{(\w+)\}/g, (all, key) => params[key] ?? all);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const newID = () => crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

// What this browser remembers of the desk. A host may switch storage off.
const memory = {};
const kept = {
  get(key) { try { return localStorage.getItem(`readback.${name}.${key}`); } catch { return memory[key] ?? null; } },
  set(key, value) {
    memory[key] = value;
    try { value === null ? localStorage.removeItem(`readback.${name}.${key}`) : localStorage.setItem(`readback.${name}.${key}`, value); } catch { /* it is off */ }
  },
};

// The outbox: messages that the desk has not acknowledged, also over a reload.
const outbox = {
  list: [], // what this tab knows of it
  db: new Promise((done) => {
    try {
      const open = indexedDB.open("readback." + name, 1);
      open.onupgradeneeded = () => open.result.createObjectStore("outbox", { keyPath: "id" });
      open.onsuccess = () => done(open.result);
      open.onerror = open.onblocked = () => done(null);
    } catch { done(null); }
  }),
  async run(mode, act) {
    const db = await this.db;
    if (!db) return null;
    return new Promise((done, fail) => {
      const tx = db.transaction("outbox", mode), request = act(tx.objectStore("outbox"));
      tx.oncomplete = () => done(request.result);
      tx.onerror = tx.onabort = () => fail(tx.error);
    }).catch(() => null);
  },
  async load() {
    const stored = await this.run("readonly", (s) => s.getAll());
    if (!stored) return; // it lives in this tab alone
    const mine = new Map(this.list.filter((m) => m.stays).map((m) => [m.id, m]));
    for (const m of stored) mine.set(m.id, m);
    this.list = [...mine.values()].sort((a, b) => a.at - b.at);
  },
  async put(m) {
    this.list = [...this.list.filter((old) => old.id !== m.id), m];
    m.stays = (await this.run("readwrite", (s) => s.put({ ...m, stays: undefined }))) === null;
  },
  async drop(id) {
    this.list = this.list.filter((m) => m.id !== id);
    await this.run("readwrite", (s) => s.delete(id));
  },
};
const lock = (what, act) => navigator.locks ? navigator.locks.request(`readback.${name}.${what}`, act) : act();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("readback." + name) : null;

// Who uses it: this browser, and the user whom the host vouches for.
const who = { user: set.user || "", ask: null, limits: null };
const subject = () => { try { return JSON.parse(atob(who.user.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub || ""; } catch { return ""; } };

class Refused extends Error {
  constructor(status, code, message, wait) { super(message); Object.assign(this, { status, code, wait }); }
  get final() { return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status); }
}

async function request(path, init = {}) {
  const headers = { ...init.headers }, token = kept.get("visitor");
  if (token) headers.Authorization = "Bearer " + token;
  if (who.user) headers["Readback-User"] = who.user;
  const res = await fetch(base + path, { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", ...init, headers });
  if (res.ok) return res;
  const body = await res.json().catch(() => ({}));
  throw new Refused(res.status, body.error?.code, body.error?.message || String(res.status), Number(res.headers.get("Retry-After")) || 0);
}

// again calls the desk and, when a token is not good any more, once more with
// a new one.
async function again(path, init) {
  if (!who.limits) await session();
  try { return await request(path, init); } catch (e) {
    if (e.status !== 401) throw e;
    await renew(e);
    return request(path, init);
  }
}
const post = (path, body = {}) => again(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function renew(e) {
  if (e.code === "visitor") kept.set("visitor", null);
  if (e.code === "user") {
    const fresh = who.ask ? await who.ask() : "";
    if (!fresh || fresh === who.user) { view.note(say("reload")); throw e; }
    who.user = fresh;
  }
  await session();
}

// session is held by one tab at a time, so that two make one visitor.
const session = () => lock("session", async () => {
  const open = () => request("session", { method: "POST" });
  const res = await open().catch(async (e) => {
    if (e.code !== "user" || !who.ask) throw e;
    who.user = await who.ask() || "";
    return open();
  });
  who.limits = await res.json();
  kept.set("visitor", who.limits.visitor);
  return who.limits;
});

// ---- Sending

let sending = false, more = false, retry = 0, timer;
async function flush() {
  clearTimeout(timer);
  if (sending) { more = true; return; }
  sending = true;
  try {
    await lock("send", async () => {
      await outbox.load();
      for (const m of outbox.list.filter((m) => m.as === subject() && !m.failed)) await deliver(m);
    });
    retry = 0;
    view.offline(false);
  } catch (e) {
    const wait = e.wait ? e.wait * 1000 : Math.min(30000, 1000 * 2 ** retry++) * (0.5 + Math.random() / 2);
    view.offline(!(e instanceof Refused), e.status === 429 ? say("fast") : "");
    timer = setTimeout(flush, wait);
  }
  sending = false;
  view.draw();
  if (more) { more = false; flush(); }
}

async function deliver(m) {
  const form = new FormData();
  form.append("message", JSON.stringify({ id: m.id, text: m.text, person: m.person || undefined, sent_at: new Date(m.at).toISOString(), page_url: m.page, hints: m.hints, documents: m.documents }));
  for (const f of m.files) form.append("file", f, f.name);
  try {
    await again("message", { method: "POST", body: form });
  } catch (e) {
    if (!e.final) throw e;
    m.failed = e.code === "too_long" ? say("long") : e.status === 403 ? say("refused") : e.message;
    await outbox.put(m);
    return;
  }
  sent.set(m.id, m);
  await outbox.drop(m.id);
  tabs?.postMessage("outbox");
  view.draw();
  listen();
}

async function write(text, files, person) {
  const m = { id: newID(), as: subject(), at: Date.now(), text, files, person, page: location.href, documents: documents(), hints: await hints() };
  await outbox.put(m);
  kept.set("documents", null);
  view.draw(true);
  await flush();
}

// hints are what browsers tell of themselves only when they are asked.
async function hints() {
  const data = navigator.userAgentData;
  if (!data) return {};
  const quoted = (s) => JSON.stringify(String(s)), list = (brands) => brands.map((b) => `${quoted(b.brand)};v=${quoted(b.version)}`).join(", ");
  const out = { "Sec-CH-UA": list(data.brands), "Sec-CH-UA-Mobile": data.mobile ? "?1" : "?0", "Sec-CH-UA-Platform": quoted(data.platform) };
  try {
    const high = await data.getHighEntropyValues(["platformVersion", "fullVersionList", "model"]);
    if (high.fullVersionList) out["Sec-CH-UA-Full-Version-List"] = list(high.fullVersionList);
    if (high.platformVersion) out["Sec-CH-UA-Platform-Version"] = quoted(high.platformVersion);
    if (high.model) out["Sec-CH-UA-Model"] = quoted(high.model);
  } catch { /* refused: the low ones say enough */ }
  return out;
}

// documents are the pages below data-documents that were opened here.
const documents = () => { try { return JSON.parse(kept.get("documents")) || []; } catch { return []; } };
if ((set.documents || "").split(/\s+/).some((path) => path && location.pathname.startsWith(path))) {
  const url = location.origin + location.pathname;
  kept.set("documents", JSON.stringify([...documents().filter((d) => d.url !== url), { url, opened_at: new Date().toISOString() }].slice(-20)));
}

// ---- Listening

const sent = new Map(); // acknowledged, and not yet told back by the stream
let thread = [], status = { state: "none" }, last = "", listening = null;

async function listen() {
  if (listening) return;
  const mine = listening = new AbortController();
  for (let tries = 0; !mine.signal.aborted;) {
    const line = new AbortController(), stop = () => line.abort();
    mine.signal.addEventListener("abort", stop);
    let dog;
    try {
      const res = await again("stream?lang=" + lang, { signal: line.signal, headers: last ? { "Last-Event-ID": last } : {} });
      const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let buffer = ""; ;) {
        clearTimeout(dog);
        dog = setTimeout(stop, 50000); // a live line is heard every 20 s
        const { value, done } = await reader.read();
        if (done || mine.signal.aborted) break;
        tries = 0;
        view.offline(false);
        const events = (buffer + value).split("\n\n");
        buffer = events.pop();
        for (const e of events) hear(e);
        view.draw();
        if (outbox.list.length && !sending) flush();
      }
    } catch (e) {
      if (e.final) { view.note(e.status === 403 ? say("refused") : e.message); break; }
      if (e.wait) await pause(e.wait * 1000);
      if (!mine.signal.aborted && !(e instanceof Refused)) view.offline(true);
    }
    clearTimeout(dog);
    mine.signal.removeEventListener("abort", stop);
    if (!mine.signal.aborted) await Promise.race([pause(Math.min(30000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2)), back()]);
  }
  if (listening === mine) listening = null;
}
// back comes when the network does.
const back = () => new Promise((done) => addEventListener("online", done, { once: true }));

function hear(text) {
  const field = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) field[line.slice(0, at)] = line.slice(at + 1).trimStart();
  }
  if (field.event === "reset") { thread = []; last = ""; return; }
  if (field.event === "status") { status = JSON.parse(field.data); return; }
  if (field.event !== "message") return;
  const m = JSON.parse(field.data);
  last = field.id;
  if (m.client) sent.delete(m.client);
  if (!thread.some((old) => old.id === m.id)) thread.push(m);
}

// forget ends what belongs to one user, when another one comes.
function forget() {
  listening?.abort();
  listening = null;
  thread = []; last = ""; status = { state: "none" };
  sent.clear();
  who.limits = null;
  view.draw();
}

// ---- What one sees

const h = (tag, attributes = {}, ...children) => {
  const e = tag === "svg" || tag === "path" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(key, value);
    else if (value !== false && value != null) e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c != null && c !== false));
  return e;
};
const icon = (d) => h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d }));
const ICONS = {
  chat: "M4 5h16v11H9l-5 4z", close: "M6 6l12 12M18 6L6 18", send: "M4 12l16-8-6 16-3-7z",
  clip: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8", person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
};
const size = (n) => n >= 1e6 ? (n / 1e6).toFixed(1) + " MB" : Math.max(1, Math.round(n / 1e3)) + " kB";
const clock = (at, options) => { try { return new Intl.DateTimeFormat(lang, options).format(new Date(at)); } catch { return String(at); } };

// linked makes addresses into links, and the little Markdown that agents write,
// [words](address), **strong** and `code`, into elements. Nothing is read as HTML.
function linked(text) {
  const out = [];
  let at = 0;
  for (const found of text.matchAll(/\[([^\]\n]+)\]\((https?:\/\/[^\s<>"'`)]+)\)|(https?:\/\/[^\s<>"'`]+)|\*\*([^*\n]+)\*\*|`([^`\n]+)`/g)) {
    const [all, words, target, bare, strong, code] = found;
    const url = target || bare?.replace(/[.,;:!?)\]}]+$/, "");
    out.push(text.slice(at, found.index));
    at = found.index + (bare ? url : all).length;
    if (strong || code) { out.push(h(strong ? "strong" : "code", {}, strong || code)); continue; }
    let to;
    try { to = new URL(url); } catch { out.push(url); continue; }
    if ((to.href === help || to.href.startsWith(help + "/")) && who.limits?.help) to.searchParams.set("reader", who.limits.help);
    out.push(h("a", { href: to.href, target: "_blank", rel: "noopener noreferrer" }, words || url));
  }
  out.push(text.slice(at));
  return out;
}

const view = (() => {
  const narrow = matchMedia("(max-width: 480px), (max-height: 420px)");
  const shadowed = h("div", { id: "readback-widget", lang, dir: set.dir || getComputedStyle(document.documentElement).direction, "data-theme": set.theme || false });
  const root = shadowed.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  const launcher = h("button", { class: "launcher", type: "button", "aria-expanded": "false", "aria-label": say("open"), click: () => (panel.hidden ? open() : close()) }, icon(ICONS.chat), badge);
  const title = h("h2", { id: "t", dir: "auto" }, say("title", { workspace: set.title || location.hostname }));
  const holder = h("p", { class: "holder", dir: "auto" }), next = h("p", { class: "next", dir: "auto" });
  const log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": say("log"), tabindex: "0" });
  const empty = h("p", { class: "empty", dir: "auto" }, say("empty"));
  const notes = h("p", { class: "notes", role: "status", dir: "auto", hidden: true });
  const chips = h("ul", { class: "chips", hidden: true });
  const person = h("button", { type: "button", class: "quiet", click: askPerson }, icon(ICONS.person), say("person"));
  const fresh = h("button", { type: "button", class: "quiet", hidden: true, click: startNew }, say("new"));
  const asked = h("p", { class: "asked", dir: "auto", hidden: true }, say("person.asked"));
  const address = h("input", { id: "e", type: "email", autocomplete: "email", required: true, maxlength: "254", placeholder: say("email.label"), "aria-describedby": "ep" });
  const addressFault = h("span", { id: "ep", class: "fault", role: "alert" });
  const mail = h("form", { class: "mail", hidden: true, novalidate: true, submit: saveMail }, h("label", { for: "e", dir: "auto" }, say("email")), h("span", { class: "row" }, address, h("button", {}, say("email.save"))), addressFault);
  const mailed = h("p", { class: "asked", dir: "auto", hidden: true });
  const text = h("textarea", { id: "w", rows: "1", dir: "auto", placeholder: say("write"), maxlength: "20000", keydown: key, keypress: (e) => { if (e.key === "Enter" && !e.shiftKey) e.preventDefault(); }, input: grow, paste: (e) => { if (e.clipboardData?.files.length) { e.preventDefault(); add(e.clipboardData.files); } } });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true", change: () => { add(picker.files); picker.value = ""; } });
  const composer = h("form", { class: "composer", submit: (e) => { e.preventDefault(); send(); } }, h("label", { for: "w", class: "sr" }, say("write")), chips,
    h("span", { class: "row" }, h("button", { type: "button", class: "icon", "aria-label": say("attach"), title: say("attach"), click: () => picker.click() }, icon(ICONS.clip)), text,
      h("button", { class: "icon send", "aria-label": say("send"), title: say("send") }, icon(ICONS.send))), picker);
  const panel = h("section", { class: "panel", role: "dialog", "aria-labelledby": "t", hidden: true, keydown: trap, dragover: (e) => e.preventDefault(), drop: (e) => { e.preventDefault(); add(e.dataTransfer.files); } },
    h("header", {}, h("div", { class: "row" }, title, h("button", { type: "button", class: "icon", "aria-label": say("close"), title: say("close"), click: () => close() }, icon(ICONS.close))), holder, next),
    log, notes, h("div", { class: "acts" }, asked, mailed, mail, h("span", { class: "row" }, person, fresh)), composer);
  root.append(panel, launcher);

  let files = [], offlineNow = false, remark = "", read = kept.get("read") || "", drawn = new Map(), beating, seenAt = 0;

  function open() {
    panel.hidden = false;
    launcher.setAttribute("aria-expanded", "true");
    modal();
    text.focus();
    begin();
    draw(true);
    seen();
    beating = setInterval(seen, 45000);
  }
  function close() {
    clearInterval(beating);
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    modal();
    launcher.focus();
  }
  // On a small screen the panel is all there is, so it is modal; else one may
  // go on in the page with it open.
  function modal() {
    const is = narrow.matches && !panel.hidden;
    is ? panel.setAttribute("aria-modal", "true") : panel.removeAttribute("aria-modal");
    launcher.hidden = is;
    shadowed.toggleAttribute("data-modal", is);
  }
  narrow.addEventListener("change", modal);
  function trap(e) {
    if (e.key === "Escape" && !e.isComposing) { e.stopPropagation(); close(); return; }
    if (e.key !== "Tab" || !panel.hasAttribute("aria-modal")) return;
    const stops = [...panel.querySelectorAll("a[href], button, textarea, input, [tabindex='0']")].filter((s) => s.offsetParent && s.tabIndex >= 0);
    const end = e.shiftKey ? stops[0] : stops.at(-1);
    if (root.activeElement === end) { e.preventDefault(); (e.shiftKey ? stops.at(-1) : stops[0]).focus(); }
  }
  const visible = () => !panel.hidden && document.visibilityState === "visible";
  function seen() {
    if (!visible() || status.state === "none" || Date.now() - seenAt < 40000) return;
    seenAt = Date.now();
    post("seen").catch(() => { seenAt = 0; });
  }
  document.addEventListener("visibilitychange", () => { seen(); draw(); });

  function key(e) {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return; // 229: an input method takes the key
    e.preventDefault();
    send();
  }
  function grow() {
    text.rows = Math.min(6, text.value.split("\n").length + Math.floor(text.value.length / 60));
    try { sessionStorage.setItem(`readback.${name}.draft`, text.value); } catch { /* it is off */ }
  }
  function add(list) {
    const limits = who.limits || { files: 5, file_bytes: 5 << 20, bytes: 15 << 20 };
    remark = "";
    for (const f of list) {
      if (f.size > limits.file_bytes || files.reduce((n, g) => n + g.size, f.size) > limits.bytes) remark = say("large", { name: f.name, size: size(limits.file_bytes) });
      else if (files.length >= limits.files) remark = say("many", { count: limits.files });
      else files.push(f);
    }
    chip();
    text.focus();
  }
  function chip() {
    chips.replaceChildren(...files.map((f) => h("li", {}, h("span", { dir: "auto" }, f.name), " ", size(f.size),
      h("button", { type: "button", class: "icon", "aria-label": say("remove", { name: f.name }), click: () => { files = files.filter((g) => g !== f); chip(); text.focus(); } }, icon(ICONS.close)))));
    chips.hidden = !files.length;
    draw();
  }
  function send(wantsPerson) {
    const words = text.value.trim();
    if (!words && !files.length && !wantsPerson) return text.focus();
    write(words, files, wantsPerson);
    text.value = "";
    text.placeholder = say("write");
    files = [];
    remark = "";
    grow();
    chip();
    text.focus();
  }
  function askPerson() { send(true); }
  async function startNew() {
    try { await post("new"); forget(); read = ""; text.focus(); begin(); } catch (e) { note(e.message); }
  }
  async function saveMail(e) {
    e.preventDefault();
    addressFault.textContent = "";
    try {
      if (!address.checkValidity()) throw new Refused(422, "email");
      await post("email", { email: address.value.trim() });
      text.focus();
    } catch (fault) { addressFault.textContent = say(fault.code === "email" ? "email.bad" : "offline"); address.focus(); }
  }
  async function correct(what, keyOf, button) {
    button.disabled = true;
    try {
      await post(what, { key: keyOf });
      if (what === "correct") text.placeholder = say("instead");
      text.focus();
    } catch (e) { note(e.message); button.disabled = false; }
  }
  function note(words) { remark = words; draw(); }
  function offline(is, words = "") { offlineNow = is; if (words || !is) remark = words; }

  // bubble is one message; it is made once, and what changes is its foot.
  function bubble(m) {
    const foot = h("p", { class: "foot" });
    const list = m.files.length ? h("ul", { class: "files" }, ...m.files.map((f) => h("li", {}, f.id ? h("button", { type: "button", class: "link", "aria-label": say("download", { name: f.name }), click: () => download(f) }, f.name) : h("span", { dir: "auto" }, f.name), " ", size(f.size)))) : null;
    const e = h("article", { class: m.role === "agent" ? "msg agent" : "msg own" }, h("span", { class: "sr" }, say(m.role === "agent" ? "agent" : "you") + ": "),
      m.text ? h("p", { class: "text", dir: "auto" }, ...(m.role === "agent" ? linked(m.text) : [m.text])) : null, list, m.person ? h("p", { class: "text" }, icon(ICONS.person), say("person")) : null, foot);
    return { e, foot, foots: "" };
  }
  async function download(f) {
    try {
      const url = URL.createObjectURL(await (await again("file/" + f.id)).blob());
      h("a", { href: url, download: f.name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    } catch (e) { note(e.message); }
  }
  function foot(b, m) {
    const state = m.failed ? "failed" + m.failed : m.at && !m.pending ? "at" : m.pending;
    if (b.foots === state) return;
    b.foots = state;
    const at = m.pending || m.failed ? "" : h("time", { datetime: new Date(m.at).toISOString() }, clock(m.at, { hour: "2-digit", minute: "2-digit" }));
    b.e.classList.toggle("failed", !!m.failed);
    b.foot.replaceChildren(m.failed ? h("span", { class: "fault" }, say("failed", { why: m.failed })) : m.pending ? say(m.pending) : at,
      ...(m.failed ? [h("button", { type: "button", class: "link", click: async () => { delete m.item.failed; await outbox.put(m.item); draw(); flush(); } }, say("again")),
        h("button", { type: "button", class: "link", click: async () => { await outbox.drop(m.item.id); draw(); text.focus(); } }, say("drop"))] : []));
  }
  function readback(r) {
    const line = (l, what) => h("li", {}, h("span", { dir: "auto" }, l.text), l.key ? h("button", { type: "button", class: "link", "aria-label": what === "undo" ? null : say("notquite.of", { what: l.text }), click: (e) => correct(what, l.key, e.currentTarget) }, say(what === "undo" ? "undo" : "notquite")) : null);
    return h("article", { class: "readback", lang: r.lang, "aria-labelledby": "r" }, h("h3", { id: "r" }, r.title),
      h("ul", {}, ...r.lines.map((l) => line(l, "correct"))), r.said.length ? h("ul", { class: "said" }, ...r.said.map((l) => line(l, "undo"))) : null, r.next ? h("p", { class: "then", dir: "auto" }, r.next) : null);
  }

  // draw brings the panel up to date. Only what is new is put into the log, so
  // that a screen reader reads it once.
  function draw(down) {
    const own = outbox.list.filter((m) => m.as === subject());
    const items = thread.map((m) => ({ ...m, key: m.client || m.id }));
    for (const m of [...sent.values(), ...own]) {
      if (items.some((i) => i.key === m.id)) continue;
      const acknowledged = sent.has(m.id);
      items.push({ key: m.id, role: "customer", text: m.text, files: m.files.map((f) => ({ name: f.name, size: f.size })), person: m.person, at: m.at, failed: m.failed, item: m, pending: m.failed || acknowledged ? "" : offlineNow ? "waiting" : "sending" });
    }
    const atEnd = down || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const was = drawn.size, height = log.clientHeight;
    const fresher = new Map(), order = [];
    for (const m of items) {
      const b = drawn.get(m.key) || bubble(m);
      foot(b, m);
      fresher.set(m.key, b);
      order.push(b.e);
      if (m.id && status.readback?.after === m.id) {
        const made = JSON.stringify(status.readback), old = drawn.get("readback");
        const r = old?.made === made ? old : { e: readback(status.readback), made };
        fresher.set("readback", r);
        order.push(r.e);
      }
    }
    for (const [k, b] of drawn) if (fresher.get(k)?.e !== b.e) b.e.remove();
    let at = null;
    for (const e of order) {
      if ((at ? at.nextSibling : log.firstChild) !== e) log.insertBefore(e, at ? at.nextSibling : log.firstChild);
      at = e;
    }
    drawn = fresher;
    if (!order.length) log.append(empty); else empty.remove();
    title.textContent = say("title", { workspace: set.title || who.limits?.workspace || location.hostname });
    const hours = status.open === true ? say("hours.open") : status.opens ? say("hours.closed", { when: clock(status.opens, { weekday: "short", hour: "2-digit", minute: "2-digit" }) }) : "";
    put(holder, status.holder ? status.holder + (hours ? " · " + hours : "") : "");
    holder.classList.toggle("there", status.open === true);
    put(next, status.next || "");
    put(notes, remark || (offlineNow ? say("offline") : ""));
    person.hidden = status.person || own.some((m) => m.person) || [...sent.values()].some((m) => m.person);
    asked.hidden = !person.hidden;
    fresh.hidden = status.state !== "resolved";
    mail.hidden = !!(who.user || status.email || status.state === "none" || !items.length);
    put(mailed, !who.user && status.email ? say("email.saved", { email: status.email }) : "");
    count();
    seen();
    if (atEnd && (down || drawn.size !== was || log.clientHeight !== height)) log.scrollTop = log.scrollHeight; // last: the log has its height now
  }
  function put(e, words) {
    if (e.textContent !== words) e.textContent = words;
    e.hidden = !words;
  }
  // count tells how many answers came while nobody looked.
  function count() {
    if (visible() && thread.length) { read = thread.at(-1).id; kept.set("read", read); }
    const n = thread.slice(thread.findIndex((m) => m.id === read) + 1).filter((m) => m.role === "agent").length;
    badge.textContent = n;
    badge.hidden = !n;
    launcher.setAttribute("aria-label", n ? say("open.new", { count: n }) : say("open"));
  }
  try { text.value = sessionStorage.getItem(`readback.${name}.draft`) || ""; } catch { /* it is off */ }
  return { host: shadowed, open, close, draw, note, offline };
})();

// begin connects once there is something to talk about.
async function begin() {
  for (;;) {
    try {
      if (!who.limits) await session();
      break;
    } catch (e) {
      if (e.final || e.status === 401) { view.note(e.status === 403 ? say("refused") : e.code === "user" ? say("reload") : e.message); view.draw(); return; }
      view.offline(true);
      view.draw();
      await Promise.race([pause(e.wait ? e.wait * 1000 : 5000), back()]);
    }
  }
  view.draw();
  listen();
}

window.Readback = {
  open: () => view.open(),
  close: () => view.close(),
  // identify takes the host's token for its user, or a function that fetches a
  // fresh one; it is asked again when one expires.
  async identify(token) {
    const was = subject();
    who.ask = typeof token === "function" ? async () => { try { return await token(); } catch { return ""; } } : null;
    who.user = who.ask ? await who.ask() || "" : token || "";
    if (subject() !== was || !who.limits) forget();
    if (who.user) begin();
    flush();
  },
  // logout leaves nothing of the user on the page.
  logout() { who.user = ""; who.ask = null; forget(); try { sessionStorage.removeItem(`readback.${name}.draft`); } catch { /* it is off */ } },
};

addEventListener("online", () => { view.offline(false); flush(); });
addEventListener("offline", () => { view.offline(true); view.draw(); });
if (tabs) tabs.onmessage = async () => { await outbox.load(); view.draw(); };
const start = async () => {
  document.body.append(view.host);
  await outbox.load();
  view.draw();
  if (outbox.list.length) flush();
  if (kept.get("visitor") || who.user) {
    try { if ((await session()).conversation) listen(); } catch { /* when it is opened */ }
  }
};
document.body ? start() : addEventListener("DOMContentLoaded", start);
})();
