//! The command line of one session, built from what the installed version says that it takes.

use super::config::{self, Values};
use crate::model::MODEL;
use crate::recipe::{Installation, Model, Wanted};

/// What makes it print its events as lines of JSON.
pub const JSON: [&str; 2] = ["--json", "--experimental-json"];

/// The command line.
pub fn exec(installation: &Installation, wanted: &Wanted) -> Vec<String> {
    let mut argv = installation.argv.clone();
    argv.push("exec".into());
    argv.extend(flags(installation, wanted));
    for (key, value) in settings(installation, wanted) {
        argv.extend(["-c".into(), format!("{key}={value}")]);
    }
    // A prompt may begin with a dash.
    argv.extend(["--".into(), wanted.prompt.to_owned()]);
    argv
}

fn flags(installation: &Installation, wanted: &Wanted) -> Vec<String> {
    let takes = |option: &str| installation.options.contains(option);
    let mut flags: Vec<&str> = JSON.into_iter().filter(|option| takes(option)).take(1).collect();
    let own_config = wanted.model == Model::LiveAsConfigured;
    let plain = ["--ephemeral", "--ignore-user-config", "--ignore-rules", "--skip-git-repo-check"];
    let plain = plain.into_iter().filter(|flag| !own_config || *flag != "--ignore-user-config");
    flags.extend(plain.filter(|flag| takes(flag)));
    // The stages need no shell. What a version takes instead is not needed where this is taken.
    if takes("--sandbox") {
        flags.extend(["--sandbox", "read-only"]);
    } else if takes("--full-auto") {
        flags.push("--full-auto");
    }
    if takes("--color") {
        flags.extend(["--color", "never"]);
    }
    if takes("--cd") {
        flags.extend(["--cd", wanted.folder.as_str()]);
    }
    if let Model::Scripted(_) = wanted.model {
        // Of a model that it does not know, codex does not hide the tools behind another tool.
        flags.extend(["--model", MODEL]);
    }
    flags.into_iter().map(str::to_owned).collect()
}

/// Values of the config file. They are given as arguments, because a wrapper may set another home.
fn settings(installation: &Installation, wanted: &Wanted) -> Vec<(String, String)> {
    let server = config::server(wanted.endpoint, wanted.tool_timeout_s, Values::InEnvironment);
    let mut settings = vec![
        (format!("mcp_servers.{}", wanted.server), server.to_string()),
        ("check_for_update_on_startup".into(), "false".into()),
        ("analytics.enabled".into(), "false".into()),
    ];
    if let Model::Scripted(model) = wanted.model {
        let provider = config::provider(&format!("{}/v1", model.address));
        settings.push(("model_provider".into(), "\"clone-smoke\"".into()));
        settings.push(("model_providers.clone-smoke".into(), provider.to_string()));
    }
    if installation.features.is_empty() {
        // Before there was a list of features, this is what let it use a server over HTTP.
        settings.push(("experimental_use_rmcp_client".into(), "true".into()));
    }
    for (feature, on) in FEATURES.iter().chain(&[(STATELESS_FEATURE, wanted.stateless)]) {
        if installation.features.contains(*feature) {
            settings.push((format!("features.{feature}"), on.to_string()));
        }
    }
    settings
}

/// The feature that makes it speak MCP 2026-07-28.
pub const STATELESS_FEATURE: &str = "mcp_2026_07_28";

/// The features that a run turns on or off: servers over HTTP; requests that the scripted model can
/// read; and what asks the network or a shell for things that no stage needs.
const FEATURES: &[(&str, bool)] = &[
    ("rmcp_client", true),
    ("enable_request_compression", false),
    ("apps", false),
    ("plugins", false),
    ("remote_plugin", false),
    ("remote_models", false),
    ("shell_snapshot", false),
];

#[cfg(test)]
mod tests {
    use smoke_mcp::endpoint::Endpoint;

    use super::*;
    use crate::recipe::Access;

    const ACCESS: Access = Access { address: "http://127.0.0.1:2", key: "k" };

    fn built(options: &[&str], features: &[&str], model: Model) -> String {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let installation = Installation {
            argv: vec!["codex".into()],
            version: String::new(),
            options: set(options),
            features: set(features),
        };
        let endpoint = Endpoint::Http { url: "http://127.0.0.1:1/mcp".into(), headers: Vec::new() };
        let wanted = Wanted {
            home: "/h".into(),
            folder: "/w".into(),
            prompt: "- say hello",
            server: "stack",
            endpoint: &endpoint,
            stateless: true,
            tool_timeout_s: 60,
            model,
        };
        exec(&installation, &wanted).join(" ")
    }

    #[test]
    fn only_what_the_version_takes_is_given() {
        let old = built(&["--experimental-json", "--full-auto"], &[], Model::Live);
        assert!(
            old.starts_with("codex exec --experimental-json --full-auto -c mcp_servers.stack=")
        );
        assert!(old.contains("-c experimental_use_rmcp_client=true"), "{old}");
        assert!(old.ends_with(" -- - say hello"), "{old}");
        let new =
            built(&["--json", "--sandbox", "--full-auto", "--ephemeral"], &["apps"], Model::Live);
        assert!(new.starts_with("codex exec --json --ephemeral --sandbox read-only -c"), "{new}");
        let new_one = built(&["--json"], &[STATELESS_FEATURE], Model::Live);
        assert!(new_one.contains("-c features.mcp_2026_07_28=true"), "{new_one}");
        assert!(new.contains("-c features.apps=false") && !new.contains("rmcp_client"), "{new}");
    }

    #[test]
    fn the_stack_is_required_and_approved() {
        let argv = built(&["--json"], &["apps"], Model::Live);
        let server = "mcp_servers.stack={ url = \"http://127.0.0.1:1/mcp\", required = true, \
                      default_tools_approval_mode = \"approve\", startup_timeout_sec = 20, \
                      tool_timeout_sec = 60 }";
        assert!(argv.contains(server), "{argv}");
    }

    #[test]
    fn the_config_of_the_home_is_read_only_if_it_names_the_model() {
        let options = ["--json", "--ignore-user-config"];
        for (model, ignored) in
            [(Model::Live, true), (Model::Scripted(ACCESS), true), (Model::LiveAsConfigured, false)]
        {
            let argv = built(&options, &["apps"], model);
            assert_eq!(argv.contains("--ignore-user-config"), ignored, "{argv}");
        }
        let scripted = built(&options, &[], Model::Scripted(ACCESS));
        assert!(scripted.contains("--model clone-smoke-scripted"), "{scripted}");
        assert!(scripted.contains("base_url = \"http://127.0.0.1:2/v1\""), "{scripted}");
    }
}
