// Keys for the desk; everything is there without them. They can be turned off below the list.
"use strict";
{
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => !!element && element.getClientRects().length > 0;
  const keys = one("#keys"), OFF = "desk-keys-off";
  const off = () => localStorage.getItem(OFF) === "1";

  const rows = all(".row"), list = rows.some(seen);
  const shown = one(".row[aria-current]");
  shown?.scrollIntoView({ block: "nearest" });
  // Where an open report has left the list, the walk goes on at what came after it.
  const next = one("[rel=next]"), number = next?.pathname.split("/")[3];
  const after = () => rows.findIndex((row) => row.dataset.number === number);
  const here = () => {
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    return focused >= 0 ? focused : rows.indexOf(shown);
  };
  const walk = (way) => {
    if (!list) return one(way > 0 ? "[rel=next]" : "[rel=prev]")?.click();
    let to = here() + way;
    if (here() < 0 && one(".with-report") && after() >= 0) to = after() + (way > 0 ? 0 : -1);
    if (here() < 0 && way < 0 && !one(".with-report")) to = rows.length - 1;
    if (to >= rows.length) return one("[data-more]")?.click();
    const link = rows[to] && one("a", rows[to]);
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  };
  const tell = () => {
    const bar = one(".bulk [role=status]"), n = all(".row :checked").length;
    if (bar) bar.textContent = n === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", n);
  };
  one(".ticks")?.addEventListener("change", tell);

  const does = {
    j: () => walk(1),
    k: () => walk(-1),
    x: () => {
      const box = rows[here()] && one("input", rows[here()]);
      if (box) box.checked = !box.checked;
      tell();
    },
    a: () => (one(".row :checked") ? one(".bulk button") : one("[data-key=a]"))?.click(),
    s: () => (one(".actions a, .actions button, .actions summary") || one("#actions"))?.focus(),
    r: () => one("#text")?.focus(),
    p: () => one("[data-key=p]")?.click(),
    "/": () => one("#number")?.focus(),
    "?": () => {
      keys.open = !keys.open;
      if (keys.open) one("summary", keys).focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])");
    if (event.key === "Escape" && typing) return typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys || off()) return;
    const act = does[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const way = keys && one(".tick", keys);
  if (way) {
    const box = one("input", way);
    way.hidden = false;
    box.checked = !off();
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    });
  }
  const print = one("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  one(".errors")?.focus();
}
