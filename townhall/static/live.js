// Keeps a page up to date, sends forms in place, keeps what was typed.
(() => {
  const body = document.body;
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const post = (url, body, redirect) => fetch(url, { method: "POST", body, redirect });
  const HANDLES = "button,summary,a";

  const announce = (sentence) => sentence && (find("[data-announce]").textContent = sentence);

  // What is typed in is left alone.
  const isBusy = (element) =>
    all("textarea,select,input:not([type=hidden])", element).some(
      (field) =>
        field.matches(":focus") ||
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
        if (child.id && !child.dataset.v) {
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

  // What would move what is seen waits behind a button.
  const offers = document.createElement("button");
  offers.className = "quiet wide";
  const offer = (list) => {
    const isSeen = list.matches(":focus-within") || list.getBoundingClientRect().top < innerHeight;
    const waiting = all(":scope > [hidden]", list).filter(
      (child) => (child.hidden = isSeen && !!find(`#${child.id} ~ :not([hidden])`)),
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

  // What I back is kept here, since snapshots are for all.
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
  let later;
  const show = (snapshot) => {
    clearTimeout(later);
    if (snapshot.version === version) return;
    // What is pressed is left alone.
    if (find("button:active,summary:active")) return (later = setTimeout(show, 50, snapshot));
    version = snapshot.version;
    for (const name in snapshot.parts) morph(find(`[data-part="${name}"]`), parse(snapshot.parts[name]).body);
    mark();
  };
  const refresh = async () => show(await (await fetch(address, { cache: "no-cache" })).json());

  let stream;
  let timer;
  const poll = (wait = 2000) => {
    clearTimeout(timer);
    const again = () => refresh().then(() => poll(), () => poll(Math.min(wait * 2, 3e4)));
    timer = setTimeout(again, wait + Math.random() * 1e3);
  };
  const rest = () => {
    clearTimeout(timer);
    stream?.close();
    stream = stream?.done();
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
  // Connections are few: two pages stream, others poll.
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
    document.onvisibilitychange = wake;
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
    // News that came first left alone what is typed in.
    version = 0;
    return refresh();
  };
  document.onsubmit = ({ target: form, submitter }) => {
    if (!form.matches("[data-quiet]")) return true;
    form.isSending ||= send(form, submitter).catch(lost).finally(() => (form.isSending = false));
    return false;
  };

  // A draft outlives a reload and a dead line; its key has it asked once.
  const draft = find("[data-draft]");
  delete localStorage[body.dataset.sent];
  if (draft) {
    const name = draft.dataset.draft;
    const kept = () => !find("[aria-invalid]", draft) && JSON.parse(localStorage[name] || null);
    const keep = (isWaiting) => (localStorage[name] = JSON.stringify({ values: [...new FormData(draft)], isWaiting }));
    const note = find("[data-offline]", draft);
    note.textContent = note.dataset.offline;
    const resume = () => {
      note.hidden = navigator.onLine;
      if (note.hidden && kept()?.isWaiting) draft.requestSubmit();
    };
    kept()?.values?.forEach(([name, value]) => (draft[name].value = value));
    draft.oninput = () => keep(false);
    draft.onsubmit = () => {
      keep(true);
      return (note.hidden = navigator.onLine);
    };
    window.ononline = window.onoffline = resume;
    resume();
  }

  // Only its name is sent.
  const clock = find("[data-clock]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const wish of all("#own-zone")) wish.value ||= zone;
  if (clock && zone) {
    const data = new FormData(clock);
    data.set("zone", zone);
    post(clock.action, data).then(async (answer) => {
      const fresh = find("#when", parse(await answer.text()));
      if (answer.ok && !isBusy(clock) && !clock.parentNode.open && !find("summary:active")) replace(find("#when"), fresh);
    }, lost);
  }
})();
