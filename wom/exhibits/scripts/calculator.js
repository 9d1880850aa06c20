/* The calculator for a workshop: nine numbers, anchored here, and what they say of one bad contact. */
(() => {
  const { $, state, amount, copy, later, money, percent, place, plain, quantiles, say, signed, to, NB } = page;
  const { max, min, floor, ceil, log10 } = Math;
  if (!state || state.kind !== "workshop") return;
  const { numbers, draws, multiple } = state, now = {}, YEAR = "retention.retention_rate", mean = (x) => +x.toPrecision(2);
  const share = (key) => key === YEAR || key.endsWith("_share");
  const shown = (key, x) => +(key === YEAR ? 100 * x ** 12 : share(key) ? 100 * x : x).toPrecision(4);
  const meant = (key, x) => key === YEAR ? (x / 100) ** (1 / 12) : share(key) ? x / 100 : x;
  /* A number as anybody types it: blanks and apostrophes part thousands, the last of two marks is the decimal one. What
     could be either, as 1.200, is read as this page writes it or is no number. */
  function entered(text) {
    const t = text.replace(/[\s'\u2019]/g, ""), marks = t.replace(/\d/g, ""), [a, b] = t.split(marks[0]);
    if (!/^[\d.,]*\d$/.test(t)) return NaN;
    if (!marks) return +t;
    if (marks.length === 1 && (b.length !== 3 || a === "0" || a.length > 3)) return +(a + "." + b);
    if (/^\d{1,3}(([.,])\d{3})(\2\d{3})*$/.test(t)) return marks.length > 1 || marks === state.format[0] ? +t.replace(/[.,]/g, "") : NaN;
    const whole = /^\d{1,3}(?:,\d{3})+\.\d+$/.test(t) ? "," : /^\d{1,3}(?:\.\d{3})+,\d+$/.test(t) ? "." : "";
    return whole ? +t.replaceAll(whole, "").replace(",", ".") : NaN;
  }
  let found, rows;

  /* The figures of the room with all others, in the middle or as a draw has them. */
  function values(d) {
    const v = structuredClone(state.values);
    const own = { ...now, "market.size": multiple * now["market.customers"] }, contacts = own["experience.contacts_per_month"];
    const put = (key, x) => { const [section, name] = key.split("."); v[section][name] = x; };
    v.experience.memory_months = state.memory;
    if (d >= 0) for (const key in draws.others) put(key, draws.others[key][d]);
    v.experience.memory_months *= max(1, min(1.5 / contacts, 24) / state.memory);
    for (const key in own) {
      const x = own[key], ends = [1 - state.width, 1 + state.width].map((way) => share(key) ? x * way / (1 - x + x * way) : x * way);
      put(key, d >= 0 && draws.own[key] ? wom.quantile([ends[0], x, ends[1]], 0, share(key) ? 1 : Infinity, draws.own[key][d]) : x);
    }
    if (v.experience.good_share + v.experience.bad_share > 1 + 1e-9) throw Error("Good and bad contacts add up to more than 100 of 100.");
    return v;
  }
  const begin = (d) => wom.anchor(values(d), state.most_reach, state);

  function go() {
    const wrong = numbers.find(([key]) => !(now[key] > 0 && (!share(key) || now[key] < 1)));
    later(() => 0);
    rows = [];
    try {
      if (wrong) throw Error(wrong[1] + (isNaN(now[wrong[0]]) ? `: a number, such as 1200 or ${plain(1.5)}.` : share(wrong[0]) ? ": between 0 and 100." : ": more than 0."));
      const start = begin();
      found = { ...wom.worth(start), plans: wom.gains(start), start };
    } catch (error) {
      $("out").classList.add("dim");
      return say("err", error.message);
    }
    $("out").classList.remove("dim");
    say("err", "");
    paint();
    let d = 0;
    later(() => {
      if (d === draws.count) return paint();
      try {
        const start = begin(d), { npv } = wom.run(start);
        rows.push({ ...wom.worth(start, ["bad"], npv), plans: wom.gains(start, npv) });
      } catch (error) { /* figures that this draw forbids */ }
      return ++d;
    }, 150);
  }

  const range = (of) => rows.length > 40 ? quantiles(rows.map(of)) : null;
  /* A bar from nought to a value, and over it the range; `top` is the end of the scale. */
  function bar(box, x, ends, top) {
    const [fill, line] = box.children, part = (y) => max(0, min(100, 100 * y / top)) + "%";
    fill.style.width = part(x);
    line.hidden = !ends;
    if (ends) [line.style.left, line.style.right] = [part(ends[0]), part(top - ends[2])];
  }

  function paint() {
    const bad = -found.bad, ends = range((row) => -row.bad), unit = place((ends ? ends[2] - ends[0] : bad) / 2);
    const x = found.start.values.experience, need = found.good > 0 ? bad / found.good : 0;
    const given = x.good_share / (x.bad_share * (1 - x.recovered_share)), n = max(1, ceil(max(need, given)));
    say("cost", money(to(bad, unit)));
    say("mini", $("cost").textContent);
    say("costs", (ends ? `90${NB}% range ${amount(to(ends[0], unit))} to ${amount(to(ends[2], unit))}. ` : "")
      + `Lost margin over ${state.horizon} months: that customer\u2019s, and that of those who hear of it.`);
    bar($("costbar"), bad, ends, 1.05 * (ends ? max(ends[2], bad) : 1.8 * bad));
    say("t1", `It takes ${plain(mean(need))} good contacts to make up for a bad one. You give${NB}${plain(mean(given))}.`);
    say("p1", need > 1.02 * given ? "So your bad contacts outweigh the good ones." : given > 1.02 * need
      ? "So your good contacts outweigh the bad ones, for now." : "So your good contacts just make up for the bad ones.");
    for (const [id, count] of [["needed", need], ["given", given]]) {
      $(id).replaceChildren(...Array.from({ length: ceil(min(count, 20) - 1e-9) }, (_, i) => {
        const dot = document.createElement("i");
        dot.append(document.createElement("b"));
        dot.firstChild.style.width = 100 * min(1, count - i) + "%";
        return dot;
      }));
    }
    const well = found.well, part = bad / well;
    say("t2", `A customer always served well is worth ${money(mean(well))}. One bad contact costs ${percent(mean(part))} of that.`);
    $("slices").style.setProperty("--slice", 100 * min(1, max(part, .012)) + "%");
    say("gone", amount(to(bad, unit)) + " gone");
    say("left", amount(mean(well) - to(bad, unit)) + " left");
    const plans = found.plans.map((plan, i) => ({ ...plan, ends: range((row) => row.plans[i].net) })).sort((a, b) => b.net - a.net);
    const top = 1.02 * max(...plans.map((plan) => plan.ends ? plan.ends[2] : 2 * plan.net));
    let months = 0;
    for (let t = 0; t < state.horizon; t++) months += (1 + found.start.discount) ** (-t / 12);
    say("t3", `${plans[0].name}: worth up to ${money(mean(plans[0].net / months))} a month`);
    [...$("plans").children].forEach((box, i) => {
      box.hidden = !plans[i];
      if (!plans[i]) return;
      box.children[0].textContent = plans[i].name;
      box.children[1].textContent = signed(mean(plans[i].net));
      bar(box.children[2], plans[i].net, plans[i].ends, top);
    });
    const names = { memory_months: "months that talk is remembered", reach_good: "people told of a good contact" };
    say("note", found.start.gave.map(([name, before, after]) => `To hold all nine numbers, ${names[name]}: ${plain(mean(after))} instead of ${
      plain(mean(before))}, our usual assumption.`).join(" "));
  }

  /* The next round value up or down, in steps below a tenth of the value, or of what it lacks to 100: none is jumped over. */
  function next(key, x, way) {
    const low = !share(key) || x <= 50, step = 10 ** floor(log10((low ? x : 100 - x) / 10) + (low === way < 0 ? -1e-9 : 1e-9));
    return +(step * (way > 0 ? floor(x / step + 1e-9) + 1 : ceil(x / step - 1e-9) - 1)).toPrecision(12);
  }

  numbers.forEach(([key], i) => {
    const input = $("n" + i), given = new URLSearchParams(location.hash.slice(1)).get(key);
    const first = isFinite(given || NaN) ? +given : key.split(".").reduce((part, name) => part[name], state.values);
    const show = () => { input.value = plain(shown(key, now[key])); };
    now[key] = first;
    show();
    input.addEventListener("input", () => {
      now[key] = meant(key, entered(input.value));
      go();
    });
    input.addEventListener("change", () => { if (now[key] >= 0) show(); });
    for (const [button, way] of [[input.previousElementSibling, -1], [input.nextElementSibling, 1]])
      button.addEventListener("click", () => {
        const x = shown(key, now[key]);
        now[key] = x > 0 && !(share(key) && x >= 100) ? meant(key, next(key, x, way)) : first;
        show();
        go();
      });
  });
  $("link").addEventListener("click", () => {
    location.replace("#" + numbers.map(([key]) => `${key}=${now[key]}`).join("&"));
    copy($("link"), location.href);
  });
  $("print").addEventListener("click", () => print());
  $("try").hidden = false;
  go();
})();
