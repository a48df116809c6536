#!/usr/bin/env bash
# @openai/agents 0.20.0 (npm) and openai-agents 0.24.0 (PyPI), with one server's tools "read-file" and "read.file".
# The JavaScript SDK offers a model "read_file" for a name with a hyphen or a dot, though its API takes hyphens; the
# Python SDK offers the names as they are. Two names that become one cost the JavaScript agent every tool, with an
# error that speaks of several servers where there is one.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @openai/agents@0.20.0 zod@4
from_pypi openai-agents==0.24.0 mcp==2.3.0
write_server
cat > ask.mjs <<'END_JS'
import { MCPServerStdio, RunContext, Agent } from "@openai/agents";
const server = new MCPServerStdio({ command: "python3", args: ["server.py"] });
await server.connect();
try {
  const tools = await new Agent({ name: "a", mcpServers: [server] }).getMcpTools(new RunContext());
  console.log("javascript", tools.map(tool => tool.name).join(" "));
} catch (error) { console.log("javascript", error.message); }
await server.close();
END_JS
cat > ask.py <<'END_PY'
import asyncio
from agents import Agent, RunContextWrapper
from agents.mcp import MCPServerStdio
async def main():
    async with MCPServerStdio(params={"command": "python3", "args": ["server.py"]}) as server:
        tools = await Agent(name="a", mcp_servers=[server]).get_mcp_tools(RunContextWrapper(None))
        print("python", *(tool.name for tool in tools))
asyncio.run(main())
END_PY
for names in '"read-file"' '"read-file", "read.file"'; do
    python3 -c 'import json, sys
json.dump([{"name": name, "inputSchema": {"type": "object"}} for name in json.loads(f"[{sys.argv[1]}]")], open("tools.json", "w"))' "$names"
    timeout 60 node ask.mjs 2>/dev/null
    timeout 60 python ask.py 2>/dev/null
done > now
same_as_seen now <<'END_SEEN'
javascript read_file
python read-file
javascript Duplicate tool names found across MCP servers: read_file
python read-file read.file
END_SEEN
