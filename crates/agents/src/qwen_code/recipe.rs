//! How Qwen Code is driven. It has come of the Gemini CLI, and is told of servers as that is.

use std::time::Duration;

use serde_json::json;

use super::stream;
use crate::agent::QWEN_CODE;
use crate::gemini::server;
use crate::model;
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &QWEN_CODE,
    form: stream::FORM,
    program: "qwen",
    install: "npm install --global @qwen-code/qwen-code, or name one with --agent-cli",
    help: &["--help"],
    needs: &["--output-format"],
    features: None,
    too_old: |_| None,
    prepare,
    own_variables: &["OPENAI_", "QWEN_", "DASHSCOPE_"],
    logs: &[],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut prepared = Prepared::of(installation);
    let settings = json!({
        "mcpServers": {wanted.server: server(wanted)},
        "security": {"auth": {"selectedType": "openai"}},
        "general": {"disableAutoUpdate": true, "enableAutoUpdate": false},
        "privacy": {"usageStatisticsEnabled": false},
        "telemetry": {"enabled": false},
        // Otherwise the tools of servers are hidden behind one that finds them.
        "tools": {"toolSearch": {"enabled": false}},
    });
    prepared.files.push(("settings.json".into(), settings.to_string()));
    prepared.set(&[("QWEN_HOME", wanted.home.as_str())]);
    prepared.arguments(["--output-format", "stream-json"]);
    // Otherwise it asks its model whether a call may be made.
    prepared.if_taken(installation, &["--approval-mode", "default"]);
    if let Model::Scripted(access) = wanted.model {
        prepared.set(&[
            ("OPENAI_BASE_URL", &format!("{}/v1", access.address)),
            ("OPENAI_API_KEY", access.key),
            ("OPENAI_MODEL", model::MODEL),
        ]);
    }
    prepared.arguments([format!("--prompt={}", wanted.prompt).as_str()]);
    prepared
}
