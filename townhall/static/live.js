// Keeps an open page up to date, sends forms in place, keeps what was typed.
(() => {
  const body = document.body;
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const post = (url, body, redirect) => fetch(url, { method: "POST", body, redirect });
  const HANDLES = "button,summary,a";

  const announce = (sentence) => {
    if (sentence) find("[data-announce]").textContent = sentence;
  };

  // A child that someone types in is left alone.
  const isBusy = (element) =>
    all("textarea,select,input:not([type=hidden])", element).some(
      (field) =>
        field === document.activeElement ||
        (field.options
          ? field.selectedIndex > 0 && !field.selectedOptions[0].defaultSelected
          : field.value !== field.defaultValue),
    );

  const replace = (old, fresh) => {
    const place = all(HANDLES, old).indexOf(document.activeElement);
    const details = all("details", old);
    all("details", fresh).forEach((each, index) => (each.open = details[index]?.open));
    fresh.hidden = old.hidden;
    old.replaceWith(fresh);
    all(HANDLES, fresh)[place]?.focus();
  };

  // A child with data-v is compared by it, one with an id alone is entered.
  const morph = (old, fresh) => {
    const known = new Map([...old.children].map((child) => [child.id || child, child]));
    let at = old.firstElementChild;
    for (const child of [...fresh.children]) {
      let mine = child.id ? known.get(child.id) : at && !at.id && at.isEqualNode(child) && at;
      if (child.dataset.say !== mine?.dataset?.say) announce(child.dataset.say);
      if (mine) {
        known.delete(mine.id || mine);
        if (child.id && child.dataset.v === undefined) {
          morph(mine, child);
          mine.dataset.say = child.dataset.say || "";
        } else if (child.dataset.v !== mine.dataset.v && !isBusy(mine)) {
          if (at === mine) at = child;
          replace(mine, child);
          mine = child;
        }
      } else {
        mine = child;
        child.hidden = "stable" in old.dataset;
      }
      if (at === mine) at = at.nextElementSibling;
      else old.insertBefore(mine, at);
    }
    for (const gone of known.values()) if (!isBusy(gone)) gone.remove();
    if (old.dataset.stable) offer(old);
  };

  // What is new and would move what is seen waits behind a button.
  const offers = document.createElement("button");
  offers.className = "quiet wide";
  const offer = (list) => {
    const isSeen = list.matches(":focus-within") || list.getBoundingClientRect().top < innerHeight;
    const waiting = all(":scope > [hidden]", list).filter(
      (child) => (child.hidden = isSeen && Boolean(find(`#${child.id} ~ :not([hidden])`))),
    );
    offers.hidden = !waiting.length;
    offers.onclick = () => {
      waiting.forEach((child) => (child.hidden = false));
      offers.hidden = true;
    };
    const sentence = `${list.dataset.stable} (${waiting.length})`;
    if (waiting.length && offers.textContent !== sentence) announce(sentence);
    offers.textContent = sentence;
    if (!offers.parentNode) list.closest("[data-part]").before(offers);
  };

  // What I back is kept here: snapshots are the same for all.
  const backed = new Set(all("[name=back]").map((button) => button.form.dataset.back));
  const own = new Map(all("[data-own]").map((tag) => [tag.dataset.own, tag]));
  const mark = () => {
    for (const form of all("form[data-back]")) {
      const number = form.dataset.back;
      const [button, label] = all("button,span", form);
      button.name = backed.has(number) ? "back" : "";
      label.textContent = label.dataset[button.name || "support"];
      if (own.has(number)) form.replaceWith(own.get(number));
    }
  };

  const address = body.dataset.live;
  let version = +body.dataset.version;
  const show = (snapshot) => {
    if (snapshot.version === version) return;
    version = snapshot.version;
    for (const [name, html] of Object.entries(snapshot.parts)) {
      morph(find(`[data-part="${name}"]`), parse(html).body);
    }
    mark();
  };
  const refresh = async () => show(await (await fetch(address)).json());

  let stream;
  let timer;
  const poll = (wait = 2000) => {
    clearTimeout(timer);
    const again = () => refresh().then(() => poll(), () => poll(Math.min(wait * 2, 30000)));
    timer = setTimeout(again, wait + Math.random() * 1000);
  };
  const rest = () => {
    clearTimeout(timer);
    stream?.close();
    stream?.done();
    stream = null;
  };
  const listen = (done) => {
    stream = new EventSource(`${address.replace("/state", "/stream")}&last=${version}`);
    stream.done = done;
    stream.onmessage = (event) => show(JSON.parse(event.data));
    stream.onerror = () => {
      if (stream?.readyState !== 2) return;
      rest();
      poll();
    };
  };
  // Connections are few: two pages of a browser stream, others poll.
  const connect = (place = 1) => {
    if (!navigator.locks || place > 2) return poll();
    navigator.locks.request(`townhall${place}`, { ifAvailable: true }, (lock) =>
      lock ? document.hidden || new Promise(listen) : connect(place + 1),
    );
  };
  const wake = () => {
    rest();
    if (!document.hidden) connect();
  };
  if (address) {
    document.addEventListener("visibilitychange", wake);
    wake();
  }

  const problem = find("[data-problem]");
  const complain = (sentence) => {
    problem.hidden = !sentence;
    problem.textContent = sentence;
    announce(sentence);
  };
  const lost = () => complain(problem.dataset.problem);
  const send = async (form, button) => {
    const data = new FormData(form, button);
    const token = find("meta[name=form-token]");
    const person = find("#ask [name=person]");
    if (token) data.set("csrf", token.content);
    if (person) data.set("person", person.value);
    const answer = await post(form.action, data, "manual");
    if (answer.type !== "opaqueredirect") {
      return complain(find("h1", parse(await answer.text())).textContent);
    }
    complain("");
    const number = form.dataset.back;
    if (!backed.delete(number)) backed.add(number);
    form.reset();
    mark();
    return refresh();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.isSending) return;
    form.isSending = true;
    send(form, event.submitter)
      .catch(lost)
      .finally(() => (form.isSending = false));
  });

  // A draft outlives a reload and a dead line; its key lets it be asked once.
  const draft = find("[data-draft]");
  if (body.dataset.sent) localStorage.removeItem(body.dataset.sent);
  if (draft) {
    const kept = () => !find("[aria-invalid]", draft) && JSON.parse(localStorage.getItem(draft.dataset.draft));
    const keep = (isWaiting) => {
      const values = [...new FormData(draft)];
      localStorage.setItem(draft.dataset.draft, JSON.stringify({ values, isWaiting }));
    };
    const note = find("[data-offline]", draft);
    note.textContent = note.dataset.offline;
    const resume = () => {
      note.hidden = navigator.onLine;
      if (note.hidden && kept()?.isWaiting) draft.requestSubmit();
    };
    kept()?.values?.forEach(([name, value]) => (draft[name].value = value));
    draft.addEventListener("input", () => keep(false));
    draft.addEventListener("submit", (event) => {
      keep(true);
      note.hidden = navigator.onLine;
      if (!note.hidden) event.preventDefault();
    });
    window.addEventListener("online", resume);
    window.addEventListener("offline", resume);
    resume();
  }

  // Only its name is sent.
  const clock = find("[data-clock]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const wish = find("#own-zone");
  if (wish) wish.value ||= zone;
  if (clock && zone) {
    const data = new FormData(clock);
    data.set("zone", zone);
    post(clock.action, data).then(async (answer) => {
      const page = parse(await answer.text());
      if (answer.ok && !isBusy(clock) && !clock.parentNode.open) find("#when").replaceWith(find("#when", page));
    }, lost);
  }
})();
