(() => {
  const MOST_POINTS = 3000;
  const MOST_LINES = 200;
  const MOST_FINDINGS = 1000;
  const AVERAGED = ['loss', 'grad_norm', 'images_per_second', 'input_wait'];
  const $ = (id) => document.getElementById(id);

  let run = empty();
  let lastId = null;
  let heardAt = Date.now();
  let drawing = false;

  function empty() {
    return { points: [], last: null, totals: {}, collapse: [], probe: [], events: [], checkpoints: [], quarantine: [], pipeline: null, members: null };
  }

  // What the server says.

  function take(event) {
    lastId = event.lastEventId;
    const message = JSON.parse(event.data);
    if (event.type === 'snapshot') {
      run = empty();
      run.name = message.run;
      run.extends = message.extends;
      run.totals = message.totals;
      run.last = message.last || null;
      heardAt = Date.now() - 1000 * (message.age || 0);
      const names = Object.keys(message.points);
      run.points = message.points.step.map((_, i) => Object.fromEntries(names.map((name) => [name, message.points[name][i]])));
    } else {
      (message.metrics || []).forEach(step);
      run.totals.quarantined += (message.quarantine || []).length;
      run.totals.checkpoints += (message.events || []).filter((each) => each.kind === 'checkpoint').length;
    }
    (message.events || []).forEach(happened);
    append(run.collapse, message.collapse, MOST_FINDINGS);
    append(run.probe, message.probe, MOST_FINDINGS);
    append(run.quarantine, message.quarantine, MOST_LINES);
    masks(message.masks);
    run.pipeline = latest(message.pipeline || []) || run.pipeline;
    draw();
  }

  function append(list, more, most) {
    list.push(...(more || []));
    if (list.length > most) list.splice(0, list.length - most);
  }

  function step(line) {
    run.last = line;
    run.totals.steps++;
    if (line.skipped) run.totals.skipped++;
    heardAt = Date.now();
    run.points.push(line);
    if (run.points.length > MOST_POINTS) run.points = halved(run.points);
  }

  /** Two neighbours become one: the later, with the averages of both. */
  function halved(points) {
    const kept = [];
    for (let i = 0; i + 1 < points.length; i += 2) {
      const merged = { ...points[i + 1] };
      for (const name of AVERAGED) {
        const both = [points[i][name], points[i + 1][name]].filter((each) => each !== null && each !== undefined);
        merged[name] = both.length ? both.reduce((a, b) => a + b) / both.length : null;
      }
      kept.push(merged);
    }
    return points.length % 2 ? [...kept, points[points.length - 1]] : kept;
  }

  function happened(event) {
    run.totals.planned = Math.max(run.totals.planned || 0, event.total_steps || 0);
    if (event.kind === 'members') {
      run.members = event;
      return;
    }
    append(event.kind === 'checkpoint' ? run.checkpoints : run.events, [event], MOST_LINES);
  }

  function connect() {
    const source = new EventSource('events' + (lastId ? '?after=' + encodeURIComponent(lastId) : ''));
    source.addEventListener('snapshot', take);
    source.addEventListener('lines', take);
    source.onopen = () => { $('link').hidden = true; };
    source.onerror = () => {
      $('link').hidden = false;
      // The browser tries again by itself unless a proxy has answered for the server.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    };
  }

  // What is shown.

  const charts = {
    loss: new Chart($('charts'), 'Loss'),
    speed: new Chart($('charts'), 'Images per second', { fromZero: true }),
    wait: new Chart($('charts'), 'Input wait, share of the step', { fromZero: true }),
    lr: new Chart($('charts'), 'Learning rate', { fromZero: true }),
    ema: new Chart($('charts'), 'EMA momentum'),
    norm: new Chart($('charts'), 'Gradient norm', { fromZero: true }),
    cluster: new Chart($('charts'), 'Cluster', { fromZero: true, stairs: true }),
    rank: new Chart($('charts'), 'Feature rank', { fromZero: true }),
    spread: new Chart($('charts'), 'Feature spread', { fromZero: true }),
    probe: new Chart($('charts'), 'Online probe', {}),
  };

  function draw() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      head();
      figures();
      stages();
      curves();
      members();
      lists();
    });
  }

  const column = (lines, name) => lines.map((line) => line[name] ?? null);
  const latest = (list) => list[list.length - 1];

  function smoothed(values) {
    const share = 2 / (Math.max(5, values.length / 80) + 1);
    let mean = null;
    return values.map((value) => {
      if (value === null) return mean;
      mean = mean === null ? value : mean + share * (value - mean);
      return mean;
    });
  }

  function curves() {
    const steps = column(run.points, 'step');
    const loss = column(run.points, 'loss');
    charts.loss.show(steps, [{ name: '', kind: 'faint', ys: loss }, { name: 'smoothed', ys: smoothed(loss) }]);
    const speed = column(run.points, 'images_per_second');
    charts.speed.show(steps, [{ name: '', kind: 'faint', ys: speed }, { name: 'smoothed', ys: smoothed(speed) }]);
    charts.wait.show(steps, [{ name: 'share', ys: run.points.map(waitShare) }]);
    charts.lr.show(steps, [{ name: 'lr', ys: column(run.points, 'lr') }]);
    charts.ema.show(steps, [{ name: 'momentum', ys: column(run.points, 'ema') }]);
    charts.norm.show(steps, [{ name: 'norm', ys: column(run.points, 'grad_norm') }]);
    charts.cluster.show(steps, [
      { name: 'trainers', ys: column(run.points, 'world_size') },
      { name: 'generation', kind: 'second', ys: column(run.points, 'generation') },
    ]);
    findings();
  }

  function findings() {
    const looks = column(run.collapse, 'step');
    charts.rank.show(looks, [
      { name: 'rank', ys: column(run.collapse, 'rank') },
      { name: 'at most', kind: 'limit', ys: column(run.collapse, 'rank_limit') },
    ]);
    charts.spread.show(looks, [
      { name: 'deviation', ys: column(run.collapse, 'deviation') },
      { name: 'image cosine', kind: 'second', ys: column(run.collapse, 'image_cosine') },
    ]);
    const classes = run.probe.some((line) => line.accuracy !== undefined);
    const score = classes ? 'accuracy' : 'r2';
    charts.probe.show(column(run.probe, 'step'), [
      { name: classes ? 'accuracy' : 'R²', ys: column(run.probe, score) },
      ...(classes ? [{ name: 'always the most frequent', kind: 'limit', ys: column(run.probe, 'majority') }] : []),
    ]);
  }

  const batch = () => (run.last ? run.last.samples / (run.last.step + 1) : 0);

  /** That a step took; null where nobody knows. */
  const seconds = (point) => (point.images_per_second > 0 ? batch() / point.images_per_second : null);

  function waitShare(point) {
    return seconds(point) > 0 && point.input_wait !== null ? Math.min(1, point.input_wait / seconds(point)) : null;
  }

  /** Of the last fifty steps together: one slow step is no news. */
  function recentWait() {
    const recent = run.points.slice(-50).filter((point) => waitShare(point) !== null);
    const whole = recent.reduce((sum, point) => sum + seconds(point), 0);
    return whole > 0 ? recent.reduce((sum, point) => sum + waitShare(point) * seconds(point), 0) / whole : null;
  }

  /** The middle of the last fifty steps: one slow step is no news. */
  function speed() {
    const rates = column(run.points.slice(-50), 'images_per_second').filter((each) => each > 0).sort((a, b) => a - b);
    return rates.length ? rates[rates.length >> 1] : null;
  }

  function duration(seconds) {
    const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
    const at = units.findIndex(([size]) => seconds >= size);
    if (at < 0) return '0 s';
    const [size, name] = units[at];
    const rest = at < 2 ? Math.floor((seconds % size) / units[at + 1][0]) : 0;
    return `${Math.floor(seconds / size)} ${name}` + (rest ? ` ${rest} ${units[at + 1][1]}` : '');
  }

  function state() {
    const turn = run.events.filter((each) => each.kind === 'ended' || each.kind === 'led');
    const end = latest(turn)?.kind === 'ended' ? latest(turn) : null;
    const done = run.last ? run.last.step + 1 : 0;
    if (end) return end.step >= end.total_steps && end.total_steps > 0 ? ['done', 'good', true] : [end.text, 'warn', true];
    if (!run.last) return ['waiting for the first step', 'warn', false];
    const silent = (Date.now() - heardAt) / 1000;
    if (silent > Math.max(30, (20 * batch()) / (speed() || 1))) return [`no step for ${duration(silent)}`, 'bad', true];
    return [done >= (run.totals.planned || Infinity) ? 'last step made' : 'live', 'good', false];
  }

  function head() {
    $('run').textContent = run.name || 'I-JEPA';
    document.title = `${run.last ? short(run.last.loss) + ' · ' : ''}${run.name || 'I-JEPA'}`;
    const [text, kind, over] = state();
    $('state').textContent = text;
    $('state').className = 'pill ' + kind;
    const done = run.last ? run.last.step + 1 : 0;
    const total = run.totals.planned || 0;
    $('bar').hidden = !total;
    $('bar').firstElementChild.style.width = total ? `${(100 * done) / total}%` : '0';
    $('bar').setAttribute('aria-valuenow', total ? Math.round((100 * done) / total) : 0);
    const words = [`step ${done.toLocaleString('en')}` + (total ? ` of ${total.toLocaleString('en')}` : '')];
    if (run.last) words.push(`epoch ${run.last.epoch}`, `${run.last.samples.toLocaleString('en')} images`);
    if (total > done && speed() && !over) words.push(`about ${duration(((total - done) * batch()) / speed())} to go`);
    if (run.extends) words.push(`extends ${run.extends}`);
    $('progress').textContent = words.join(' · ');
  }

  function figures() {
    const last = run.last || {};
    const look = latest(run.collapse);
    const probed = latest(run.probe);
    const share = recentWait();
    const shown = [
      ['Loss', short(latest(smoothed(column(run.points, 'loss')))), `last ${short(last.loss)}`],
      ['Images/s', short(speed()), `last step ${short(last.images_per_second)}`],
      ['Input wait', share === null ? '–' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`, `last step ${short(last.input_wait)} s`, share > 0.2 ? 'warn' : ''],
      ['Learning rate', short(last.lr), `weight decay ${short(last.weight_decay)}`],
      ['EMA momentum', last.ema === undefined ? '–' : last.ema.toFixed(5), `gradient norm ${short(last.grad_norm)}`],
      ['Trainers', last.world_size ?? '–', `generation ${last.generation ?? '–'}`],
      ['Checkpoints', run.totals.checkpoints ?? '–', run.checkpoints.length ? `last at step ${latest(run.checkpoints).step}` : 'none yet'],
      ['Skipped steps', run.totals.skipped ?? '–', 'not finite', run.totals.skipped ? 'warn' : ''],
      ['Quarantined', run.totals.quarantined ?? '–', 'uses of bad samples', run.totals.quarantined ? 'warn' : ''],
    ];
    if (look) shown.push(['Collapse', look.word, `rank ${short(look.rank)} of at most ${look.rank_limit}`, { normal: 'good', watch: 'warn' }[look.word] || 'bad']);
    if (probed) shown.push(['Online probe', short(probed.accuracy ?? probed.r2), `at step ${probed.step}`]);
    $('figures').replaceChildren(...shown.map(figure));
  }

  function figure([name, value, more, kind]) {
    const card = document.createElement('div');
    card.append(text('dt', name), text('dd', value, kind), text('dd', more, 'more'));
    return card;
  }

  function text(tag, content, kind) {
    const element = document.createElement(tag);
    element.textContent = content;
    if (kind) element.className = kind;
    return element;
  }

  /** The stages in a row: how long their places worked, waited for input (empty), or for the next stage. */
  function stages() {
    const line = run.pipeline;
    $('input').hidden = !line;
    if (!line || $('stages').dataset.step === String(line.step)) return;
    $('stages').dataset.step = line.step;
    const parts = [];
    for (const name of ['fetch', 'decode', 'batch', 'trainer']) {
      const waits = line[`${name}_downstream`] || 0;
      const whole = line[`${name}_busy`] + line[`${name}_upstream`] + waits || 1;
      const busy = line[`${name}_busy`] / whole;
      const box = document.createElement('div');
      box.className = 'stage' + (line.word.startsWith(name) ? ' limit' : '');
      box.dataset.stage = name;
      const work = document.createElement('div');
      work.className = 'work';
      work.append(share('busy', busy), share('blocked', waits / whole));
      const rate = line[`${name}_out`] / line.seconds;
      box.append(text('b', name), work, text('span', `${Math.round(100 * busy)} % busy, ${short(rate)}/s, ${line[`${name}_slots`]} places`));
      parts.push(box);
      if (name !== 'trainer') parts.push(text('div', `→ ${Number((waits / line.seconds).toFixed(1))} wait →`, 'queue'));
    }
    $('stages').replaceChildren(...parts);
    $('limits').textContent = `up to step ${line.step}: ${line.text}`;
  }

  function share(kind, part) {
    const bar = document.createElement('i');
    bar.className = kind;
    bar.style.width = `${100 * part}%`;
    return bar;
  }

  const STATES = { training: 'good', decoding: 'good', joining: 'warn', coordinating: 'quiet' };

  /** Who takes part, or did when the run ended; older runs do not say. */
  function members() {
    $('members').hidden = !run.members;
    if (!run.members) return;
    const over = latest(run.events)?.kind === 'ended';
    const when = over ? 'at the end of the run' : `since ${clock(run.members.time)}`;
    $('memberCount').textContent = `generation ${run.members.generation}, ${when}`;
    if ($('memberRows').dataset.time === run.members.time) return;
    $('memberRows').dataset.time = run.members.time;
    $('memberRows').replaceChildren(...run.members.members.map(member));
  }

  function member(each) {
    const row = document.createElement('tr');
    const role = each.role.split(',').join(', ') + (each.leads ? '; leads' : '');
    row.append(
      text('td', each.rank < 0 ? '–' : each.rank),
      text('td', each.name),
      text('td', each.state, STATES[each.state] || 'bad'),
      text('td', each.address || '–'),
      text('td', each.role ? role : '–'),
    );
    return row;
  }

  /** The picture, once it is there. */
  function masks(drawnAt) {
    if (!drawnAt || $('masks').dataset.at === String(drawnAt)) return;
    $('masks').dataset.at = drawnAt;
    $('masks').querySelector('img').src = `masks.png?at=${drawnAt}`;
    $('masks').hidden = false;
  }

  function lists() {
    show('events', run.events, (each) => [clock(each.time), each.text, tone(each)]);
    show('checkpoints', run.checkpoints, (each) => [clock(each.time), each.text + took(each), '']);
    show('quarantine', run.quarantine, (each) => [`step ${each.step}`, `${each.sample} – ${each.cause}; ${each.substitute} stood in`, '']);
    $('checkpointCount').textContent = run.totals.checkpoints || '';
    $('quarantineCount').textContent = run.totals.quarantined || '';
  }

  /** How long a checkpoint took, where it is known. */
  function took(each) {
    if (each.write_seconds === undefined) return '';
    return `, written in ${each.write_seconds.toFixed(1)} s, training waited ${each.stall_seconds.toFixed(2)} s`;
  }

  function tone(event) {
    if (event.text.startsWith('ALARM') || / failed/.test(event.text)) return 'bad';
    if (event.text.startsWith('warning')) return 'warn';
    return event.kind === 'led' ? 'quiet' : '';
  }

  function clock(time) {
    const at = new Date(time);
    const sameDay = at.toDateString() === new Date().toDateString();
    return at.toLocaleString('en-GB', sameDay
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  }

  /** Newest first; untouched where nothing is new, so that a reader's place in it stays. */
  function show(id, lines, of) {
    const mark = lines.length + JSON.stringify(latest(lines) || '');
    if ($(id).dataset.mark === mark) return;
    $(id).dataset.mark = mark;
    const items = [...lines].reverse().map((line) => {
      const [when, what, kind] = of(line);
      const item = document.createElement('li');
      item.append(text('time', when), text('span', what, kind));
      return item;
    });
    $(id).replaceChildren(...(items.length ? items : [text('li', 'none', 'quiet')]));
  }

  connect();
  draw();
  setInterval(head, 1000);
})();
