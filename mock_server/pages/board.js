// The hall's board, kept up to date. Texts go in as text, never as markup; the words stand on <body>.
"use strict";
(() => {
  const words = document.body.dataset;
  const at = (id) => document.getElementById(id);
  const SILENCE = 20000; // the server says something every few seconds; after so long the line is dead
  const NEW = 8000;
  const LONGEST_PAUSE = 30000;
  const seen = new Map(); // what was announced: number, counter, call and recall
  let first = true, source = null, heard = 0, told = 0, pause = 1000, again = 0, online = null, offset = 0;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (blank, name) => (name in values ? values[name] : blank));
  const element = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const keyOf = (call) => [call.number, call.counter, call.called_at, call.recalls].join("|");

  function line(call, isFirst, isNew) {
    const item = element("li", "call" + (call.state === "serving" ? " there" : isFirst ? " first" : "") + (isNew ? " new" : ""));
    item.dataset.key = keyOf(call);
    const parts = fill(call.state === "called" ? words.to : words.there, { counter: "\u0000" }).split("\u0000");
    if (isNew) item.append(element("span", "mark", "▶"), " ");
    item.append(element("span", "number", call.number), " ", element("span", "to", parts[0]), element("span", "counter", call.counter), element("span", "to", parts[1] || ""));
    return item;
  }

  function show(board) {
    const now = Date.now();
    const fresh = [];
    const keys = new Set();
    for (const call of board.calls) {
      const key = keyOf(call);
      keys.add(key);
      if (!seen.has(key)) {
        // What stood there before this page came is no news.
        seen.set(key, first || call.state !== "called" ? 0 : now);
        if (!first && call.state === "called") fresh.push(call);
      }
    }
    for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);
    first = false;
    at("name").textContent = board.name;
    document.title = board.name;
    const called = board.calls.filter((call) => call.state === "called");
    const there = board.calls.filter((call) => call.state !== "called");
    at("calls").replaceChildren(
      ...called.map((call, place) => line(call, place === 0, now - seen.get(keyOf(call)) < NEW)),
      ...there.map((call) => line(call, false, false)),
    );
    at("none").hidden = board.calls.length > 0;
    at("groups").replaceChildren(...board.groups.map((group) => {
      const row = element("tr");
      const head = element("th", "", group.letter + " " + (document.documentElement.lang === "en" ? group.name.en : group.name.zh));
      head.scope = "row";
      row.append(head, element("td", "", String(group.waiting)),
        element("td", "", group.waiting ? fill(words.minutes, { minutes: group.longest }) : "–"));
      return row;
    }));
    if (fresh.length) {
      at("announce").textContent = fresh
        .map((call) => fill(words.call, { number: call.number, counter: call.counter })).join(words.between);
      setTimeout(calm, NEW + 100);
    }
  }

  function calm() {
    const now = Date.now();
    for (const item of document.querySelectorAll(".call.new")) {
      if (now - (seen.get(item.dataset.key) || 0) < NEW) continue;
      item.classList.remove("new");
      for (const mark of item.querySelectorAll(".mark")) mark.remove();
    }
  }

  function state(now) {
    if (now !== online) {
      // Said once for each change, so that no screen reader repeats it; the age beside it is not said.
      const back = online === false && now;
      online = now;
      at("status").textContent = now ? (back ? words.online : "") : words.offline;
      at("status").hidden = now && !back;
      if (back) setTimeout(() => { if (online) at("status").hidden = true; }, 4000);
    }
    at("age").hidden = now;
  }

  function tick() {
    const now = Date.now();
    const shown = new Date(now + offset);
    at("time").textContent = shown.toLocaleTimeString("zh-CN", { hourCycle: "h23", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
    if (source && now - heard > SILENCE) lost();
    if (online === false && told) at("age").textContent = fill(words.age, { minutes: Math.floor((now - told) / 60000) });
  }

  function lost() {
    state(false);
    if (source) source.close();
    source = null;
    clearTimeout(again);
    again = setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  function hear(stamp) {
    heard = told = Date.now();
    if (stamp) offset = Date.parse(stamp) - heard;
    pause = 1000;
    state(true);
  }

  function connect() {
    heard = Date.now();
    const mine = (source = new EventSource(words.events));
    mine.addEventListener("board", (event) => {
      if (mine !== source) return;
      const board = JSON.parse(event.data);
      hear(board.at);
      show(board);
      tick();
    });
    mine.addEventListener("alive", (event) => {
      if (mine === source) hear(JSON.parse(event.data).at);
    });
    // The browser would try again by itself, but not after an answer that is no stream, and not slower each time.
    mine.onerror = () => { if (mine === source) lost(); };
  }

  setInterval(tick, 1000);
  tick();
  connect();
})();
