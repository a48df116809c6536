//! The smallest config for a gateway that needs one: a single server, which npx brings.

use serde_json::json;

use super::script::{setup, shell};

/// Where it is.
pub const FILE: &str = "{{SMOKE_WORKSPACE}}/config.json";

/// What writes it.
pub fn written() -> String {
    let server =
        json!({"command": "npx", "args": ["-y", "@modelcontextprotocol/server-everything"]});
    let config = json!({"mcpServers": {"everything": server}});
    setup("config", &shell(&format!("printf '%s' '{config}' >{FILE}")), &[], "")
}
