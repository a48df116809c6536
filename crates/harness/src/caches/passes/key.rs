//! The key of a pass: all that makes a difference to the outcome of a run, besides the tree that it tests.

use std::time::SystemTime;

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_record::options::SmokeArgs;
use smoke_record::profile::Profile;
use xshell::{Shell, cmd};

use super::hash;
use crate::caches::builds;
use crate::context::Context;
use crate::python;
use crate::steps::clone::gateway_source;

/// Arguments that change where a run works and what it shows, not what comes of it.
const NO_MATTER: [&str; 22] = [
    "profile",
    "source",
    "rev",
    "proxy_source",
    "plan_only",
    "cold",
    "committed",
    "workspace",
    "limits",
    "artifacts",
    "format",
    "capture_debug_tools",
    "capture_diag_logs",
    "force_no_logs",
    "port",
    "no_pm2_kill",
    "pm2_kill",
    "no_port_kill",
    "repeat",
    "until_fail",
    "verbose",
    "quiet",
];

/// The key of a run that has come to its end, while its clones are still there. None for one that
/// did not do all that a run does.
pub fn of_run(context: &Context) -> Option<String> {
    let args = &context.settings.args;
    if context.settings.reused || !is_full(args) {
        return None;
    }
    let commit = match &context.profile.gateway.clone {
        None => None,
        Some(own) => {
            let clone = context.expand(&own.into).ok()?;
            Some(git::commit(Utf8Path::new(&clone), "HEAD", &context.environment).ok()?.id)
        }
    };
    let environment = smoke_core::project::inherited().ok()?;
    let source = &context.settings.source.path;
    Some(text(args, &context.profile, source, commit.as_deref(), &environment))
}

/// The key that a run with these arguments would have now. None when that cannot be told.
pub fn of_plan(
    args: &SmokeArgs,
    profile: &Profile,
    source: &str,
    environment: &Environment,
) -> Option<String> {
    let commit = match &profile.gateway.clone {
        None => None,
        Some(_) => Some(gateway_commit(args, profile, environment)?),
    };
    Some(text(args, profile, source, commit.as_deref(), environment))
}

/// Whether nothing of a run is left out, left to a person or played.
pub fn is_full(args: &SmokeArgs) -> bool {
    let left_out = args.workspace.bootstrap_only || args.workspace.skip_bootstrap;
    let by_hand = args.manual || args.resume || !args.manual_stage.is_empty();
    !left_out && !by_hand && args.inject.is_none() && !args.workspace.force_outdated
}

fn text(
    args: &SmokeArgs,
    profile: &Profile,
    source: &str,
    gateway_commit: Option<&str>,
    environment: &Environment,
) -> String {
    let mut lines = vec![own_build(), format!("arguments {}", relevant(args))];
    lines.extend(gateway_commit.map(|commit| format!("gateway {commit}")));
    lines.extend(programs(args, profile, source, environment));
    lines.extend(values(profile, environment));
    // What a file ends with is lost on its way through git.
    lines.push(profile.text.trim().to_owned());
    lines.push(String::new());
    lines.join("\n")
}

/// This very program. A copy of it keeps its time.
fn own_build() -> String {
    let meta = std::env::current_exe().and_then(|path| path.metadata());
    let stamp = meta.and_then(|meta| Ok((meta.len(), meta.modified()?)));
    let nanos =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|t| t.as_nanos());
    let stamp = stamp.map(|(length, time)| format!("{length} {}", nanos(time).unwrap_or_default()));
    format!("xtask {} {}", env!("CARGO_PKG_VERSION"), stamp.unwrap_or_default())
}

fn relevant(args: &SmokeArgs) -> Value {
    let mut value = serde_json::to_value(args).unwrap_or_default();
    let parts = value.get_mut("parts").and_then(Value::as_object_mut);
    parts.into_iter().for_each(|parts| parts.retain(|key, _| !NO_MATTER.contains(&key.as_str())));
    let all = value.as_object_mut();
    all.into_iter().for_each(|all| all.retain(|key, _| !NO_MATTER.contains(&key.as_str())));
    value
}

/// Which files the profile's commands start, as far as their names are fixed.
fn programs(
    args: &SmokeArgs,
    profile: &Profile,
    source: &str,
    environment: &Environment,
) -> Vec<String> {
    let python = python::interpreter(args.parts.python_bin.as_deref(), source);
    let commands = profile.commands();
    let first = commands.iter().filter_map(|(_, command)| command.first());
    let mut names: Vec<&str> = first.map(String::as_str).collect();
    names.extend(profile.requires.programs.iter().map(String::as_str));
    if profile.text.contains("{{PYTHON}}") {
        names.push(&python);
    }
    names.sort_unstable();
    names.dedup();
    let fixed = names.into_iter().filter(|name| !name.contains("{{"));
    fixed.filter_map(|name| builds::stamp(name, environment)).collect()
}

/// The variables that the profile asks for. Their values may be secret, so that only a number that
/// stands for each is kept.
fn values(profile: &Profile, environment: &Environment) -> Vec<String> {
    let names = profile.text.split("{{").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ' ');
        rest[..end.unwrap_or(rest.len())].trim()
    });
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let value = |name| Some(format!("{name} {}", hash(environment.get(name)?)));
    names.into_iter().filter_map(value).collect()
}

/// The commit that the gateway would be cloned at.
fn gateway_commit(
    args: &SmokeArgs,
    profile: &Profile,
    environment: &Environment,
) -> Option<String> {
    let spec = profile.gateway.clone.as_ref()?;
    let source = gateway_source(spec, args, environment).ok()?;
    if Utf8Path::new(&source).is_dir() {
        return git::commit(Utf8Path::new(&source), "HEAD", environment).ok().map(|it| it.id);
    }
    let shell = Shell::new().ok()?;
    let ask = cmd!(shell, "git ls-remote --quiet -- {source} HEAD");
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
    let answer = smoke_core::short::read(ask, environment, PATIENCE).ok()?;
    answer.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use smoke_core::environment::Origin;
    use smoke_record::profile;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: SmokeArgs,
    }

    fn smoke(more: &[&str]) -> SmokeArgs {
        Cli::parse_from([&["smoke"], more].concat()).args
    }

    fn key(args: &SmokeArgs, profile: &str, environment: &Environment) -> String {
        let profile = profile::read("smoke.toml".into(), profile).unwrap();
        of_plan(args, &profile, "/src", environment).unwrap()
    }

    const SMALL: &str = "[gateway]\ncommand = [\"sh\", \"{{TOKEN:-}}\"]\n";

    #[test]
    fn what_makes_a_difference_makes_another_key() {
        let mut environment = Environment::inherited();
        let plain = key(&smoke(&[]), SMALL, &environment);
        assert_eq!(plain, key(&smoke(&["--port", "20000", "--cold"]), SMALL, &environment));
        assert_eq!(plain, key(&smoke(&[]), SMALL.trim(), &environment));
        assert_ne!(plain, key(&smoke(&["--pytest-scope", "full"]), SMALL, &environment));
        assert_ne!(plain, key(&smoke(&[]), &SMALL.replace("sh", "cat"), &environment));
        environment.set("TOKEN", "s3cret", Origin::Inherited);
        let other = key(&smoke(&[]), SMALL, &environment);
        assert!(plain != other && !other.contains("s3cret"), "{other}");
    }

    #[test]
    fn a_part_of_a_run_is_no_pass() {
        assert!(is_full(&smoke(&[])));
        for part in [&["--bootstrap-only"][..], &["--manual"], &["--inject", "agent-hangs"]] {
            assert!(!is_full(&smoke(part)), "{part:?}");
        }
    }
}
