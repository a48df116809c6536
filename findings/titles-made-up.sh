#!/usr/bin/env bash
# fastmcp 4.2.3 (PyPI) as a proxy, tmcp 1.20.0 (npm) as a server: what a tool without a title is called.
# The fastmcp proxy gives it a title made of its name (a name in camel case loses its words: "Gethttpstatus V2"), though
# by the specification clients show the name where there is no title. tmcp sends the whole description as the title.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm tmcp@1.20.0 @tmcp/transport-stdio@0.5.0 @tmcp/adapter-zod@0.1.7 zod@4.6.7
from_pypi fastmcp==4.2.3
write_server
echo '[{"name": "getHTTPStatus_v2", "inputSchema": {"type": "object"}}]' > tools.json
cat > proxy.py <<END
from fastmcp.server import create_proxy
create_proxy({"mcpServers": {"s": {"command": "python3", "args": ["$T/server.py"]}}}).run(show_banner=False)
END
cat > server.mjs <<'END'
import { McpServer } from 'tmcp';
import { StdioTransport } from '@tmcp/transport-stdio';
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod';
const server = new McpServer({ name: 's', version: '1', description: 's' },
  { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: {} } });
server.tool({ name: 'weather', description: 'Looks the weather up. Wants a city.' }, () => ({ content: [] }));
new StdioTransport(server).listen();
END
cat > ask.py <<'END'
import json, subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)
def send(**message): server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n"); server.stdin.flush()
send(id=0, method="initialize", params={"protocolVersion": "2025-06-18", "capabilities": {},
                                        "clientInfo": {"name": "c", "version": "1"}})
server.stdout.readline()
send(method="notifications/initialized")
send(id=1, method="tools/list")
for tool in json.loads(server.stdout.readline())["result"]["tools"]:
    print(tool["name"], "title:", tool.get("title"))
server.stdin.close(); server.wait(20)
END
{ python ask.py python3 server.py; python ask.py python proxy.py; python ask.py node server.mjs; } > now
same_as_seen now <<'END'
getHTTPStatus_v2 title: None
getHTTPStatus_v2 title: Gethttpstatus V2
weather title: Looks the weather up. Wants a city.
END
