#!/usr/bin/env bash
# rmcp 3.11.0 (crates.io), the Rust SDK, as server; @modelcontextprotocol/sdk 1.32.2 and client 2.4.0 (npm) as clients.
# A parameter of type `serde_json::Value` has the schema `true`, which is right by JSON Schema. The client of sdk
# 1.32.2 then throws for the whole list, so no tool of that server can be used, also none without such a parameter;
# client 2.4.0 takes it. Gemini CLI 0.61.0 and opencode 1.18.33 offer no tool of such a server either.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0
mkdir -p server/src
cat > server/Cargo.toml <<'END'
[package]
name = "server"
version = "0.1.0"
edition = "2024"
[dependencies]
rmcp = { version = "=3.11.0", features = ["server", "macros", "transport-io"] }
schemars = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }
END
cat > server/src/main.rs <<'END'
#![allow(dead_code)]
use rmcp::handler::server::{router::tool::ToolRouter, wrapper::Parameters};
use rmcp::{ServerHandler, ServiceExt, tool, tool_handler, tool_router, transport::stdio};
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Row { value: serde_json::Value }
#[derive(Clone)]
struct Server { tool_router: ToolRouter<Self> }
#[tool_router]
impl Server {
    #[tool(description = "takes any value")]
    async fn take(&self, Parameters(row): Parameters<Row>) -> String { row.value.to_string() }
    #[tool(description = "takes nothing")]
    async fn bare(&self) -> String { "bare".into() }
}
#[tool_handler]
impl ServerHandler for Server {}
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = Server { tool_router: Server::tool_router() };
    server.serve(stdio()).await.unwrap().waiting().await.unwrap();
}
END
CARGO_TARGET_DIR=$T/target cargo build --quiet --manifest-path server/Cargo.toml >&2
for sdk in sdk client; do
    case $sdk in sdk) client=sdk/client/index.js stdio=sdk/client/stdio.js ;; *) client=client stdio=client/stdio ;; esac
    cat > $sdk.mjs <<END
import { Client } from '@modelcontextprotocol/$client';
import { StdioClientTransport } from '@modelcontextprotocol/$stdio';
const client = new Client({ name: 'c', version: '1' });
await client.connect(new StdioClientTransport({ command: process.argv[2] }));
try {
  for (const tool of (await client.listTools()).tools) console.log('$sdk', tool.name, JSON.stringify(tool.inputSchema.properties));
} catch (error) { console.log('$sdk', error.constructor.name, JSON.parse(error.message)[0].path.join('.')); }
await client.close();
END
    timeout 60 node $sdk.mjs "$T/target/debug/server"
done > now
same_as_seen now <<'END'
sdk $ZodError tools.1.inputSchema.properties.value
client bare {}
client take {"value":true}
END
