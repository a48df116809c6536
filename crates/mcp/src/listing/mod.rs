//! The files in which MCP clients list their servers: `.mcp.json` and its like.

mod comments;
mod entry;
mod forms;
mod secrets;
mod variables;

use camino::Utf8Path;
use serde_json::{Map, Value, json};

pub use comments::without_comments;
pub use entry::{address, for_gateway, is_in_reach, is_spoken, words};
pub use forms::{Listed, read};
pub use secrets::{is_secret_name, secrets};
pub use variables::{upper, variable};

/// Where clients keep their lists in a repository, the ones that are read by most first.
pub const FILES: [&str; 22] = [
    ".mcp.json",
    "mcp.json",
    ".cursor/mcp.json",
    ".vscode/mcp.json",
    "claude_desktop_config.json",
    ".gemini/settings.json",
    "gemini-extension.json",
    ".claude-plugin/plugin.json",
    ".claude/settings.json",
    ".codex/config.toml",
    "opencode.json",
    "opencode.jsonc",
    ".opencode/opencode.json",
    ".qwen/settings.json",
    ".roo/mcp.json",
    ".kilocode/mcp.json",
    ".amazonq/mcp.json",
    ".kiro/settings/mcp.json",
    ".windsurf/mcp_config.json",
    ".zed/settings.json",
    ".vscode/settings.json",
    "crush.json",
];

/// The servers in the text of the file at `path`, in their order, but for those that are switched off.
///
/// # Errors
/// It cannot be read as its name says, lists no server, or one of them is neither started nor reached.
pub fn servers(path: &Utf8Path, text: &str) -> anyhow::Result<Vec<(String, Value)>> {
    match read(path, text)? {
        Listed::Servers(servers) => Ok(servers),
        Listed::Empty => anyhow::bail!("{path} lists no server"),
        Listed::None => anyhow::bail!(
            "{path} lists no servers: it has neither `mcpServers` nor `servers`, nor what other clients call them"
        ),
    }
}

/// The template of our own gateway's config, which serves `servers`.
pub fn template(name: &str, servers: Map<String, Value>) -> Value {
    json!({
        "mcpProxy": {"addr": ":{{PROXY_PORT}}", "name": name, "type": "streamable-http"},
        "manifest": {"toolOverridesPath": "{{TOOL_OVERRIDES_PATH}}"},
        "mcpServers": servers,
    })
}

#[cfg(test)]
mod tests;
