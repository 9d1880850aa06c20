/* The sliders of a report and the line that answers them. Each counts steps from where its lever stands, so that what
   stands is exact. */
(() => {
  const { min, max, abs, floor, log10, round, ceil } = Math, { $, state, amount, copy, later, money, percent, place, plain,
    quantiles, say, signed, to, NB } = page;
  if (!state || !state.levers) return;
  wom.state = state;
  const { levers, draws } = state, planned = state.kind !== "business", drawn = [];
  let on = true, band, unit, found, asked;
  const moved = () => levers.filter((l) => l.now !== l.value), still = () => !moved().length && on;

  /* Digits that mean something: what is short or whole as it is, all else to a tenth of a step. */
  function written({ key, unit, step }, exact) {
    const x = exact % 1 === 0 || +exact.toPrecision(4) === exact ? exact : to(exact, 10 ** (floor(log10(step)) - 1));
    if (key === "start_month" && state.first_month) {
      const [year, month] = state.first_month.split("-"), all = 12 * year + Number(month) - 1 + x;
      return `${floor(all / 12)}-${all % 12 < 9 ? 0 : ""}${all % 12 + 1}`;
    }
    if (unit === "multiplier") return x === 1 ? "as now" : signed(+(100 * x - 100).toPrecision(9)) + NB + "%";
    return unit.startsWith("currency") ? money(x) : unit.startsWith("share") ? percent(x)
      : plain(x) + (unit === "months" ? NB + unit : "");
  }

  /* A value beyond an end widens the slider. */
  function put(l, x = l.value) {
    const { input, value, step } = l;
    [l.now, l.low, l.high] = [x, min(l.low, x), max(l.high, x)];
    input.min = -ceil((value - l.low) / step - 1e-9);
    input.max = ceil((l.high - value) / step - 1e-9);
    input.value = round((x - value) / step);
    input.previousSibling.style.left = `calc(11px + (100% - 22px) * ${input.min / (input.min - input.max) || 0})`;
  }

  /* A key that the plan changes moves its target, any other is a what-if; the same without the plan beside it,
     whose events happen either way. */
  function course(begin) {
    const changes = {}, revision = { targets: {} };
    for (const { key, way, now, value } of moved()) {
      if (way === "plan") revision[key] = now;
      else if (way === "target") revision.targets[key] = now;
      else changes[key] = way === "multiply" ? { multiply: now / value } : now;
    }
    const none = { horizon_months: revision.horizon_months, plan: false }, active = planned && on;
    const either = state.kind === "plan" ? { events: begin.events } : {};
    const without = (asked) => ({ ...wom.changed(begin, asked, none, state), ...either });
    const one = wom.run(active ? wom.changed(begin, changes, revision, state) : without(changes));
    const two = wom.run(without(active ? changes : {})), line = [0];
    one.earned.forEach((x, t) => line.push(line[t] + x - two.earned[t] - one.spent[t]));
    return { line, earned: wom.sum(one.earned) - wom.sum(two.earned), cost: wom.sum(one.spent) };
  }

  function show() {
    asked = 0;
    for (const l of levers) {
      l.output.value = written(l, l.now);
      l.input.setAttribute("aria-valuetext", l.output.value);
      l.input.disabled = !on && (l.way === "target" || (l.way === "plan" && l.key !== "horizon_months"));
    }
    $("reset").disabled = still();
    try {
      found = course(state);
      $("live").classList.remove("dim");
    } catch (error) {
      later(() => 0);
      $("live").classList.add("dim");
      return say("say", error.message + ".");
    }
    band = still() && state.proposed;
    paint();
    const lines = [];
    let d = 0;
    later(() => {
      if (!draws || still() || (!moved().length && !(planned && on)) || d === draws.count) return follow(lines);
      drawn[d] = drawn[d] || wom.draw(state, d);
      try { lines.push(course(drawn[d]).line); } catch (error) { /* figures of this draw forbid it */ }
      return ++d;
    }, 120);
  }
  const ask = () => { asked = asked || requestAnimationFrame(show); };

  /* The range, once the hand rests, and the link. */
  function follow(lines) {
    if (lines.length > 40) {
      const ends = found.line.map((_, t) => quantiles(lines.map((line) => line[t]))), last = found.line.length - 1;
      band = { low: ends.map((e) => e[0]), high: ends.map((e) => e[2]), count: lines.length,
        loss: lines.filter((line) => line[last] < 0).length / lines.length };
      paint();
    }
    if (state.moved) frameElement.dataset.moved = link();                 /* outlives a notebook's cell that scrolls away */
    else if (location.hash.slice(1) !== link()) location.replace("#" + link());
  }
  const code = () => `wom.explore(case, {${moved().map((l) => `"${l.key}": ${l.now}`).join(", ")}})`;
  const link = () => [...on ? [] : ["plan=off"], ...moved().map((l) => `${encodeURIComponent(l.key)}=${l.now}`)].join("&");
  function read() {
    const given = new URLSearchParams(frameElement?.dataset.moved ?? state.moved ?? location.hash.slice(1));
    on = !planned || given.get("plan") !== "off";
    levers.forEach((l) => put(l, isFinite(given.get(l.key) || NaN) ? +given.get(l.key) : l.value));
    if (planned) $("on").checked = on;
    ask();
  }

  function paint() {
    const { line, earned, cost } = found, months = line.length - 1, active = planned && on, same = !active && !moved().length;
    if (band || !unit) unit = place(band ? (band.high[months] - band.low[months]) / 2 : abs(line[months]) / 2);
    const net = to(line[months], unit), kind = same || !net ? "" : net < 0 ? "worse" : "better";
    let words = `in ${months} months`;
    if (band && band.high[months] > band.low[months]) {
      const cases = band.loss === 1 ? "every case" : !band.loss ? "no case" : band.loss < .01 ? "hardly any case"
        : min(99, round(100 * band.loss)) + " of 100 cases";
      words += `; 90${NB}% range ${amount(to(band.low[months], unit))} to ${amount(to(band.high[months], unit))}, loses in ${cases}`;
    }
    if (active && state.kind === "plan") words += (earned > 0 ? ". It pays up to " + money(to(earned, unit))
      : ". It pays at no price") + (cost ? "; it costs " + money(to(cost, unit)) : "");
    else if (!active) words += " against the business as it is; what the change costs is not in it";
    $("big").className = "big " + kind;
    say("big", same ? "As today: nothing gained, nothing lost" : (kind ? kind === "worse" ? "Loses " : "Gains " : "") + money(abs(net)));
    say("say", same ? "Move a slider: it changes the business from month 0 on." : words + ".");
    say("from", "Source: wom\u2019s monthly model, computed in this page" + (band && band.count ? `; range from ${band.count} draws.` : ".")
      + (still() || state.moved ? "" : " The rest of the page shows the case as proposed."));
    chart($("line"), line, months, net);
    $("line").firstChild.setAttribute("aria-label", $("big").textContent + " " + words);
  }

  function chart(box, line, months, net) {
    const width = max(280, box.clientWidth), phone = width < 520, left = phone ? 0 : 76, right = width - 84;
    const base = innerWidth > 820 ? 306 : 150, H = base + 34, all = band ? line.concat(band.low, band.high) : line;
    const low = min(0, ...all), span = (max(0, ...all) - low) * 1.08 || 1;
    const x = (t) => round(10 * (left + (right - left) * t / months)) / 10;
    const y = (v) => round(10 * (base - 6 - (base - 20) * (v - low) / span)) / 10;
    const text = (x, y, words, kind, anchor = "start") => `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${words}</text>`;
    const rule = (d, colour, more = "") => `<path d="${d}" stroke="var(--${colour})" ${more}/>`;
    const points = (values) => values.map((v, t) => `${x(t)} ${y(v)}`), path = (values) => "M" + points(values).join("L");
    const raw = span / (phone ? 2 : 4), power = 10 ** floor(log10(raw)), tick = power * [1, 2, 5, 10].find((n) => n * power >= raw);
    let s = `<linearGradient id="sign" gradientUnits="userSpaceOnUse" x2="0" y2="${H}">`;       /* what is nought is ink */
    for (const [at, colour] of [[-1.4, "better"], [-1.4, "ink"], [1.4, "ink"], [1.4, "worse"]])
      s += `<stop offset="${(y(0) + at) / H}" stop-color="var(--${colour})"/>`;
    s += "</linearGradient>";
    for (let k = ceil(low / tick); k * tick <= low + span; k++) s += rule(`M0 ${y(k * tick)}H${right}`, k ? "line" : "ink")
      + (phone && k ? "" : text(0, y(k * tick) - 5, k ? signed(k * tick) : 0, k ? "m" : "b"));
    if (band) s += `<path d="${path(band.low)}L${points(band.high).reverse().join("L")}Z" fill="var(--grey)" opacity=".22"/>`;
    const begin = levers.find((l) => l.key === "start_month");
    if (begin && on && begin.now && begin.now < months) s += rule(`M${x(begin.now)} 10V${base}`, "grey", `stroke-dasharray="2 3"`)
      + text(x(begin.now) + 5, 18, "starts", "m");
    s += `<path d="${path(line)}" fill="none" stroke="url(#sign)" stroke-width="2.5" stroke-linejoin="round"/>`
      + text(right + 8, y(line[months]) + 5, signed(net), "b " + (net < 0 ? "worse" : net ? "better" : ""));
    const every = [1, 3, 6, 12, 24, 60, 120, 240].find((n) => months / n <= (phone ? 4 : 7));
    const named = x(every) - left > 80 ? every : 0, last = months - months % every;            /* what is counted is said once */
    for (let t = 0; t <= months; t += every) s += rule(`M${x(t)} ${base}v5`, "grey") + text(x(t), base + 21,
      t ? (t === named ? "month " : "") + t + (t === last && !named ? " months" : "") : "today", "m", t ? "middle" : "start");
    box.innerHTML = `<svg role="img" width="${width}" height="${H}" viewBox="0 0 ${width} ${H}">${s}</svg>`;
  }

  levers.forEach((l, i) => {
    [l.input, l.output] = [$("lever" + i), $("value" + i)];
    if ($("today" + i)) say("today" + i, "today " + written(l, l.today));
    l.input.addEventListener("input", () => {
      const n = +l.input.value;
      l.now = n ? min(max(+(l.value + n * l.step).toPrecision(12), l.low), l.high) : l.value;
      ask();
    });
  });
  if (planned) $("on").addEventListener("change", () => { on = $("on").checked; ask(); });
  $("reset").addEventListener("click", () => {
    on = true;
    if (planned) $("on").checked = true;
    levers.forEach((l) => put(l));
    ask();
  });
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== link()) read(); });
  addEventListener("resize", ask);
  $("link").addEventListener("click", () => { follow([]); copy($("link"), state.moved ? code() : location.href); });
  read();
  $("try").hidden = false;
  show();
  page.tools($("line").parentNode, () => "month,so_far,low,high\r\n" + found.line.map((x, t) =>
    [t, x, ...band ? [band.low[t], band.high[t]] : ["", ""]].join(",")).join("\r\n"));
})();
