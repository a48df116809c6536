//! pm2, the supervisor of Stelae's stack: restart the app whose config changed, and only that one.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, test_kill_process};
use smoke_bundle::Summary;
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_harness::pm2::{App, Pm2, Trouble, program};

use super::settings::Settings;

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
    try_restart(settings, config, summary).map_err(|trouble| {
        let text = format!("pm2 did not restart the stack: {trouble}");
        let next = "pm2 list; then pm2 logs --nostream";
        match trouble {
            Trouble::Missing(_) => program::missing(text),
            Trouble::Late(_) => Cause::new(Code::GatewayCrashed, text, next).timed_out(),
            Trouble::Failed(_) => Cause::new(Code::GatewayCrashed, text, next),
        }
    })
}

fn try_restart(
    settings: &Settings,
    config: &Utf8Path,
    summary: &mut Summary,
) -> Result<Vec<String>, Trouble> {
    let pm2 = pm2(settings)?;
    let call = |arguments: &[&str]| pm2.call(arguments, &Bound::usual());
    let apps = apps_with(&pm2.apps(&Bound::usual())?, config);
    if apps.is_empty() {
        return Ok(apps);
    }
    let ecosystem = ecosystem(settings)?;
    for app in &apps {
        for command in
            [vec!["-s", "delete", app], vec!["-s", "start", ecosystem.as_str(), "--only", app]]
        {
            call(&command)?;
            let words = pm2.command.iter().cloned();
            summary.commands.push(words.chain(command.into_iter().map(str::to_owned)).collect());
        }
    }
    Ok(apps)
}

/// The user's own, in the user's own environment.
fn pm2(settings: &Settings) -> Result<Pm2, Trouble> {
    let mut environment = Environment::inherited();
    for file in &settings.env_files {
        environment.load(file).map_err(|error| Trouble::Failed(format!("{error:#}")))?;
    }
    let cwd = std::env::current_dir().ok().and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    let command = vec![settings.value("PM2").unwrap_or_else(|| "pm2".to_owned())];
    Ok(Pm2 { command, environment, cwd: cwd.unwrap_or_else(|| "/".into()) })
}

fn daemon_runs(settings: &Settings) -> bool {
    let home = settings.value("PM2_HOME").map(Utf8PathBuf::from);
    let home = home.or_else(|| Some(Utf8PathBuf::from(settings.value("HOME")?).join(".pm2")));
    let pid = home.and_then(|home| fs::read_to_string(home.join("pm2.pid")).ok());
    let pid = pid.and_then(|text| Pid::from_raw(text.trim().parse().ok()?));
    pid.is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// The names of the apps whose arguments name `config`, each once.
fn apps_with(apps: &[App], config: &Utf8Path) -> Vec<String> {
    let with = apps.iter().filter(|app| app.args.iter().any(|arg| arg == config.as_str()));
    let mut names: Vec<String> = with.map(|app| app.name.clone()).collect();
    names.dedup();
    names
}

fn ecosystem(settings: &Settings) -> Result<Utf8PathBuf, Trouble> {
    let folder = settings
        .value("STELAE_DIR")
        .ok_or_else(|| Trouble::Failed("STELAE_DIR is not set".to_owned()))?;
    let path = Utf8Path::new(&folder).join("ecosystem.config.js");
    if path.is_file() {
        return Ok(path);
    }
    let text = format!("{path}: there is no such file, so pm2 cannot start the gateway again");
    Err(Trouble::Failed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_apps_by_their_config() {
        let app = |name: &str, args: &[&str]| App {
            name: name.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            ..App::default()
        };
        let apps = [
            app("a", &["--config", "/c/proxy.json"]),
            app("a", &["--config", "/c/proxy.json"]),
            app("b", &["--config", "/other"]),
            app("c", &[]),
        ];
        assert_eq!(apps_with(&apps, Utf8Path::new("/c/proxy.json")), ["a"]);
        assert!(apps_with(&[], Utf8Path::new("/c")).is_empty());
    }
}
