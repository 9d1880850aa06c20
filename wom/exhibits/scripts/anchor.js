/* Anchoring of a business of one segment, section 6 of the model, and what the calculator asks of it. */
(() => {
  const { exp, log, log1p, expm1, min, max, abs } = Math, { probability, logit, add3, kernel, rules, calm, run, mapped } = wom;
  const none = { base_hazard: 1, base_spend: 1, log_odds: 0 };
  const LONGEST_MEMORY = 24;

  /* Where a function crosses nought between a and b: secants, halving every third step. */
  function root(f, a, b) {
    let fa = f(a), fb = f(b);
    for (let i = 0; i < 200 && abs(b - a) > 1e-16 * (abs(a) + abs(b)); i++) {
      let c = b - fb * (b - a) / (fb - fa);
      if (i % 3 === 2 || !(c > min(a, b) && c < max(a, b))) c = (a + b) / 2;
      const fc = f(c);
      if (fc === 0 || c === a || c === b) return c;
      if (fc < 0 === fa < 0) [a, fa] = [c, fc]; else [b, fb] = [c, fc];
    }
    return abs(fa) < abs(fb) ? a : b;
  }

  /* Mood shares and hazard that give the observed retention and that a month leaves as they are. */
  function moods(v, rule) {
    const stay = v.retention.retention_rate, fresh = v.market.new_customers_per_month / v.market.customers;
    const E = exp(-add3(rule.moods)), carried = E / (stay + fresh);
    const inflow = rule.moods.map((rate) => rate * probability(add3(rule.moods)) / add3(rule.moods));
    inflow[0] += carried * fresh;
    const parts = (h) => rule.hazard.map((ratio, k) => inflow[k] ? inflow[k] / (1 - carried * exp(-h * ratio)) : 0);
    const leaving = -log(stay), present = rule.hazard.filter((_, k) => inflow[k] > 0);
    const alone = max(...rule.hazard.map((ratio, k) => inflow[k] ? log(carried + inflow[k] / stay) / ratio : -Infinity));
    const level = stay < 1 ? root((h) => -log(add3(parts(h).map((q, k) => q * exp(-h * rule.hazard[k])))) - leaving,
      max(leaving / max(...present), alone) * (1 - 1e-9), leaving / min(...present) * (1 + 1e-9)) : 0;
    const after = parts(level), start = after.map((q, k) => q * exp(-level * rule.hazard[k]));
    start[0] += fresh;
    return { level, after, start: start.map((q) => q / add3(start)) };
  }

  /* An anchored state; `values` by section and name. Memory of talk, then people told well, give way to the observed
     recommendations as little as needed; `most` is the end of the published range of people told. */
  function anchor(values, most, frame) {
    const v = structuredClone(values);
    const m = v.market, w = v.word_of_mouth, n = m.customers, fresh = m.new_customers_per_month, came = [];
    const first = rules(v, none, calm), mood = moods(v, first);
    const back = 1 - v.retention.still_avoiding_after_24_months ** (1 / 24);
    const avoiders = v.retention.avoid_share * n * mood.after[2] * probability(mood.level * first.hazard[2]) / back;
    const pool = m.size - n - avoiders, rate = m.category_purchase_rate;
    if (!(pool > 0)) throw Error("Customers and those who avoid you fill the market: it must be larger.");
    if (fresh >= pool * probability(rate)) throw Error("More new customers a month than people who choose in a month.");
    const shifts = first.against.map((odds) => -log(odds));
    function talk(a) {
      const told = rules(v, none, calm).told.map((people) => a * people * n / m.size);
      const reset = 1 / w.memory_months, shares = [reset, ...told].map((r) => r / (reset + told[0] + told[1]));
      const chance = (L) => shifts.map((shift) => probability(rate / (1 + exp(-(L + shift)))));
      const level = logit(-log1p(-fresh / pool) / rate);
      const L = root((x) => add3(chance(x).map((p, k) => p * shares[k])) - fresh / pool,
        level - max(...shifts) - 1e-6, level - min(...shifts) + 1e-6);
      return { told, shares, L, referred: pool * shares[1] * chance(L)[1] / fresh };
    }
    const gave = [];
    for (const [name, longest] of [["memory_months", LONGEST_MEMORY], ["reach_good", most]]) {
      const now = w[name];
      let low = now, high = max(now, longest);
      if (talk(1).referred >= m.referral_share) break;
      for (let i = 0; i < 60; i++) {
        w[name] = Math.sqrt(low * high);
        if (talk(1).referred >= m.referral_share * (1 + 1e-12)) high = w[name]; else low = w[name];
      }
      w[name] = high;
      gave.push([name, now, high]);
    }
    if (talk(1).referred < m.referral_share)
      throw Error("So few good contacts cannot bring so many recommended customers.");
    const audience = exp(root((u) => talk(exp(u)).referred - m.referral_share, -30, 0)), heard = talk(audience);
    const base = mood.level / exp(first.churn * heard.told[1] + first.loyalty * heard.told[0]);
    const spend = v.economics.spend_per_customer / add3(mood.after.map((q, k) => q * first.spend[k]));
    const kept = -expm1(-1 / v.reviews.memory_months), posts = n * first.reviews, stars = n * first.stars;
    return {
      ...frame, gave, values: v, segments: [""], what_if: {}, plan: [], events: {},
      discount: v.economics.discount_rate,
      today: mapped(v, (part) => mapped(part, (x) => [x])),
      hidden: { own: [{ base_hazard: base, base_spend: spend, log_odds: heard.L }], audience_share: audience,
        stars: posts > 0 ? stars / posts : null },
      start: { people: [{ customers: mood.start.map((q) => q * n), prospects: heard.shares.map((q) => q * pool), avoiders }],
        reviews: posts / kept, reviewStars: stars / kept },
    };
  }

  /* What one experience more in month 0 is worth, what a customer always served in one way is, what plans bring. */
  const SERVED = { as_now: [], well: [1, 0, 0], put_right: [0, 1, 1], badly: [0, 1, 0] };
  function worth(state, kinds = ["good", "bad", "recovered", ...Object.keys(SERVED)], plain = run(state).npv) {
    const one = 1 / add3(state.start.people[0].customers);
    return Object.fromEntries(kinds.map((kind) => {
      const [good_share, bad_share, recovered_share] = SERVED[kind] || [];
      const guest = SERVED[kind] && (kind === "as_now" ? {} : { good_share, bad_share, recovered_share });
      return [kind, run(state, guest, guest ? null : { [kind]: one }).npv - plain];
    }));
  }

  function gains(state, plain = run(state).npv) {
    const { good_share, bad_share, recovered_share } = state.values.experience;
    const plans = [["Prevent one bad contact in three", "bad_share", "multiply", 2 / 3],
      [recovered_share <= .5 ? "Put right twice as many bad contacts" : "Put right all bad contacts", "recovered_share",
        "to", min(2 * recovered_share, 1)],
      ["Turn one ordinary contact in ten good", "good_share", "add", .1 * (1 - good_share - bad_share)]];
    return plans.slice(bad_share > 0 ? 0 : 2).map(([name, key, way, amount]) => ({ name, net: run({ ...state, plan: [
      { start: 1, ramp: 3, end: null, once: 0, per_month: 0, changes: { [`experience.${key}`]: [way, amount] } }] }).npv
      - plain }));
  }

  /* A draw of a figure, as wom.draws.quantile: two halves of a normal on logarithm or log-odds. */
  function quantile([low, middle, high], least, most, score) {
    const end = score < 0 ? low : high, way = abs(score) / 1.6448536269514722;
    if (end === middle || middle === least || middle === most || end === least || end === most)
      return min(max(middle + (end - middle) * way, least), most);
    if (most === Infinity) return least + exp(log(middle - least) + (log(end - least) - log(middle - least)) * way);
    return 1 / (1 + exp(-(logit(middle) + (logit(end) - logit(middle)) * way)));
  }

  Object.assign(wom, { anchor, worth, gains, quantile });
})();
