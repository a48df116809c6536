//! How cline is driven.

use std::time::Duration;

use serde_json::{Value, json};

use super::stream;
use crate::agent::CLINE;
use crate::mcp_server::{Reached, reached};
use crate::model;
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &CLINE,
    form: stream::FORM,
    program: "cline",
    install: "npm install --global cline, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--json"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["CLINE_"],
    logs: &["data/logs", "logs", "data"],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    // Without a folder of its own it leaves a daemon behind.
    let data = wanted.home.join("data");
    let servers = json!({"mcpServers": {wanted.server: {"transport": transport(wanted)}}});
    prepared.files.push(("data/settings/cline_mcp_settings.json".into(), servers.to_string()));
    if let Model::Scripted(access) = wanted.model {
        prepared
            .files
            .push(("data/settings/providers.json".into(), providers(access.address, access.key)));
    }
    prepared.set(&[("CLINE_TELEMETRY_DISABLED", "1"), ("CLINE_NO_AUTO_UPDATE", "1")]);
    prepared.arguments(["--json", "--data-dir", data.as_str(), "--config", data.as_str()]);
    prepared.if_taken(installation, &["--auto-approve", "true"]);
    prepared.arguments(["--", wanted.prompt]);
    prepared
}

fn providers(address: &str, key: &str) -> String {
    let settings = json!({
        "provider": "openai-compatible", "apiKey": key, "model": model::MODEL,
        "baseUrl": format!("{address}/v1"),
    });
    let provider = json!({
        "settings": settings, "updatedAt": "2026-01-01T00:00:00.000Z", "tokenSource": "manual",
    });
    let all = json!({
        "version": 1, "lastUsedProvider": "openai-compatible", "modes": {},
        "providers": {"openai-compatible": provider},
    });
    all.to_string()
}

fn transport(wanted: &Wanted) -> Value {
    match reached(wanted.endpoint) {
        Reached::Http { url, headers } => {
            json!({"type": "streamableHttp", "url": url, "headers": headers})
        }
        Reached::Started { command, arguments, environment } => {
            json!({"type": "stdio", "command": command, "args": arguments, "env": environment})
        }
    }
}
