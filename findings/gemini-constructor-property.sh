#!/usr/bin/env bash
# @google/gemini-cli 0.61.0 (npm), headless, with two stdio MCP servers.
# An input schema with a property named `constructor` (a racing team, a builder) costs all tools of its server, also
# those without it; a server with `builder` in its place keeps both. stderr has "MCP issues detected. Run /mcp list for
# status.", without a name, and the exit code is 0.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @google/gemini-cli@0.61.0
cat > server.py <<'END'
import json, sys
tools = [{"name": "plain", "inputSchema": {"type": "object"}},
         {"name": "of", "inputSchema": {"type": "object", "properties": {sys.argv[1]: {"type": "string"}}}}]
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask: continue
    known = {"initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}}, "tools/list": {"tools": tools}}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], "result": known.get(ask["method"], {})}), flush=True)
END
cat > model.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"] or 0)))
        names = [f["name"] for group in ask.get("tools", []) for f in group.get("functionDeclarations", [])]
        if names:
            with open("now", "w") as out: print("\n".join(sorted(n for n in names if n.startswith("mcp_"))), file=out)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(("data: %s\n\n" % json.dumps({"candidates": [{"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "done"}]}}]})).encode())
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
mkdir -p cli/.gemini
cat > cli/.gemini/settings.json <<END
{"mcpServers": {"racing": {"command": "python3", "args": ["$T/server.py", "constructor"], "trust": true},
                "houses": {"command": "python3", "args": ["$T/server.py", "builder"], "trust": true}},
 "security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"enableAutoUpdate": false},
 "privacy": {"usageStatisticsEnabled": false}}
END
port=$(free_port)
python3 model.py "$port" & PIDS+=($!)
until_ok listens "$port"
code=0
GEMINI_API_KEY=any GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$port GEMINI_CLI_TRUST_WORKSPACE=true \
    GEMINI_CLI_HOME=$T/cli timeout 90 gemini -p hello -m gemini-2.5-pro </dev/null >/dev/null 2>err || code=$?
{ grep -o 'MCP issues.*' err || true; echo "exit $code"; } >> now
same_as_seen now <<'END'
mcp_houses_of
mcp_houses_plain
MCP issues detected. Run /mcp list for status.
exit 0
END
