#!/usr/bin/env bash
# pm2 7.0.4 (npm): `shutdown_with_message: true` (the app is told to end by a message instead of SIGINT).
# `pm2 stop` then ends the app only: a process that the app has started lives on, also when the app ignored the message
# and was killed after kill_timeout. `treekill`, which is on unless one says otherwise, counts without the message only.
# Seen: without the message the child is gone, with it alive; pm2 says "stopped" both times.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm pm2@7.0.4
export PM2_HOME=$T/pm2
trap 'pm2 kill >/dev/null 2>&1 || true; finish' EXIT
cat > app.js <<'END'
const child = require('child_process').spawn('sleep', ['600']);
require('fs').writeFileSync(process.env.OUT, String(child.pid));
process.on('message', said => { if (said === 'shutdown' && process.env.HEEDS) process.exit(0); });
setInterval(() => {}, 1e6);
END
cat > ecosystem.config.cjs <<'END'
const app = (name, more, env) => ({ name, script: './app.js', kill_timeout: 500, ...more,
  env: { OUT: process.env.HOME + '/' + name + '.pid', ...env } });
module.exports = { apps: [app('signal'), app('heeds', { shutdown_with_message: true }, { HEEDS: '1' }),
  app('ignores', { shutdown_with_message: true })] };
END
pm2 ping >/dev/null 2>&1
pm2 start ecosystem.config.cjs >/dev/null 2>&1
for name in signal heeds ignores; do
    until_ok test -s $name.pid
    child=$(cat $name.pid)
    pm2 stop $name >/dev/null 2>&1
    sleep 1
    if kill -0 "$child" 2>/dev/null; then PIDS+=("$child"); echo "$name: child alive"; else echo "$name: child gone"; fi
done > now
same_as_seen now <<'END'
signal: child gone
heeds: child alive
ignores: child alive
END
