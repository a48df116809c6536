//! How the Copilot CLI is driven.

use std::time::Duration;

use serde_json::{Value, json};

use super::stream;
use crate::agent::COPILOT;
use crate::mcp_server::{Reached, reached};
use crate::model;
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &COPILOT,
    form: stream::FORM,
    program: "copilot",
    install: "npm install --global @github/copilot, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--output-format"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["COPILOT_"],
    logs: &[],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let servers = json!({"mcpServers": {wanted.server: server(wanted)}});
    prepared.files.push(("stack.json".into(), servers.to_string()));
    let config = format!("@{}", wanted.home.join("stack.json"));
    prepared.arguments(["--output-format", "json", "--additional-mcp-config", &config]);
    prepared.if_taken(installation, &["--disable-builtin-mcps"]);
    prepared.if_taken(installation, &["--no-auto-update"]);
    prepared.arguments([format!("--allow-tool={}", wanted.server).as_str()]);
    prepared.set(&[("COPILOT_HOME", wanted.home.join("copilot").as_str())]);
    if let Model::Scripted(access) = wanted.model {
        prepared.set(&[
            ("COPILOT_PROVIDER_BASE_URL", &format!("{}/v1", access.address)),
            ("COPILOT_PROVIDER_TYPE", "openai"),
            ("COPILOT_PROVIDER_API_KEY", access.key),
            ("COPILOT_MODEL", model::MODEL),
            ("COPILOT_OFFLINE", "true"),
        ]);
    }
    prepared.arguments(["-p", wanted.prompt]);
    prepared
}

fn server(wanted: &Wanted) -> Value {
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => {
            json!({"type": "http", "url": url, "headers": headers, "tools": ["*"]})
        }
        Reached::Started { command, arguments, environment } => json!({
            "type": "local", "command": command, "args": arguments, "env": environment,
            "tools": ["*"],
        }),
    }
}
