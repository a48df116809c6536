#!/usr/bin/env bash
# agent-framework-core 1.23.0 (PyPI, on mcp 2.3.0), MCPStdioTool.
# Arguments named options, session, tools, thread, conversation_id, chat_options or response_format are dropped though
# the tool declares them and the model filled them in: the server is called without them, and nobody is told.
# `tool_name` is an exception instead, and `messages`, `model`, `stream` and `config` arrive.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi agent-framework-core==1.23.0 tenacity==9.2.1 mcp==2.3.0
write_server
names='options session tools thread conversation_id chat_options response_format tool_name messages model stream config'
python3 -c 'import json, sys
schema = {"type": "object", "properties": {name: {"type": "string"} for name in sys.argv[1].split()}}
json.dump([{"name": "t", "inputSchema": schema}], open("tools.json", "w"))' "$names"
cat > ask.py <<'END'
import asyncio, sys
from agent_framework import MCPStdioTool
async def main():
    async with MCPStdioTool(name="s", command="python3", args=["server.py"]) as server:
        for name in sys.argv[1].split():
            try: print(name, "->", (await server.functions[0].invoke(arguments={name: "v"}))[0].text)
            except Exception as error: print(name, "raises", type(error).__name__)
asyncio.run(main())
END
timeout 90 python ask.py "$names" > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
options -> got {}
session -> got {}
tools -> got {}
thread -> got {}
conversation_id -> got {}
chat_options -> got {}
response_format -> got {}
tool_name raises TypeError
messages -> got {"messages": "v"}
model -> got {"model": "v"}
stream -> got {"stream": "v"}
config -> got {"config": "v"}
END
