#!/usr/bin/env bash
# langchain-mcp-adapters 0.3.2 (PyPI, on langchain-core 1.8.3 and mcp 1.30.0).
# Tools whose parameters are named `config`, `run_manager` or `runtime` are called without them: the model sees the
# parameter in the schema and fills it in, and neither it nor the server hears that the argument was dropped.
# `callbacks`, `state`, `store` and `session`, which sound as reserved, arrive.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi langchain-mcp-adapters==0.3.2 langchain-core==1.8.3 mcp==1.30.0
write_server
cat > tools.json <<'END'
[{"name": "t", "inputSchema": {"type": "object", "additionalProperties": {"type": "string"}, "properties": {
    "config": {"type": "string"}, "run_manager": {"type": "string"}, "runtime": {"type": "string"},
    "callbacks": {"type": "string"}, "state": {"type": "string"}, "store": {"type": "string"},
    "session": {"type": "string"}}}}]
END
cat > ask.py <<'END'
import asyncio, json
from langchain_mcp_adapters.client import MultiServerMCPClient
async def main():
    server = {"command": "python3", "args": ["server.py"], "transport": "stdio"}
    tool, = await MultiServerMCPClient({"s": server}).get_tools()
    for name in tool.args_schema["properties"]:
        print(name, "->", (await tool.ainvoke({name: "v"}))[0]["text"])
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
config -> got {}
run_manager -> got {}
runtime -> got {}
callbacks -> got {"callbacks": "v"}
state -> got {"state": "v"}
store -> got {"store": "v"}
session -> got {"session": "v"}
END
