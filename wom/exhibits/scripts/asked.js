/* The same business asked about: changed from month 0 on, with another plan, in one of its draws. */
(() => {
  const { run, sum, mapped } = wom, { min, abs } = Math;

  /* A number as Python takes one, or the middle of a range. */
  function figure(given) {
    const x = given && typeof given === "object" && "central" in given ? given.central : given;
    if (!Number.isFinite(x) || (x && !(abs(x) >= 1e-12 && abs(x) <= 1e15))) throw Error(`${x} is no figure of a business`);
    return x;
  }
  const month = (text) => 12 * text.split("-")[0] + Number(text.split("-")[1]);

  /* Another plan for the same business, as Scenario.revise; shares of a total are those of the `central` plan. */
  function revise(state, asked, central) {
    const { targets = {}, once, per_month, horizon_months } = asked;
    const begin = asked.start_month, start_month = typeof begin === "string" && state.first_month
      ? month(begin) - month(state.first_month) : begin;
    const plan = state.plan.map((phase) => ({ ...phase, changes: { ...phase.changes } }));
    if (!plan.length && [once, per_month, start_month].concat(Object.values(targets)).some((x) => x != null))
      throw Error("There is no plan to revise");
    for (const key in targets) {
      const holders = plan.filter((phase) => key in phase.changes);
      if (holders.length !== 1) throw Error(`${key} is changed by ${holders.length || "no"} initiatives, not by one`);
      holders[0].changes[key] = ["to", figure(targets[key])];
    }
    for (const [name, given] of [["once", once], ["per_month", per_month]]) if (given != null) {
      const total = figure(given), before = sum(central.plan.map((phase) => phase[name]));
      if (!(total >= 0)) throw Error(`A cost is 0 or more, not ${total}`);
      if (plan.length > 1 && !before && total) throw Error("Nothing says how the initiatives share this cost");
      for (const phase of plan) phase[name] = plan.length < 2 ? total : before ? phase[name] * total / before : 0;
    }
    if (start_month != null) {
      if (!(start_month >= 0 && start_month % 1 === 0)) throw Error("A start is a month from 0 on");
      const shift = start_month - min(...plan.map((phase) => phase.start));
      for (const phase of plan) {
        phase.start += shift;
        if (phase.end !== null) phase.end += shift;
      }
    }
    const horizon = horizon_months == null ? state.horizon : horizon_months;
    if (!(horizon >= 1 && horizon <= 1200 && horizon % 1 === 0)) throw Error("Months to look ahead are 1 to 1200");
    return { ...state, plan, horizon };
  }

  /* A state with changes of the business from month 0 on and with another plan. Changes: {key: value to reach, or
     {to:}, {add:}, {multiply:}}; revision: {targets, once, per_month, start_month, horizon_months}; plan false: none, and where
     there is none no events, which happen either way. */
  function changed(state, changes = {}, revision = {}, central = state) {
    const what_if = { ...state.what_if };
    for (const key in changes) {
      const given = changes[key], way = given && ["to", "add", "multiply"].find((name) => name in Object(given));
      if (way && Object.keys(given).length > 1) throw Error("A change is one of to, add, multiply");
      what_if[key.replace("today.", "")] = [way || "to", figure(way ? given[way] : given)];
    }
    const revised = revise({ ...state, what_if }, revision, central);
    if (revision.plan !== false) return revised;
    return { ...revised, plan: [], events: state.plan.length ? revised.events : {} };
  }

  /* One of the draws: the tree of a state with rows in place of what varies; a row is low and step of 16-bit numbers. */
  function draw(state, d) {
    const { tree, rows, count, data } = state.draws;
    const numbers = state.draws.numbers = state.draws.numbers
      || new Uint16Array(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer);
    const fill = (part) => !part || typeof part !== "object" ? part : Array.isArray(part) ? part.map(fill)
      : part.row >= 0 ? rows[part.row][0] + rows[part.row][1] * numbers[part.row * count + d] : mapped(part, fill);
    return { ...state, ...fill(tree), drawn: true };
  }

  const simulate = (changes, revision) => run(changed(wom.state, changes, revision));
  Object.assign(wom, { simulate, changed, draw });
})();
