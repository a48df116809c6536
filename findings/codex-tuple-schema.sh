#!/usr/bin/env bash
# @openai/codex 0.169.0 (npm), headless, with a stdio MCP server: what the model is told of a tool's arguments.
# Codex rewrites input schemas. It does not only leave out what it does not know (`default`, `pattern`, `minimum`): a
# pair [string, number] (`prefixItems`, what zod and pydantic make of a tuple) becomes a list of strings, an enum of
# mixed values gets `"type": "string"`, and a value that may be anything but a string loses that.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @openai/codex@0.169.0
write_server
cat > tools.json <<'END'
[{"name": "t", "inputSchema": {"type": "object", "properties": {
    "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false},
    "mixed": {"enum": [1, 2.5, "3", null, true]}, "other": {"not": {"type": "string"}},
    "limit": {"type": "integer", "default": 5, "minimum": 1}}}}]
END
cat > model.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tools = [tool for space in ask["tools"] if space.get("name") == "mcp__s" for tool in space["tools"]]
        with open("now", "w") as out:
            for name, schema in sorted(tools[0]["parameters"]["properties"].items()):
                print(name, json.dumps(schema, sort_keys=True), file=out)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        done = {"id": "r", "usage": {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1,
                                     "output_tokens_details": None, "total_tokens": 2}}
        for event in ({"type": "response.created", "response": {"id": "r"}},
                      {"type": "response.completed", "response": done}):
            self.wfile.write(("event: %s\ndata: %s\n\n" % (event["type"], json.dumps(event))).encode())
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
mkdir -p codex work
port=$(free_port)
python3 model.py "$port" 2>/dev/null & PIDS+=($!)
until_ok listens "$port"
CODEX_HOME=$T/codex KEY=any timeout 90 codex exec --json --ephemeral --ignore-user-config --skip-git-repo-check \
    -s read-only -C work -m unknown -c model_provider=own \
    -c "model_providers.own={name=\"own\",base_url=\"http://127.0.0.1:$port/v1\",wire_api=\"responses\",env_key=\"KEY\",request_max_retries=0,stream_max_retries=0}" \
    -c "mcp_servers.s={command=\"python3\",args=[\"$T/server.py\"],required=true}" hello </dev/null >/dev/null 2>&1 || true
same_as_seen now <<'END'
limit {"type": "integer"}
mixed {"enum": [1, 2.5, "3", null, true], "type": "string"}
other {}
pair {"items": {"type": "string"}, "type": "array"}
END
