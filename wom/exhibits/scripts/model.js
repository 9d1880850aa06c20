"use strict";
/* The monthly model for any number of segments, from an anchored state: the numbers of Python's wom.simulate.
   A value of a segment is v.section.name; moods and impressions are lists of three (0, good, bad). */
var wom = (() => {
  const { exp, log, log1p, expm1, min, max } = Math;
  const probability = (hazard) => -expm1(-hazard), logit = (p) => log(p) - log1p(-p);
  const sum = (list) => list.reduce((a, b) => a + b, 0), add3 = (s) => s[0] + s[1] + s[2];
  const mapped = (parts, make) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, make(part)]));
  const calm = { good: 0, bad: 0, recovered: 0, reach: 1, kept: 1 };

  /* --- one month of one segment --- */

  /* Events at these rates set a state, whatever it was. */
  function kernel(state, rates) {
    const theta = add3(rates), changed = probability(theta), all = add3(state), weight = theta > 0 ? changed / theta : 0;
    return state.map((old, k) => (1 - changed) * old + rates[k] * weight * all);
  }

  /* What the values of a month come to: section 4 of the model. `own` holds what anchoring found. */
  function rules(v, own, shock) {
    const x = v.experience, w = v.word_of_mouth, r = v.reviews, m = v.market, e = v.economics;
    const contacts = x.contacts_per_month < 1e-6 ? 0 : x.contacts_per_month, wrong = contacts * x.bad_share;
    const left = wrong * (1 - x.recovered_share), mended = wrong * x.recovered_share;
    const good = contacts * x.good_share + shock.good, bad = left + shock.bad, recovered = mended + shock.recovered;
    const stories = (rate) => -w.stories_per_month * expm1(-rate / w.stories_per_month);
    const shift = (points) => w.causal_share * (logit(.4 + points) - logit(.4));
    const odds = own.log_odds + log(m.demand_odds_multiplier);
    const posts = [good * r.posting_good, (contacts - contacts * x.good_share - left + shock.recovered) * r.posting_neutral,
      bad * r.posting_bad];
    return {
      v, moods: [1 / x.memory_months, good, wrong * (1 - x.recovered_share * x.recovery_offset) + shock.bad
        + shock.recovered * (1 - x.recovery_offset)],
      spend: [1, 1 + x.causal_share * v.spending.uplift_share * v.spending.uplift_size,
        1 - x.causal_share * v.spending.disappointed_cut]
        .map((factor) => own.base_spend * v.spending.spend_multiplier * shock.kept * factor),
      told: [stories(good) * w.reach_good + stories(recovered) * w.reach_recovered,
        stories(bad) * w.reach_bad * shock.reach],
      reviews: add3(posts), stars: posts[0] * r.stars_good + posts[1] * r.stars_neutral + posts[2] * r.stars_bad,
      beta: log1p(r.effect_per_star / r.reader_share),
      against: [0, shift(w.shift_good), shift(-w.shift_bad)].map((more) => exp(-(odds + more))),
      hazard: [1, v.retention.delighted_hazard_ratio ** x.causal_share,
        v.retention.disappointed_hazard_ratio ** x.causal_share]
        .map((ratio) => own.base_hazard * v.retention.churn_hazard_multiplier * ratio),
      loyalty: w.causal_share * log(w.loyalty_hazard_ratio), churn: w.causal_share * log(w.churn_hazard_ratio),
      service: (contacts + shock.good + shock.bad + shock.recovered) * e.cost_per_contact
        + (wrong + shock.bad + shock.recovered) * e.cost_per_bad_contact + recovered * e.cost_per_recovery,
    };
  }

  /* What everybody hears and reads in a month. `guest`: customers of the first segment served in their own way. */
  function surroundings(s, rule, hidden, season, guest) {
    const told = [0, 1].map((tone) => rule.map((r, i) => add3(s.people[i].customers) * r.told[tone]
      + (guest && i === 0 ? add3(guest.people.customers) * guest.rule.told[tone] : 0)));
    const posted = (name) => sum(rule.map((r, i) => add3(s.people[i].customers) * r[name]))
      + (guest ? add3(guest.people.customers) * guest.rule[name] : 0);
    const size = rule.map((r) => r.v.market.size), stay = exp(-1 / rule[0].v.reviews.memory_months);
    const reviews = s.reviews * stay + posted("reviews"), reviewStars = s.reviewStars * stay + posted("stars");
    const stars = reviews > 0 ? reviewStars / reviews : hidden.stars;
    return rule.map((r, i) => {
      const heard = told.map((people) => {
        const here = hidden.audience_share * people[i] / size[i], h = r.v.market.homophily;
        return size.length < 2 ? here : h * here + (1 - h) * hidden.audience_share * sum(people) / sum(size);
      });
      const readers = r.v.reviews.reader_share, rise = hidden.stars === null || stars === null ? 0 : r.beta * (stars - hidden.stars);
      return {
        told: [told[0][i], told[1][i]], heard, reviews, reviewStars, stars, spending: season[0],
        chance: r.against.map((odds) => probability(r.v.market.category_purchase_rate * season[1]
          * (readers / (1 + odds * exp(-rise)) + (1 - readers) / (1 + odds)))),
      };
    });
  }

  /* People of a segment through one month in given surroundings; linear in the people. */
  function move(people, r, around) {
    const n = add3(people.customers), e = r.v.economics, t = r.v.retention, [good, bad] = around.heard;
    const customers = kernel(people.customers, r.moods);
    const revenue = add3(customers.map((c, k) => c * r.spend[k])) * around.spending;
    const prospects = kernel(people.prospects, [1 / r.v.word_of_mouth.memory_months, good, bad]);
    const came = prospects.map((p, k) => p * around.chance[k]), fresh = add3(came);
    const incremental = came[1] - prospects[1] * around.chance[0];
    const talk = exp(min(r.churn * bad + r.loyalty * good, 700));
    const lost = customers.map((c, k) => c * probability(r.hazard[k] * talk)), left = add3(lost);
    const avoid = t.avoid_share * lost[2];
    const back = (1 - t.still_avoiding_after_24_months ** (1 / 24)) * people.avoiders;
    const after = customers.map((c, k) => c - lost[k]), pool = prospects.map((p, k) => p - came[k]);
    after[0] += fresh;
    pool[0] += left - avoid + back;
    return [{ customers: after, prospects: pool, avoiders: people.avoiders - back + avoid }, {
      revenue, contribution: e.margin_share * revenue - e.acquisition_cost * (fresh - incremental)
        - e.reward_per_recommendation * came[1] - r.service * n,
      customers: n, content: people.customers[0], delighted: people.customers[1], disappointed: people.customers[2],
      prospects: add3(people.prospects), favourable: people.prospects[1], wary: people.prospects[2],
      avoiders: people.avoiders, new_customers: fresh, recommended_customers: came[1],
      incremental_customers: incremental, deterred_customers: prospects[2] * around.chance[0] - came[2],
      lost_customers: left, people_told_good: around.told[0], people_told_bad: around.told[1],
    }];
  }

  /* --- what changes when --- */

  /* A dotted key as its section, its name, and the segment that it changes (-1: all). */
  function parse(state, key) {
    const parts = key.split("."), own = parts[0] === "segments", plain = parts.slice(-2).join(".");
    const segment = own ? state.segments.indexOf(parts.slice(1, -2).join(".")) : -1;
    if (!state.limits[plain] || (own && (segment < 0 || plain === "reviews.memory_months")))
      throw Error(`${key} cannot be changed in this page`);
    return { section: parts[parts.length - 2], name: parts[parts.length - 1], segment, plain };
  }

  function change(state, values, changes, progress) {
    for (const key in changes) {
      const { section, name, segment } = parse(state, key), [way, amount] = changes[key];
      values.forEach((v, i) => {
        const before = v[section][name];
        if (segment < 0 || segment === i) v[section][name] = before
          + progress * (way === "to" ? amount - before : way === "add" ? amount : before * (amount - 1));
      });
    }
  }

  /* The values of a month by segment, within their limits; a draw is held at a limit, all else is refused. */
  function valuesAt(state, month) {
    const values = state.segments.map((_, i) =>
      mapped(state.today, (section) => mapped(section, (all) => all[min(i, all.length - 1)])));
    const keys = Object.keys(state.what_if).concat(...state.plan.map((phase) => Object.keys(phase.changes)));
    change(state, values, state.what_if, 1);
    for (const p of state.plan) {
      const running = month >= p.start && (p.end === null || month <= p.end);
      if (running) change(state, values, p.changes, min(1, (month - p.start + 1) / p.ramp));
    }
    for (const key of keys) {
      const { section, name, plain } = parse(state, key), [least, most, above, below, words] = state.limits[plain];
      const low = least === null ? -Infinity : least, high = most === null ? Infinity : most, held = state.drawn;
      for (const v of values) {
        const x = v[section][name], under = above ? x <= low : !held && x < low, over = below ? x >= high : !held && x > high;
        if (under || over || !isFinite(x)) throw Error(`${words} would be ${+x.toPrecision(6)} in month ${month}; it must be `
          + (under ? `more than ${least}` : `less than ${most}`));
        v[section][name] = min(max(x, low), high);
      }
    }
    for (const { experience: x } of values) if (x.good_share + x.bad_share > 1 + (state.drawn ? 0 : 1e-9)) {
      if (!state.drawn) throw Error(`Good and bad contacts would be ${
        +(100 * (x.good_share + x.bad_share)).toPrecision(4)} of 100 together in month ${month}`);
      x.good_share = 1 - x.bad_share;
    }
    return values;
  }

  /* --- the months of a state --- */

  /* Of `guest`: the values of one person more, who is a content customer at first and no neutral prospect. */
  function run(state, guest, extra) {
    const { hidden, season, horizon } = state, one = state.start.people.length;
    let s = state.start, rule, values, person, npv = 0;
    const monthly = {}, earned = [], spent = [], turns = new Set([0]);
    for (const p of state.plan) {
      for (let t = 0; t < p.ramp; t++) turns.add(p.start + t);
      if (p.end !== null) turns.add(p.end + 1);
    }
    for (let t = 0; t < horizon; t++) {
      const event = t === 0 && extra ? extra : state.events[t];
      if (turns.has(t)) values = valuesAt(state, t);
      if (turns.has(t) || event || state.events[t - 1] || t === 1)
        rule = values.map((v, i) => rules(v, hidden.own[i], event ? { ...calm, ...event } : calm));
      if (guest) person = { people: person ? person.people : { customers: [1, 0, 0], prospects: [0, 0, 0], avoiders: 0 },
        rule: rules({ ...values[0], experience: { ...values[0].experience, ...guest } }, hidden.own[0], calm) };
      if (guest && t === 0) s = { ...s, people: s.people.map((p, i) =>
        i ? p : { ...p, prospects: [p.prospects[0] - 1, p.prospects[1], p.prospects[2]] }) };
      const around = surroundings(s, rule, hidden, [season.spending[(season.first + t) % 12],
        season.arrivals[(season.first + t) % 12]], person);
      const moved = s.people.map((p, i) => move(p, rule[i], around[i]));
      if (person) {
        const [people, flows] = move(person.people, person.rule, around[0]);
        person.people = people;
        moved.push([people, flows]);
      }
      let cost = 0;
      for (const p of state.plan) {
        if (t === p.start) cost += p.once;
        if (t >= p.start && (p.end === null || t <= p.end)) cost += p.per_month;
      }
      earned.push(sum(moved.map(([, flows], i) =>
        flows.contribution * (1 + rule[i % one].v.economics.discount_rate) ** (-t / 12))));
      spent.push(cost ? cost * (1 + state.discount) ** (-t / 12) : 0);
      npv += earned[t] - spent[t];
      for (const name in moved[0][1]) (monthly[name] = monthly[name] || []).push(sum(moved.map(([, f]) => f[name])));
      monthly.contribution[t] -= cost;
      (monthly.stars = monthly.stars || []).push(around[0].stars);
      (monthly.plan_cost = monthly.plan_cost || []).push(cost);
      s = { people: moved.slice(0, one).map(([people]) => people), reviews: around[0].reviews,
        reviewStars: around[0].reviewStars };
    }
    return { npv, revenue: sum(monthly.revenue), monthly, earned, spent };
  }

  return { state: null, run, rules, kernel, probability, logit, sum, add3, calm, mapped };
})();
