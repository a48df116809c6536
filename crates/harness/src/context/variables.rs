//! The variables that a run sets for every child.

use camino::Utf8Path;
use smoke_core::environment::{Environment, Origin};
use smoke_core::process::RUN_ID;
use smoke_record::facts::Facts;
use smoke_record::options::Options;
use smoke_record::workspace::paths::Paths;

use crate::caches::builds;
use crate::python::interpreter;

/// Sets them.
pub fn set(
    environment: &mut Environment,
    (run, options, paths): (&Facts, &Options, &Paths),
    gateway_program: Option<&Utf8Path>,
) {
    let places = of_places(run, paths).into_iter();
    let all = places.chain(of_addresses(run.port)).chain(of_options(run, options));
    let all = all.chain(gateway_program.map(|path| ("SMOKE_GATEWAY_BIN", path.to_string())));
    for (key, value) in all {
        environment.set(key, value, Origin::Run);
    }
}

type Variable = (&'static str, String);

fn of_places(run: &Facts, paths: &Paths) -> Vec<Variable> {
    vec![
        (RUN_ID, run.id.clone()),
        ("SMOKE_WORKSPACE", paths.workspace.to_string()),
        ("SMOKE_BUILD_DIR", builds::shared(&run.cache).to_string()),
        ("SMOKE_CALL_LOG", paths.logs.join("gateway-calls.jsonl").to_string()),
        ("STELAE_DIR", paths.clone.to_string()),
        ("APPS_DIR", paths.apps.to_string()),
        ("STELAE_CONFIG_HOME", paths.config_home.to_string()),
        ("STELAE_STATE_HOME", paths.state_home.to_string()),
        ("STELAE_ENV_FILE", paths.env_file.to_string()),
        ("PROXY_CONFIG", paths.state_home.join("proxy.json").to_string()),
        ("TOOL_OVERRIDES_PATH", paths.state_home.join("tool_overrides.json").to_string()),
        ("STELAE_DISCOVERY_PATH", paths.state_home.join("discovered_servers.json").to_string()),
        ("PM2_HOME", paths.pm2_home.to_string()),
        ("CODEX_HOME", paths.codex_home.to_string()),
        ("TMPDIR", paths.tmp.to_string()),
    ]
}

fn of_addresses(port: u16) -> Vec<Variable> {
    let base = format!("http://127.0.0.1:{port}");
    vec![
        ("PROXY_PORT", port.to_string()),
        ("PUBLIC_PORT", port.to_string()),
        ("STELAE_PROXY_BASE", base.clone()),
        ("PUBLIC_BASE_URL", base.clone()),
        ("PUBLIC_SSE_URL", format!("{base}/mcp")),
    ]
}

fn of_options(run: &Facts, options: &Options) -> Vec<Variable> {
    let parts = &options.parts;
    let python = interpreter(parts.python.as_deref(), &run.source.path);
    let mut variables = vec![
        ("GIT_AUTHOR_NAME", "Clone Smoke".into()),
        ("GIT_AUTHOR_EMAIL", "smoke@localhost".into()),
        ("GIT_COMMITTER_NAME", "Clone Smoke".into()),
        ("GIT_COMMITTER_EMAIL", "smoke@localhost".into()),
        ("PYTHON", python.clone()),
        ("SHIM_PYTHON", python),
        ("PYTHONUNBUFFERED", "1".into()),
    ];
    variables.extend(parts.pm2.clone().map(|path| ("PM2", path.into_string())));
    variables.extend(parts.go_flags.clone().map(|flags| ("GOFLAGS", flags)));
    variables.extend(parts.gomaxprocs.clone().map(|count| ("GOMAXPROCS", count)));
    if options.capture.debug_tools {
        variables.extend([("FASTMCP_LOG_LEVEL", "DEBUG".into()), ("MCP_DEBUG_LOG", "1".into())]);
    }
    variables
}
