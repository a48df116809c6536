#!/usr/bin/env bash
# pm2 7.0.4 (npm): `args` of an ecosystem file as one string.
# Quotes count where they begin a word ('b c' is one argument), but not after an equals sign: `--config="a b"` is one
# argument that has the quotes in it, so the program looks for a file with quotes in its name. An empty argument ('')
# is lost. As a list, every argument arrives as it is.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm pm2@7.0.4
export PM2_HOME=$T/pm2
trap 'pm2 kill >/dev/null 2>&1 || true; finish' EXIT
echo 'require("fs").writeFileSync(process.env.OUT, JSON.stringify(process.argv.slice(2)) + "\n"); setInterval(() => {}, 1e6)' > app.js
cat > ecosystem.config.cjs <<'END'
const out = name => ({ OUT: process.env.HOME + '/' + name });
module.exports = { apps: [
  { name: 'text', script: './app.js', env: out('text'), args: `'b c' --config="a b" k='c d' '' end` },
  { name: 'list', script: './app.js', env: out('list'), args: ['b c', '--config=a b', 'k=c d', '', 'end'] },
] };
END
pm2 ping >/dev/null 2>&1
pm2 start ecosystem.config.cjs >/dev/null 2>&1
until_ok test -s text; until_ok test -s list
{ echo "text $(cat text)"; echo "list $(cat list)"; } > now
same_as_seen now <<'END'
text ["b c","--config=\"a b\"","k='c d'","end"]
list ["b c","--config=a b","k=c d","","end"]
END
