//! The key of a pass: all that makes a difference to the outcome of a run, besides the tree that it tests.

use std::time::SystemTime;

use camino::Utf8Path;
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_record::options::{Choice, Extent, Manual, Options};
use smoke_record::plan;
use smoke_record::profile::Profile;
use xshell::{Shell, cmd};

use super::hash;
use crate::caches::builds;
use crate::context::Context;
use crate::python::interpreter;
use crate::steps::clone::gateway_source;

/// The key of a run that has come to its end, while its clones are still there. None for one that
/// did not do all that a run does.
pub fn of_run(context: &Context) -> Option<String> {
    let options = &context.options;
    if context.run.reused || !is_full(options) {
        return None;
    }
    let commit = match &context.profile.gateway.clone {
        None => None,
        Some(own) => {
            let clone = context.expand(&own.into).ok()?;
            Some(
                git::commit(Utf8Path::new(&clone), "HEAD", &context.environment, &Bound::usual())
                    .ok()?
                    .id,
            )
        }
    };
    let environment = smoke_core::project::inherited().ok()?;
    let source = &context.run.source.path;
    Some(text(options, &context.profile, source, commit.as_deref(), &environment))
}

/// The key that a run with these arguments would have now. None when that cannot be told.
pub fn of_plan(
    options: &Options,
    profile: &Profile,
    source: &str,
    environment: &Environment,
) -> Option<String> {
    let commit = match &profile.gateway.clone {
        None => None,
        Some(_) => Some(gateway_commit(options, profile, environment)?),
    };
    Some(text(options, profile, source, commit.as_deref(), environment))
}

/// Whether nothing of a run is left out, left to a person or played.
pub fn is_full(options: &Options) -> bool {
    let all = options.extent == Extent::Full && options.manual == Manual::None;
    all && options.fault.is_none() && !options.workspace.force_outdated
}

fn text(
    options: &Options,
    profile: &Profile,
    source: &str,
    gateway_commit: Option<&str>,
    environment: &Environment,
) -> String {
    let mut lines = vec![own_build()];
    lines.extend(asked(options));
    lines.extend(gateway_commit.map(|commit| format!("gateway {commit}")));
    lines.extend(programs(options, profile, source, environment));
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

/// The options that make a difference. The others say where a run works, how long it waits and what it
/// shows.
fn asked(options: &Options) -> Vec<String> {
    let (roles, parts) = (options.roles, &options.parts);
    let chosen = [
        ("supervisor", roles.supervisor.name()),
        ("agent", roles.agent.name),
        ("model", roles.model.name()),
        ("scope", options.scope.name()),
    ];
    let files = [
        ("python", &parts.python),
        ("pm2", &parts.pm2),
        ("agent", &parts.agent_cli),
        ("codex", &parts.codex_cli),
        ("codex-home", &parts.codex_home),
        ("wrapper", &parts.wrapper_release),
    ];
    let flags = [("GOFLAGS", &parts.go_flags), ("GOMAXPROCS", &parts.gomaxprocs)];
    let files = files.into_iter().filter_map(|(name, file)| Some((name, file.as_ref()?.as_str())));
    let flags = flags.into_iter().filter_map(|(name, flag)| Some((name, flag.as_deref()?)));
    let all = chosen.into_iter().chain(files).chain(flags);
    all.map(|(name, value)| format!("{name} {value:?}")).collect()
}

/// Which files the profile's commands start, as far as their names are fixed.
fn programs(
    options: &Options,
    profile: &Profile,
    source: &str,
    environment: &Environment,
) -> Vec<String> {
    let python = interpreter(options.parts.python.as_deref(), source);
    let commands = plan::commands(profile);
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
    options: &Options,
    profile: &Profile,
    environment: &Environment,
) -> Option<String> {
    let spec = profile.gateway.clone.as_ref()?;
    let source = gateway_source(spec, options, environment).ok()?;
    if Utf8Path::new(&source).is_dir() {
        return git::commit(Utf8Path::new(&source), "HEAD", environment, &Bound::usual())
            .ok()
            .map(|it| it.id);
    }
    let shell = Shell::new().ok()?;
    let ask = cmd!(shell, "git ls-remote --quiet -- {source} HEAD");
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
    let answer = smoke_core::short::read(ask, environment, &Bound::within(PATIENCE)).ok()?;
    answer.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use smoke_core::environment::Origin;
    use smoke_record::options::{Parts, Scope};
    use smoke_record::profile;

    use super::*;

    fn key(options: &Options, profile: &str, environment: &Environment) -> String {
        let profile = profile::read("smoke.toml".into(), profile).unwrap();
        of_plan(options, &profile, "/src", environment).unwrap()
    }

    const SMALL: &str = "[gateway]\ncommand = [\"sh\", \"{{TOKEN:-}}\"]\n";

    #[test]
    fn what_makes_a_difference_makes_another_key() {
        let mut environment = Environment::inherited();
        let usual = Options::default();
        let plain = key(&usual, SMALL, &environment);
        let part = |parts| Options { parts, ..Options::default() };
        let port = Options { cold: true, ..part(Parts { port: Some(1), ..Parts::default() }) };
        assert_eq!(plain, key(&port, SMALL, &environment));
        assert_eq!(plain, key(&usual, SMALL.trim(), &environment));
        let scope = Options { scope: Scope::Full, ..Options::default() };
        let python = part(Parts { python: Some("/p".into()), ..Parts::default() });
        let flags = part(Parts { go_flags: Some("-race".into()), ..Parts::default() });
        for other in [&scope, &python, &flags] {
            assert_ne!(plain, key(other, SMALL, &environment), "{other:?}");
        }
        assert_ne!(plain, key(&usual, &SMALL.replace("sh", "cat"), &environment));
        environment.set("TOKEN", "s3cret", Origin::Inherited);
        let other = key(&usual, SMALL, &environment);
        assert!(plain != other && !other.contains("s3cret"), "{other}");
    }

    #[test]
    fn a_part_of_a_run_is_no_pass() {
        let full = Options::default;
        assert!(is_full(&full()));
        let parts = [
            Options { extent: Extent::Bootstrap { build: true }, ..full() },
            Options { manual: Manual::All, ..full() },
            Options { fault: Some("agent-hangs".into()), ..full() },
        ];
        for part in parts {
            assert!(!is_full(&part), "{part:?}");
        }
    }
}
