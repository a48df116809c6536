#!/usr/bin/env bash
# @google/gemini-cli 0.61.0 (npm): `${NAME}` in `mcpServers.*.env` is expanded, and what came out is expanded again.
# With SECRET='pa$word-$HOME', `"args": ["${SECRET}"]` reaches the server as it is, but `"env": {"S": "${SECRET}"}`
# as `pa-/the/home/folder`: `$word` is taken for a variable that is not set. qwen-code 0.24.4, its fork, and
# Claude Code 2.1.328 and Copilot CLI 1.0.102 expand once.
# Seen: argument pa$word-$HOME, environment pa-HOME.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @google/gemini-cli@0.61.0
cat > server.py <<'END'
import json, os, sys
with open(os.environ["OUT"], "w") as out:
    print("argument", sys.argv[1], file=out)
    print("environment", os.environ["S"].replace(os.environ["HOME"], "HOME"), file=out)
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask: continue
    known = {"initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}}, "tools/list": {"tools": []}}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], "result": known.get(ask["method"], {})}), flush=True)
END
cat > model.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"] or 0))
        said = {"candidates": [{"index": 0, "finishReason": "STOP",
                                "content": {"role": "model", "parts": [{"text": "done"}]}}],
                "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if "stream" in self.path else "application/json")
        self.end_headers()
        text = json.dumps(said)
        self.wfile.write(("data: %s\n\n" % text if "stream" in self.path else text).encode())
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
mkdir -p cli/.gemini
cat > cli/.gemini/settings.json <<END
{"mcpServers": {"s": {"command": "python3", "args": ["$T/server.py", "\${SECRET}"],
   "env": {"S": "\${SECRET}", "OUT": "$T/now"}, "trust": true}},
 "security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"enableAutoUpdate": false},
 "privacy": {"usageStatisticsEnabled": false}}
END
port=$(free_port)
python3 model.py "$port" & PIDS+=($!)
until_ok listens "$port"
SECRET='pa$word-$HOME' GEMINI_API_KEY=any GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$port \
    GEMINI_CLI_TRUST_WORKSPACE=true GEMINI_CLI_HOME=$T/cli \
    timeout 90 gemini -p hello -m gemini-2.5-pro </dev/null >/dev/null 2>&1 || true
same_as_seen now <<'END'
argument pa$word-$HOME
environment pa-HOME
END
