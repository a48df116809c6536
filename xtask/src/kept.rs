//! Results of a profile's setup that are kept between runs: which folder each has, and what it
//! depends on. The command runs in that folder with nothing of the clone but the inputs that the
//! profile names, so that the inputs are all that it can depend on.

use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::{Environment, Origin};

use crate::cache;
use crate::git;
use crate::profile::{self, Profile, SetupSpec};
use crate::run::settings::Settings;

/// The place of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The folder that belongs to it, with its lock and its key.
    pub slot: Utf8PathBuf,
    /// The folder in it that the command runs in.
    pub tree: Utf8PathBuf,
    /// All that the result depends on, as text.
    pub key: String,
}

/// Finds the place of each setup of `profile` that is kept, and sets the variables that name them:
/// a later setup can use an earlier one. None for one that runs in the clone.
///
/// # Errors
/// The tested commit lacks an input, or a command uses what is different in every run.
pub fn places(
    settings: &Settings,
    profile: &Profile,
    environment: &mut Environment,
) -> Result<Vec<Option<Kept>>> {
    let mut places = Vec::new();
    for spec in &profile.setup {
        let kept = if spec.inputs.is_empty() {
            None
        } else {
            let at = |error: anyhow::Error| {
                anyhow!("{}: [[setup]] {}: {error:#}", profile.path, spec.name)
            };
            let kept = place(settings, profile, spec, environment).map_err(at)?;
            environment.set(&spec.variable(), kept.tree.as_str(), Origin::Run);
            Some(kept)
        };
        places.push(kept);
    }
    Ok(places)
}

fn place(
    settings: &Settings,
    profile: &Profile,
    spec: &SetupSpec,
    environment: &Environment,
) -> Result<Kept> {
    let command = profile::expand_all(&spec.command, environment)?;
    if command.iter().any(|word| word.contains(settings.workspace.as_str())) {
        bail!(
            "with `inputs` its result is kept for other runs, so that it cannot use the \
             workspace; leave out `inputs`, or the placeholder of the workspace"
        );
    }
    let mut lines = vec![format!("command {command:?}")];
    for input in &spec.inputs {
        lines.push(format!("input {input} {}", object(settings, input, environment)?));
    }
    lines.extend(profile.env.iter().map(|(key, value)| format!("env {key}={value}")));
    lines.extend(of_the_machine(&command, environment));
    let key = lines.join("\n") + "\n";
    // With --cold nothing kept is used, and nothing is kept.
    let slot = if settings.args.cold {
        settings.workspace.join("setup").join(&spec.name)
    } else {
        folder(&settings.cache).join(format!("{:016x}", hash(&key)))
    };
    Ok(Kept { tree: slot.join("tree"), slot, key })
}

/// Where results are kept.
pub fn folder(cache: &Utf8Path) -> Utf8PathBuf {
    cache.join("setup")
}

/// The hash of a file or a folder in the tested commit.
fn object(settings: &Settings, input: &str, environment: &Environment) -> Result<String> {
    let source = Utf8Path::new(&settings.source.path);
    let commit = &settings.source.commit;
    git::object(source, commit, input, environment).ok_or_else(|| {
        anyhow!("the tested commit has no `{input}`, which is one of its `inputs`; commit it first")
    })
}

/// The programs that an installer is made of, and the variables that installers read.
fn of_the_machine(command: &[String], environment: &Environment) -> Vec<String> {
    const READ_BY_INSTALLERS: [&str; 12] = [
        "npm_config_",
        "NPM_CONFIG_",
        "NODE_",
        "PIP_",
        "UV_",
        "PYTHON",
        "PYENV_",
        "NVM_",
        "VOLTA_",
        "CC",
        "CFLAGS",
        "CARGO_",
    ];
    let names = |key: &str| READ_BY_INSTALLERS.iter().any(|prefix| key.starts_with(prefix));
    let read = environment.iter().filter(|(key, _)| names(key) && !key.starts_with("CARGO_HOME"));
    let read = read.map(|(key, variable)| format!("variable {key}={}", variable.value));
    let python = environment.get("PYTHON").unwrap_or("python3");
    let programs = command.first().map(String::as_str).into_iter().chain(["node", python]);
    let stamps = programs.filter_map(|program| cache::stamp(program, environment));
    let system = format!("system {} {}", std::env::consts::OS, std::env::consts::ARCH);
    read.chain(stamps).chain([system]).collect()
}

/// Two keys with the same hash would share a folder; the key is compared before it is used.
fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
