// Keeps an open page up to date, sends its forms without leaving it, and keeps what was typed.
// Every page works without this file; nothing here decides, the server does.
(() => {
  "use strict";
  const body = document.body;
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const FIELDS = "input:not([type=hidden]),textarea,select";
  const HANDLES = "button,summary,a";

  const announce = (sentence) => {
    const voice = find("[data-announce]");
    if (voice && sentence) voice.textContent = sentence;
  };

  // A child that someone types in is left alone; a newer one would take the words away.
  const isBusy = (element) =>
    all(FIELDS, element).some(
      (field) =>
        field === document.activeElement ||
        (field.options
          ? [...field.options].some((option) => option.selected !== option.defaultSelected) &&
            field.selectedIndex > 0
          : field.value !== field.defaultValue),
    );

  const replace = (old, fresh) => {
    const place = all(HANDLES, old).indexOf(document.activeElement);
    const open = all("details", old).map((details) => details.open);
    all("details", fresh).forEach((details, index) => (details.open = Boolean(open[index])));
    fresh.hidden = old.hidden;
    old.replaceWith(fresh);
    if (place >= 0) all(HANDLES, fresh)[place]?.focus();
  };

  // Children with an id and data-v are compared by data-v, those with an id alone are entered.
  const morph = (old, fresh) => {
    const known = new Map([...old.children].map((child) => [child.id || child, child]));
    const isShown = [...old.children].some((child) => !child.hidden);
    let at = old.firstElementChild;
    for (const child of [...fresh.children]) {
      let mine = child.id ? known.get(child.id) : at && !at.id && at.isEqualNode(child) && at;
      if (mine) {
        known.delete(mine.id || mine);
        const isNews = child.dataset.say !== mine.dataset.say;
        if (child.id && child.dataset.v === undefined) {
          morph(mine, child);
          if (isNews) mine.dataset.say = child.dataset.say;
        } else if (child.dataset.v !== mine.dataset.v && !isBusy(mine)) {
          if (at === mine) at = child;
          replace(mine, child);
          mine = child;
        }
        if (isNews) announce(child.dataset.say);
      } else {
        mine = child;
        if (old.dataset.stable && child.id && isShown) child.hidden = true;
        announce(child.dataset.say);
      }
      if (at === mine) at = at.nextElementSibling;
      else old.insertBefore(mine, at);
    }
    for (const gone of known.values()) if (!isBusy(gone)) gone.remove();
    if (old.dataset.stable) offer(old);
  };

  // New questions of a public list wait behind a button, so that nothing jumps under a finger.
  const offer = (list) => {
    const waiting = [...list.children].filter((child) => child.hidden);
    const part = list.closest("[data-part]");
    let button = part.previousElementSibling;
    if (!button?.matches("[data-offer]")) {
      button = document.createElement("button");
      button.dataset.offer = "";
      button.className = "quiet wide";
      button.onclick = () => {
        for (const child of list.children) child.hidden = false;
        button.hidden = true;
        list.firstElementChild?.scrollIntoView({ block: "nearest" });
      };
      part.before(button);
    }
    button.hidden = !waiting.length;
    const sentence = `${list.dataset.stable} (${waiting.length})`;
    if (waiting.length && button.textContent !== sentence) announce(sentence);
    button.textContent = sentence;
  };

  // What I back is kept here: the snapshot is the same for everyone.
  const backed = new Set();
  const own = new Set();
  for (const form of all("form[data-back]")) {
    if (form.hidden) own.add(form.dataset.back);
    else if (!form.elements.back.disabled) backed.add(form.dataset.back);
  }
  const mark = () => {
    for (const form of all("form[data-back]")) {
      const isBacked = backed.has(form.dataset.back);
      const [support, takeBack] = all("span", form);
      form.elements.back.disabled = !isBacked;
      support.hidden = isBacked;
      takeBack.hidden = !isBacked;
      form.hidden = own.has(form.dataset.back);
      form.previousElementSibling.hidden = !form.hidden;
    }
  };

  let version = body.dataset.version;
  const show = (snapshot) => {
    if (String(snapshot.version) === version) return;
    version = String(snapshot.version);
    for (const [name, html] of Object.entries(snapshot.parts)) {
      const part = find(`[data-part="${name}"]`);
      const template = document.createElement("template");
      template.innerHTML = html;
      if (part) morph(part, template.content);
    }
    mark();
  };

  const address = body.dataset.live;
  let stream;
  let timer;
  let isRefused = false;
  const refresh = async () => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json());
  };
  const poll = (wait = 2000) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => refresh().then(() => poll(), () => poll(Math.min(wait * 2, 30000))),
      wait + Math.random() * 1000,
    );
  };
  const listen = () =>
    new Promise((done) => {
      stream = new EventSource(`${address.replace("/state", "/stream")}&last=${version}`);
      stream.done = done;
      stream.onmessage = (event) => show(JSON.parse(event.data));
      stream.onerror = () => {
        if (stream?.readyState !== EventSource.CLOSED) return;
        isRefused = true;
        rest();
        poll();
      };
    });
  // A browser opens few connections to one host: two of its pages stream, the others poll.
  const connect = async (places = ["1", "2"]) => {
    if (!window.EventSource || !navigator.locks || isRefused || !places.length) return poll();
    const [place, ...others] = places;
    return navigator.locks.request(`townhall-${place}`, { ifAvailable: true }, (lock) => {
      if (lock && !document.hidden) return listen();
      if (!lock) connect(others);
    });
  };
  const rest = () => {
    clearTimeout(timer);
    stream?.close();
    stream?.done();
    stream = undefined;
  };
  if (address) {
    document.addEventListener("visibilitychange", () => {
      rest();
      if (!document.hidden) connect();
    });
    if (!document.hidden) connect();
  }

  const complain = (sentence) => {
    const place = find("[data-problem]");
    if (place) {
      place.hidden = !sentence;
      place.textContent = sentence;
    }
    announce(sentence);
  };
  const send = async (form, button) => {
    const data = new FormData(form, button);
    const token = find("meta[name=form-token]")?.content;
    const person = find("#ask [name=person]")?.value;
    if (token) data.set("csrf", token);
    if (person) data.set("person", person);
    const answer = await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
    if (answer.type !== "opaqueredirect") {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return complain(find("h1", page)?.textContent || String(answer.status));
    }
    complain("");
    const number = form.dataset.back;
    if (number && !backed.delete(number)) backed.add(number);
    form.reset();
    mark();
    return refresh();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    send(form, event.submitter)
      .catch(() => complain(body.dataset.lost))
      .finally(() => delete form.dataset.sending);
  });

  // A draft outlives a reload and a dead line; its key makes sure that it is asked once.
  const draft = find("form[data-draft]");
  const box = (code) => `townhall:${code}`;
  if (body.dataset.sent) localStorage.removeItem(box(body.dataset.sent));
  if (draft) {
    const name = box(draft.dataset.draft);
    const names = ["text", "key", "person", "place", "language"];
    const keep = (isWaiting) => {
      const values = Object.fromEntries(names.map((each) => [each, draft.elements[each].value]));
      localStorage.setItem(name, JSON.stringify({ ...values, isWaiting }));
    };
    const isOffline = () => {
      const note = find("[data-offline-note]", draft);
      note.textContent = draft.dataset.offline;
      note.hidden = navigator.onLine;
      return !navigator.onLine;
    };
    const kept = JSON.parse(localStorage.getItem(name) || "null");
    if (kept && !find("[aria-invalid]", draft)) {
      for (const each of names) draft.elements[each].value = kept[each];
    }
    draft.addEventListener("input", () => keep(false));
    draft.addEventListener("submit", (event) => {
      keep(true);
      if (isOffline()) event.preventDefault();
    });
    const resume = () => {
      if (!isOffline() && JSON.parse(localStorage.getItem(name) || "{}")?.isWaiting) {
        draft.requestSubmit();
      }
    };
    window.addEventListener("online", resume);
    window.addEventListener("offline", isOffline);
    isOffline();
    if (kept?.isWaiting && !find("[aria-invalid]", draft)) resume();
  }

  // Only the zone's name is sent; the times are made by the server.
  const clock = find("form[data-clock]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (clock && zone) {
    const data = new FormData(clock);
    data.set("zone", zone);
    fetch(clock.action, { method: "POST", body: data })
      .then(async (answer) => {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const when = find("#when", page);
        if (answer.ok && when && !isBusy(find("#when"))) find("#when").replaceWith(when);
      })
      .catch(() => {});
  }
})();
