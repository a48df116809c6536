//! Results of a profile's setup that are kept between runs: which folder each has, and what it
//! depends on. The command runs in that folder with nothing of the clone but the inputs that the
//! profile names, so that the inputs are all that it can depend on.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::{Environment, Origin};
use smoke_core::git;
use smoke_core::text::fingerprint;
use smoke_record::facts::Facts;
use smoke_record::profile::{self, Profile, SetupSpec};
use smoke_record::run_record::Source;

use crate::caches::builds;

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

/// Where a run finds the results of its setups.
pub struct Places<'a> {
    /// The run.
    pub run: &'a Facts,
    /// Its workspace.
    pub workspace: &'a Utf8Path,
    /// Whether nothing kept is used, and nothing is kept.
    pub cold: bool,
}

impl Places<'_> {
    /// Finds the place of each setup of `profile` that is kept, and sets the variables that name them:
    /// a later setup can use an earlier one. None for one that runs in the clone.
    ///
    /// # Errors
    /// The tested commit lacks an input, or a command uses what is different in every run.
    pub fn of_all(
        &self,
        profile: &Profile,
        environment: &mut Environment,
    ) -> Result<Vec<Option<Kept>>> {
        let mut places = Vec::new();
        for spec in &profile.setup {
            if spec.inputs.is_empty() {
                places.push(None);
                continue;
            }
            let at = |error: anyhow::Error| {
                anyhow!("{}: [[setup]] {}: {error:#}", profile.path, spec.name)
            };
            let kept = self.of_one(profile, spec, environment).map_err(at)?;
            environment.set(&spec.variable(), kept.tree.as_str(), Origin::Run);
            places.push(Some(kept));
        }
        Ok(places)
    }

    fn of_one(
        &self,
        profile: &Profile,
        spec: &SetupSpec,
        environment: &Environment,
    ) -> Result<Kept> {
        let command = profile::expand_all(&spec.command, environment)?;
        if command.iter().any(|word| word.contains(self.workspace.as_str())) {
            bail!(
                "with `inputs` its result is kept for other runs, so that it cannot use the \
                 workspace; leave out `inputs`, or the placeholder of the workspace"
            );
        }
        let mut lines = vec![format!("command {command:?}")];
        for input in &spec.inputs {
            lines.push(format!("input {input} {}", object(&self.run.source, input, environment)?));
        }
        let set = profile.env.iter();
        lines.extend(set.map(|(key, value)| format!("env {key} {}", fingerprint::of(value))));
        lines.extend(of_the_machine(&command, environment));
        let key = lines.join("\n") + "\n";
        let slot = match self.cold {
            true => self.workspace.join("setup").join(&spec.name),
            false => folder(&self.run.cache).join(format!("{:016x}", hash(&key))),
        };
        Ok(Kept { tree: slot.join("tree"), slot, key })
    }
}

/// Where results are kept.
pub fn folder(cache: &Utf8Path) -> Utf8PathBuf {
    cache.join("setup")
}

/// The hash of a file or a folder in the tested commit.
fn object(source: &Source, input: &str, environment: &Environment) -> Result<String> {
    let path = Utf8Path::new(&source.path);
    git::object(path, &source.commit, input, environment).ok_or_else(|| {
        anyhow!("the tested commit has no `{input}`, which is one of its `inputs`; commit it first")
    })
}

/// What an installer is besides its command: programs, variables and files that it reads, and the
/// system that it installs for. There are secrets among the values: only their hashes are written.
fn of_the_machine(command: &[String], environment: &Environment) -> Vec<String> {
    let names = |key: &str| VARIABLES.iter().any(|prefix| key.starts_with(prefix));
    let read = environment.iter().filter(|(key, _)| names(key) && !key.starts_with("CARGO_HOME"));
    let read =
        read.map(|(key, variable)| format!("variable {key} {}", fingerprint::of(&variable.value)));
    let python = environment.get("PYTHON").unwrap_or("python3");
    let programs = command.first().map(String::as_str).into_iter().chain([python]).chain(PROGRAMS);
    let stamps = programs.filter_map(|program| builds::stamp(program, environment));
    let system = format!("system {} {}", std::env::consts::OS, std::env::consts::ARCH);
    read.chain(stamps).chain(settings(environment)).chain([system]).collect()
}

