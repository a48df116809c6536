//! The real supervisor of Stelae's stack: restart the app whose config changed, and only that one.

use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, test_kill_process};
use serde_json::Value;
use smoke_bundle::Summary;
use smoke_core::environment::Environment;
use smoke_core::short;
use xshell::{Shell, cmd};

use super::settings::Settings;
use crate::cause::{Cause, Code};

/// How long one pm2 command may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Deletes and starts again every pm2 app that was started with the gateway config `config`, for
/// that is the only way in which pm2 takes new arguments and a new environment. Without a running
/// daemon there is nothing to do, and none is started. Returns the apps' names.
pub fn restart(
    settings: &Settings,
    config: &Utf8Path,
    summary: &mut Summary,
) -> Result<Vec<String>, Cause> {
    if !daemon_runs(settings) {
        return Ok(Vec::new());
    }
    let start = Instant::now();
    try_restart(settings, config, summary).map_err(|error| {
        let missing = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
        let missing = missing.into_iter().any(|error| error.kind() == io::ErrorKind::NotFound);
        let (code, next) = if missing {
            (Code::PrerequisiteMissing, "install pm2, or name it in .env as PM2")
        } else {
            (Code::GatewayCrashed, "pm2 list; then pm2 logs --nostream")
        };
        let cause = Cause::new(code, format!("pm2 did not restart the stack: {error:#}"), next);
        if start.elapsed() >= DEADLINE { cause.timed_out() } else { cause }
    })
}

fn try_restart(
    settings: &Settings,
    config: &Utf8Path,
    summary: &mut Summary,
) -> Result<Vec<String>> {
    let environment = environment(settings)?;
    let pm2 = settings.value("PM2").unwrap_or_else(|| "pm2".to_owned());
    let shell = Shell::new().context("start a shell")?;
    let listed = short::read(cmd!(shell, "{pm2} -s jlist"), &environment, DEADLINE)?;
    let apps = apps_with(&listed, config)?;
    if apps.is_empty() {
        return Ok(apps);
    }
    let ecosystem = ecosystem(settings)?;
    for app in &apps {
        for command in
            [vec!["-s", "delete", app], vec!["-s", "start", ecosystem.as_str(), "--only", app]]
        {
            let arguments = &command;
            short::read(cmd!(shell, "{pm2} {arguments...}"), &environment, DEADLINE)?;
            let words = [pm2.as_str()].into_iter().chain(command).map(str::to_owned);
            summary.commands.push(words.collect());
        }
    }
    Ok(apps)
}

fn daemon_runs(settings: &Settings) -> bool {
    let home = settings.value("PM2_HOME").map(Utf8PathBuf::from);
    let home = home.or_else(|| Some(Utf8PathBuf::from(settings.value("HOME")?).join(".pm2")));
    let pid = home.and_then(|home| fs::read_to_string(home.join("pm2.pid")).ok());
    let pid = pid.and_then(|text| Pid::from_raw(text.trim().parse().ok()?));
    pid.is_some_and(|pid| test_kill_process(pid).is_ok())
}

fn environment(settings: &Settings) -> Result<Environment> {
    let mut environment = Environment::inherited();
    for file in &settings.env_files {
        environment.load(file)?;
    }
    Ok(environment)
}

/// The names of the apps whose arguments name `config`. A banner before the list is left out.
fn apps_with(listed: &str, config: &Utf8Path) -> Result<Vec<String>> {
    let start = listed.find("[{").or_else(|| listed.find("[]")).context("read the list of pm2")?;
    let apps: Value = serde_json::from_str(&listed[start..]).context("read the list of pm2")?;
    let names = apps.as_array().into_iter().flatten().filter_map(|app| {
        let args = app.get("pm2_env")?.get("args")?;
        let named = match args {
            Value::Array(args) => args.iter().any(|arg| arg == config.as_str()),
            other => other.as_str()?.split_whitespace().any(|arg| arg == config),
        };
        named.then(|| app.get("name")?.as_str().map(str::to_owned)).flatten()
    });
    Ok(names.collect())
}

fn ecosystem(settings: &Settings) -> Result<Utf8PathBuf> {
    let folder = settings.value("STELAE_DIR").context("STELAE_DIR is not set")?;
    let path = Utf8Path::new(&folder).join("ecosystem.config.js");
    if !path.is_file() {
        bail!("{path}: there is no such file, so pm2 cannot start the gateway again");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_apps_by_their_config() {
        let listed = r#"banner
[{"name":"a","pm2_env":{"args":["--config","/c/proxy.json"]}},
 {"name":"b","pm2_env":{"args":["--config","/other"]}},{"name":"c","pm2_env":{}}]"#;
        assert_eq!(apps_with(listed, Utf8Path::new("/c/proxy.json")).unwrap(), ["a"]);
        assert!(apps_with("[]", Utf8Path::new("/c")).unwrap().is_empty());
        assert!(apps_with("oops", Utf8Path::new("/c")).is_err());
    }
}
