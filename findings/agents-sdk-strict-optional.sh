#!/usr/bin/env bash
# openai-agents 0.24.0 (PyPI) with convert_schemas_to_strict, a switch for MCP servers.
# An optional parameter becomes a required one that may not be null, and its default goes with that: the model has to
# make up a value for everything that the server would have filled in. A tool whose schema is open for further
# properties is left as it is, so both kinds stand beside each other in one list.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi openai-agents==0.24.0 mcp==2.3.0
write_server
cat > tools.json <<'END_JSON'
[{"name": "silent", "inputSchema": {"type": "object", "required": ["path"],
  "properties": {"path": {"type": "string"}, "limit": {"type": "integer"}}}},
 {"name": "open", "inputSchema": {"type": "object", "required": ["path"], "additionalProperties": true,
  "properties": {"path": {"type": "string"}, "limit": {"type": "integer"}}}}]
END_JSON
cat > ask.py <<'END_PY'
import asyncio
from agents import Agent, RunContextWrapper
from agents.mcp import MCPServerStdio
async def main():
    async with MCPServerStdio(params={"command": "python3", "args": ["server.py"]}) as server:
        agent = Agent(name="a", mcp_servers=[server], mcp_config={"convert_schemas_to_strict": True})
        for tool in await agent.get_mcp_tools(RunContextWrapper(None)):
            schema = tool.params_json_schema
            print(tool.name, schema["required"], schema["properties"]["limit"]["type"], tool.strict_json_schema)
asyncio.run(main())
END_PY
timeout 60 python ask.py > now 2>/dev/null
same_as_seen now <<'END_SEEN'
silent ['path', 'limit'] integer True
open ['path'] integer False
END_SEEN