/// The beginnings of the variables that installers and compilers read.
const VARIABLES: [&str; 25] = [
    "npm_config_",
    "NPM_CONFIG_",
    "NODE_",
    "PNPM_",
    "YARN_",
    "BUN_",
    "COREPACK_",
    "PIP_",
    "UV_",
    "POETRY_",
    "PYTHON",
    "PYENV_",
    "NVM_",
    "VOLTA_",
    "ASDF_",
    "CC",
    "CXX",
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "RUSTFLAGS",
    "CARGO_",
    "GOFLAGS",
    "GOPROXY",
    "GOTOOLCHAIN",
];

/// The programs that a script may call, besides the one that runs it.
const PROGRAMS: [&str; 10] =
    ["node", "npm", "pnpm", "yarn", "bun", "uv", "poetry", "cc", "cargo", "go"];

/// The files in which people and machines say which registry is asked, and which version of a
/// program answers to its name; `~` is the home, `$` the folder for config.
const SETTINGS: [&str; 20] = [
    "/etc/os-release",
    "/System/Library/CoreServices/SystemVersion.plist",
    "/etc/npmrc",
    "/usr/etc/npmrc",
    "/usr/local/etc/npmrc",
    "/etc/pip.conf",
    "/etc/uv/uv.toml",
    "~/.npmrc",
    "~/.yarnrc",
    "~/.yarnrc.yml",
    "~/.bunfig.toml",
    "~/.pip/pip.conf",
    "~/.pyenv/version",
    "~/.tool-versions",
    "~/.cargo/config.toml",
    "$/pip/pip.conf",
    "$/uv/uv.toml",
    "$/pnpm/rc",
    "$/pypoetry/config.toml",
    "$/mise/config.toml",
];

/// A line for each file of settings that is there.
fn settings(environment: &Environment) -> Vec<String> {
    let home = environment.get("HOME").unwrap_or_default();
    let usual = format!("{home}/.config");
    let config = environment.get("XDG_CONFIG_HOME").filter(|set| !set.is_empty()).unwrap_or(&usual);
    let path = |name: &&str| match name.split_at(1) {
        ("~", rest) => format!("{home}{rest}"),
        ("$", rest) => format!("{config}{rest}"),
        _ => (*name).to_owned(),
    };
    let named =
        ["PIP_CONFIG_FILE", "UV_CONFIG_FILE", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig"];
    let named = named.iter().filter_map(|key| environment.get(key).map(str::to_owned));
    let files = SETTINGS.iter().map(path).chain(named);
    let line = |path: String| {
        let bytes = fs::read(&path).ok()?;
        Some(format!("file {path} {}", fingerprint::of(&String::from_utf8_lossy(&bytes))))
    };
    files.filter_map(line).collect()
}

/// Two keys with the same hash would share a folder; the key is compared before it is used.
fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_tells_installers_is_part_of_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let mut environment = Environment::inherited();
        environment.set("HOME", home.as_str(), Origin::Run);
        environment.set("XDG_CONFIG_HOME", home.join("c").as_str(), Origin::Run);
        let command = ["sh".to_owned()];
        let mut known = vec![of_the_machine(&command, &environment)];
        for name in [".npmrc", "c/pip/pip.conf", "c/uv/uv.toml", ".pyenv/version", ".npmrc"] {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("registry = secret {}", known.len())).unwrap();
            let now = of_the_machine(&command, &environment);
            assert!(!known.contains(&now), "{name}");
            assert!(!now.join("\n").contains("secret"), "{now:?}");
            known.push(now);
        }
        environment.set("YARN_REGISTRY", "http://user:secret@elsewhere", Origin::Run);
        let now = of_the_machine(&command, &environment);
        assert!(!known.contains(&now) && !now.join("\n").contains("secret"), "{now:?}");
    }
}
