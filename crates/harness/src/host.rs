//! The developer's own setup of the stack, of pm2 and of agents, which a run must not touch.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::Environment;
use smoke_record::run_record::Host;

/// What the watched files were like at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingerprint {
    roots: Vec<(Utf8PathBuf, &'static [&'static str])>,
    files: BTreeMap<Utf8PathBuf, u64>,
}

/// The files that say how codex and pm2 are set up; their logs and caches change by themselves.
const OF_CODEX: &[&str] = &["config.toml", "auth.json"];
const OF_PM2: &[&str] = &["dump.pm2", "module_conf.json", "pm2.pid"];
/// The same of other agents: the folder in HOME, and its files.
const OF_AGENTS: &[(&str, &[&str])] = &[
    (".claude", &["settings.json", ".credentials.json", "CLAUDE.md"]),
    (
        ".gemini",
        &["settings.json", "oauth_creds.json", "google_accounts.json", "trustedFolders.json"],
    ),
    (".qwen", &["settings.json", "oauth_creds.json", "trustedFolders.json"]),
    (".config/opencode", &["opencode.json", "opencode.jsonc", "config.json"]),
    (".local/share/opencode", &["auth.json", "mcp-auth.json"]),
    (".copilot", &["config.json", "mcp-config.json", "settings.json"]),
    (".cline/data/settings", &["cline_mcp_settings.json", "providers.json"]),
    (".pi/agent", &["auth.json", "mcp.json", "models.json", "settings.json"]),
    (".vibe", &["config.toml", ".env", "trusted_folders.toml"]),
];
/// In the config home of the stack, every file counts.
const ALL: &[&str] = &[];
/// A config home with more files than this is somebody's whole disk.
const MOST: usize = 5000;

impl Fingerprint {
    /// Takes the fingerprint of the setup that `environment`, the user's own, leads to.
    pub fn take(environment: &Environment) -> Self {
        let home = environment.get("HOME").map(Utf8PathBuf::from).unwrap_or_default();
        let folder = |key: &str, usual: &str| {
            let set = environment.get(key).filter(|value| !value.is_empty());
            set.map_or_else(|| home.join(usual), Utf8PathBuf::from)
        };
        let stack = match environment.get("STELAE_CONFIG_HOME") {
            Some(set) => Utf8PathBuf::from(set),
            None => folder("XDG_CONFIG_HOME", ".config").join("stelae"),
        };
        let mut roots = vec![
            (folder("CODEX_HOME", ".codex"), OF_CODEX),
            (folder("PM2_HOME", ".pm2"), OF_PM2),
            (stack, ALL),
        ];
        roots.extend(OF_AGENTS.iter().map(|(folder, files)| (home.join(folder), *files)));
        Self::of(roots)
    }

    fn of(roots: Vec<(Utf8PathBuf, &'static [&'static str])>) -> Self {
        let mut files = BTreeMap::new();
        for (root, names) in &roots {
            if names.is_empty() {
                collect(root, &mut files);
            }
            for name in *names {
                let path = root.join(name);
                files.extend(content(&path).map(|content| (path, content)));
            }
        }
        Self { roots, files }
    }

    /// Compares what is there now with what was there then.
    pub fn compare(&self) -> Host {
        let now = Self::of(self.roots.clone());
        let paths = self.files.keys().chain(now.files.keys());
        let mut changed: Vec<String> = paths
            .filter(|path| self.files.get(*path) != now.files.get(*path))
            .map(ToString::to_string)
            .collect();
        changed.sort();
        changed.dedup();
        Host { untouched: changed.is_empty(), changed }
    }
}

fn collect(folder: &Utf8Path, files: &mut BTreeMap<Utf8PathBuf, u64>) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        if files.len() >= MOST {
            return;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(entry.path(), files),
            Ok(kind) if kind.is_file() => {
                files.extend(
                    content(entry.path()).map(|content| (entry.path().to_owned(), content)),
                );
            }
            _ => {}
        }
    }
}

/// A number that stands for the content; for a large file, for its size and time of change.
fn content(path: &Utf8Path) -> Option<u64> {
    const LARGE: u64 = 1 << 20;
    let meta = fs::metadata(path).ok()?;
    let mut hasher = DefaultHasher::new();
    meta.len().hash(&mut hasher);
    if meta.len() > LARGE {
        meta.modified().ok()?.hash(&mut hasher);
    } else {
        fs::read(path).ok()?.hash(&mut hasher);
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use smoke_core::environment::Origin;

    use super::*;

    #[test]
    fn a_change_an_addition_and_a_removal_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let write = |name: &str, text: &str| {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".codex/config.toml", "a");
        write(".codex/history.jsonl", "a");
        write(".config/stelae/deep/proxy.json", "a");
        let mut environment = Environment::default();
        environment.set("HOME", home.as_str(), Origin::Inherited);
        let before = Fingerprint::take(&environment);
        assert_eq!(before.compare(), Host::default());
        write(".codex/history.jsonl", "b");
        assert!(before.compare().untouched);
        write(".codex/config.toml", "b");
        write(".gemini/settings.json", "new");
        write(".pm2/dump.pm2", "new");
        fs::remove_file(home.join(".config/stelae/deep/proxy.json")).unwrap();
        let names = [
            ".codex/config.toml",
            ".config/stelae/deep/proxy.json",
            ".gemini/settings.json",
            ".pm2/dump.pm2",
        ];
        let host = before.compare();
        assert_eq!(host.changed, names.map(|name| home.join(name).to_string()));
        assert!(!host.untouched);
    }
}
