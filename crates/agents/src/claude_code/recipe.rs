//! How Claude Code is driven.

use std::time::Duration;

use serde_json::{Value, json};

use super::stream;
use crate::agent::CLAUDE_CODE;
use crate::mcp_server::{Reached, reached};
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &CLAUDE_CODE,
    form: stream::FORM,
    program: "claude",
    install: "npm install --global @anthropic-ai/claude-code, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--output-format"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["ANTHROPIC_", "CLAUDE"],
    logs: &[".cache/claude-cli-nodejs"],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let servers = json!({"mcpServers": {wanted.server: server(wanted)}});
    prepared.files.push(("stack.json".into(), servers.to_string()));
    let (config, allowed) = (wanted.home.join("stack.json"), format!("mcp__{}", wanted.server));
    prepared.arguments(["-p", "--output-format", "stream-json", "--verbose"]);
    prepared.arguments(["--mcp-config", config.as_str(), "--strict-mcp-config"]);
    prepared.if_taken(installation, &["--no-session-persistence"]);
    prepared.set(&[
        ("CLAUDE_CONFIG_DIR", wanted.home.join("config").as_str()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_TELEMETRY", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        // Otherwise the tools of servers are hidden behind one that finds them.
        ("ENABLE_TOOL_SEARCH", "false"),
    ]);
    if let Model::Scripted(model) = wanted.model {
        prepared.set(&[("ANTHROPIC_BASE_URL", model.address), ("ANTHROPIC_API_KEY", model.key)]);
    }
    // The list of tools ends with the next option.
    prepared.arguments(["--allowedTools", &allowed, "--", wanted.prompt]);
    prepared
}

fn server(wanted: &Wanted) -> Value {
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => json!({"type": "http", "url": url, "headers": headers}),
        Reached::Started { command, arguments, environment } => {
            json!({"type": "stdio", "command": command, "args": arguments, "env": environment})
        }
    }
}
