#!/usr/bin/env bash
# @ai-sdk/mcp 2.0.99 and @openai/agents 0.20.0 (npm), each offering a model the tools of one server.
# Both overwrite what a tool says of further properties, and not with the same: the AI SDK closes every schema, also
# one that is open or that takes any key with a string, so a model cannot use such a tool; the Agents SDK opens every
# schema, also a closed one. Objects below the top keep what they say. (openai-agents 0.24.0 of PyPI changes nothing.)
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @ai-sdk/mcp@2.0.99 ai@7.0.173 @openai/agents@0.20.0 zod@4
write_server
cat > tools.json <<'END_JSON'
[{"name": "open", "inputSchema": {"type": "object", "properties": {}, "additionalProperties": true}},
 {"name": "strings", "inputSchema": {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}},
 {"name": "closed", "inputSchema": {"type": "object", "properties": {}, "additionalProperties": false}}]
END_JSON
cat > ask.mjs <<'END_JS'
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as Stdio } from "@ai-sdk/mcp/mcp-stdio";
import { asSchema } from "ai";
import { MCPServerStdio, RunContext, Agent } from "@openai/agents";
const command = { command: "python3", args: ["server.py"] };
const client = await createMCPClient({ transport: new Stdio(command) });
for (const [name, tool] of Object.entries(await client.tools()))
  console.log("ai", name, JSON.stringify((await asSchema(tool.inputSchema).jsonSchema).additionalProperties));
await client.close();
const server = new MCPServerStdio(command);
await server.connect();
for (const tool of await new Agent({ name: "a", mcpServers: [server] }).getMcpTools(new RunContext()))
  console.log("agents", tool.name, JSON.stringify(tool.parameters.additionalProperties));
await server.close();
END_JS
timeout 60 node ask.mjs > now 2>/dev/null
same_as_seen now <<'END_SEEN'
ai open false
ai strings false
ai closed false
agents open true
agents strings true
agents closed true
END_SEEN
