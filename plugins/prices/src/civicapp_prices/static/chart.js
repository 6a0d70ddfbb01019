// Adds reading the chart point by point. uPlot is fetched only when somebody asks for that; the
// numbers are those of the table in the page.
"use strict";
{
  const place = document.getElementById("chart");
  const still = place?.querySelector(".plot");
  const rows = [...document.querySelectorAll("#numbers tbody tr")].reverse();
  const seconds = (date) => Date.parse(date.length === 7 ? `${date}-01` : date) / 1000;
  const points = rows.map((row) => {
    const [day, price] = row.cells;
    return {
      x: seconds(day.firstElementChild.dateTime),
      y: Number(price.firstElementChild.value),
      gap: "gap" in row.dataset,
      said: `${day.textContent}: ${price.textContent}`,
    };
  });

  const load = (tag, values) =>
    new Promise((done, failed) => {
      const element = Object.assign(document.createElement(tag), values);
      element.addEventListener("load", done);
      element.addEventListener("error", failed);
      document.head.append(element);
    });

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const show = (button) => {
    const box = document.createElement("div");
    const said = document.createElement("p");
    const hint = document.createElement("p");
    box.className = "uplot-place";
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${place.dataset.label}. ${place.dataset.hint}`);
    said.className = "said-point";
    said.setAttribute("role", "status");
    hint.className = "muted";
    hint.textContent = place.dataset.hint;
    button.replaceWith(said, box, hint);
    still.hidden = true;

    let at = points.length - 1;
    // Where the drawn line breaks a point without a value stands between, so that this one does too.
    const [x, y, of] = [[], [], []];
    points.forEach((point, n) => {
      if (point.gap && n) {
        x.push((point.x + points[n - 1].x) / 2);
        y.push(null);
        of.push(n);
      }
      x.push(point.x);
      y.push(point.y);
      of.push(n);
    });
    const say = () => {
      said.textContent = points[at].said;
    };
    const height = () => (window.innerWidth < 600 ? 240 : 300);
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "14px system-ui" };
    const days = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" });
    const amounts = new Intl.NumberFormat(document.documentElement.lang);
    const plot = new uPlot(
      {
        width: place.clientWidth,
        height: height(),
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), "UTC"),
        legend: { show: false },
        cursor: { drag: { x: true, y: false } },
        scales: { x: { dir: document.dir === "rtl" ? -1 : 1 } },
        series: [
          {},
          { stroke: colour("--action"), width: 2, spanGaps: false, points: { size: 5 } },
        ],
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((t) => days.format(t * 1000)) },
          { ...axis, size: 76, values: (_, ticks) => ticks.map((t) => amounts.format(t)) },
        ],
        hooks: {
          setCursor: [
            ({ cursor }) => {
              if (cursor.idx !== null && cursor.idx !== undefined) {
                at = of[cursor.idx];
                say();
              }
            },
          ],
        },
      },
      [x, y],
      box,
    );
    const move = (to) => {
      at = Math.max(0, Math.min(points.length - 1, to));
      plot.setCursor({ left: plot.valToPos(points[at].x, "x"), top: plot.valToPos(points[at].y, "y") });
      say();
    };
    const keys = {
      ArrowLeft: () => at - 1,
      ArrowRight: () => at + 1,
      Home: () => 0,
      End: () => points.length - 1,
    };
    box.addEventListener("keydown", (event) => {
      const key = keys[event.key];
      if (!key) return;
      event.preventDefault();
      const turned = document.dir === "rtl" && event.key.startsWith("Arrow");
      move(turned ? 2 * at - key() : key());
    });
    window.addEventListener("resize", () => plot.setSize({ width: place.clientWidth, height: height() }));
    say();
    box.focus();
  };

  if (still && points.length > 1) {
    const button = document.createElement("button");
    button.className = "button plain";
    button.textContent = place.dataset.label;
    button.addEventListener("click", async () => {
      button.setAttribute("aria-busy", "true");
      try {
        await Promise.all([
          load("link", { rel: "stylesheet", href: place.dataset.style }),
          load("script", { src: place.dataset.script }),
        ]);
        show(button);
      } catch {
        button.remove(); // the drawn chart and the table stay
      }
    });
    place.append(button);
  }
}
