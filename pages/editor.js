const PAUSE = 200;
const SAYS_INSTEAD = /'(\w+)'.*; did you mean '(\w+)'\?$/;

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".editor");
  const box = (part) => root.querySelector(`[data-part=${part}] :is(input, textarea)`);
  const parts = ["subject", "preheader", "body"];
  const memo = `inkbell-unsent:${data.writer}:${data.rule}`;
  const now = (root.now ??= { edition: null, number: 0, sent: 0, basedOn: null, last: "body" });
  Object.assign(now, { data, setStateValue, setTriggerValue });

  const text = () => ({
    subject: box("subject").value,
    preheader: box("preheader").value,
    body: box("body").value,
    based_on: now.basedOn,
    number: now.number,
  });

  // Until the server says that it has a change, this browser keeps it too: a lost connection or a closed tab costs nothing.
  const remember = () => {
    try {
      localStorage.setItem(memo, JSON.stringify(text()));
    } catch { /* a browser that keeps nothing still sends */ }
  };
  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(memo));
    } catch {
      return null;
    }
  };
  const forget = () => {
    try {
      localStorage.removeItem(memo);
    } catch { /* as above */ }
  };

  const fill = (from) => {
    for (const part of parts) {
      if (box(part).value !== from[part]) box(part).value = from[part] ?? "";
    }
  };

  const flush = () => {
    clearTimeout(now.timer);
    if (now.number > now.sent) {
      now.sent = now.number;
      now.setStateValue("text", text());
    }
    say();
  };

  // A change sent while a link is being followed would call the app back to this page. It is remembered, and sent from
  // here if the link led elsewhere, else when the page is opened again.
  const left = () => {
    clearTimeout(now.timer);
    if (now.onLink) now.timer = setTimeout(flush, 2000);
    else flush();
  };

  const changed = () => {
    now.number = Math.max(now.number + 1, Date.now());
    remember();
    clearTimeout(now.timer);
    now.timer = setTimeout(flush, PAUSE);
    say();
  };

  const say = () => {
    const kept = root.querySelector(".kept");
    const safe = now.number <= now.data.kept;
    kept.classList.toggle("trouble", !safe && Boolean(now.data.trouble));
    if (!safe && now.data.trouble) kept.textContent = `Kept in this browser only. ${now.data.trouble}`;
    else if (!safe) kept.textContent = "Keeping…";
    else kept.textContent = now.data.touched ? "Draft kept" : "The same as in force";
  };

  const select = (part, start, end) => {
    const field = box(part);
    field.focus();
    field.setSelectionRange(start, end ?? start);
  };

  const insert = (part, words) => {
    const field = box(part);
    field.focus();
    // The one way that leaves the browser's own undo whole.
    if (!document.execCommand("insertText", false, words)) {
      field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
      changed();
    }
  };

  const place = ({ part, line, column }) => {
    const lines = box(part).value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    // Columns count characters, a selection counts UTF-16 units.
    return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  };

  const link = (label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.onclick = act;
    return button;
  };

  const problem = (found) => {
    const item = document.createElement("li");
    item.className = found.severity;
    const where = data.parts.length > 1 ? `${data.labels[found.part].split(",")[0]}, line` : "Line";
    item.append(link(`${where} ${found.line}, column ${found.column}`, () => select(found.part, place(found))));
    const words = document.createElement("span");
    words.textContent = found.message;
    item.append(words);
    const [, wrong, right] = SAYS_INSTEAD.exec(found.message) ?? [];
    const start = place(found);
    if (right && box(found.part).value.startsWith(wrong, start)) {
      item.append(link(`Use ${right}`, () => {
        select(found.part, start, start + wrong.length);
        insert(found.part, right);
      }));
    }
    return item;
  };

  const chip = ([name, meaning]) => {
    const button = link(name, () => insert(now.last, `{{ ${name} }}`));
    button.title = meaning;
    button.onpointerdown = (event) => event.preventDefault();
    return button;
  };

  const group = ([title, variables]) => {
    const section = document.createElement("section");
    const heading = document.createElement("h6");
    heading.textContent = title;
    const chips = document.createElement("div");
    chips.append(...variables.map(chip));
    section.append(heading, chips);
    return section;
  };

  for (const part of parts) {
    root.querySelector(`[data-part=${part}]`).hidden = !data.parts.includes(part);
    root.querySelector(`[data-part=${part}] span`).textContent = data.labels[part];
    const field = box(part);
    field.onfocus = () => { now.last = part; };
    field.oninput = changed;
    field.onblur = left;
  }

  root.onkeydown = (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      clearTimeout(now.timer);
      now.number = Math.max(now.number, 1);
      now.sent = now.number;
      now.setTriggerValue("save", text());
    }
  };

  if (now.edition === null) {
    root.querySelector(".groups").replaceChildren(...data.variables.map(group));
    now.pressed = (event) => { now.onLink = event.composedPath().some((one) => one.localName === "a"); };
    document.addEventListener("pointerdown", now.pressed, true);
  }
  if (now.edition !== data.edition) {
    const first = now.edition === null;
    now.edition = data.edition;
    now.basedOn = data.based_on;
    now.number = now.sent = data.kept;
    fill(data.text);
    const unsent = first && remembered();
    if (unsent && unsent.number > data.kept) {
      fill(unsent);
      now.basedOn = unsent.based_on;
      now.number = unsent.number;
      flush();
    } else {
      forget();
    }
  }
  if (now.number <= data.kept) {
    now.basedOn = data.based_on;
    forget();
  }
  root.querySelector(".problems").replaceChildren(...data.problems.map(problem));
  say();
  return () => {
    clearTimeout(now.timer);
    document.removeEventListener("pointerdown", now.pressed, true);
  };
}
