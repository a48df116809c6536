#!/usr/bin/env bash
# @anthropic-ai/claude-code 2.1.328 (npm), headless, with a stdio MCP server.
# A tool is left out, without a word in its stream or on stderr, when one property of its input schema has a name with
# a space, `$`, `@` or a letter that is not ASCII, or of more than 64 characters: `$filter` and `@type` are such names.
# The server counts as connected, its other tools are offered. Names such as `a.b` and `constructor` are fine.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @anthropic-ai/claude-code@2.1.328
write_server
python3 - > tools.json <<'END'
import json
names = {"plain": "id", "dollar": "$filter", "at": "@type", "space": "first name", "umlaut": "größe", "dot": "a.b",
         "constructor": "constructor", "long64": "x" * 64, "long65": "x" * 65}
print(json.dumps([{"name": tool, "inputSchema": {"type": "object", "properties": {key: {"type": "string"}}}}
                  for tool, key in names.items()]))
END
cat > model.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"] or 0)))
        if ask.get("tools"):
            with open("offered", "w") as out: json.dump([tool["name"] for tool in ask["tools"]], out)
        body = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": "enough"}}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
echo "{\"mcpServers\": {\"s\": {\"command\": \"python3\", \"args\": [\"$T/server.py\"]}}}" > mcp.json
port=$(free_port)
python3 model.py "$port" & PIDS+=($!)
until_ok listens "$port"
ANTHROPIC_BASE_URL=http://127.0.0.1:$port ANTHROPIC_API_KEY=any CLAUDE_CONFIG_DIR=$T/claude \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 ENABLE_TOOL_SEARCH=false timeout 120 claude -p hello --verbose \
    --output-format stream-json --mcp-config mcp.json --strict-mcp-config </dev/null >out 2>err || true
python3 - > now <<'END'
import json
offered = sorted(name for name in json.load(open("offered")) if name.startswith("mcp__s__"))
init = next(json.loads(line) for line in open("out") if '"init"' in line)
print("server", init["mcp_servers"][0]["status"], "; stderr", open("err").read().strip() or "empty")
print("\n".join(offered))
END
same_as_seen now <<'END'
server connected ; stderr empty
mcp__s__constructor
mcp__s__dot
mcp__s__long64
mcp__s__plain
END
