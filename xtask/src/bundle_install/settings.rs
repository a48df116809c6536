//! The settings of `bundle-install`: arguments, `.env` files and the environment, put together.

use std::collections::HashMap;
use std::env;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_bundle::ConfigHome;
use smoke_core::dotenv;
use smoke_core::name::installed;

use super::args::Args;

/// The paths and values that one run works with.
pub struct Settings {
    pub bundle: Utf8PathBuf,
    pub home: ConfigHome,
    pub template: Option<Utf8PathBuf>,
    pub env_files: Vec<Utf8PathBuf>,
    values: HashMap<String, String>,
}

impl Settings {
    /// Reads the `.env` files. Only a file that was named has to exist.
    pub fn new(args: &Args) -> Result<Self> {
        let explicit = args.config_home.as_deref().map(absolute).transpose()?;
        let root = ConfigHome::locate(explicit.as_deref(), &inherited)?.root().to_owned();
        let env_files = env_files(args, &root)?;
        let mut values = HashMap::new();
        for file in &env_files {
            let outer = |key: &str| values.get(key).cloned().or_else(|| inherited(key));
            let entries = dotenv::read(file, &outer)?;
            values.extend(entries.into_iter().map(|entry| (entry.key, entry.value)));
        }
        let lookup = |key: &str| values.get(key).cloned().or_else(|| inherited(key));
        let home = ConfigHome::locate(Some(&root), &lookup)?;
        let template = template(args, &lookup);
        let bundle = args.bundle.clone().or_else(built_in);
        let bundle = bundle
            .context("name the bundle with --bundle: an installed program has none of its own")?;
        Ok(Self { bundle, home, template, env_files, values })
    }

    /// The value of a placeholder: from the `.env` files, else from the environment.
    pub fn value(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned().or_else(|| inherited(key))
    }

    /// The gateway's config.
    pub fn proxy_config(&self) -> Utf8PathBuf {
        self.value("PROXY_CONFIG").map_or_else(|| self.home.proxy_config(), Utf8PathBuf::from)
    }
}

fn inherited(key: &str) -> Option<String> {
    env::var(key).ok()
}

fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf> {
    camino::absolute_utf8(path).with_context(|| format!("find {path}"))
}

fn env_files(args: &Args, root: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let named = args.env_file.clone();
    if let Some(file) = named.as_ref().filter(|file| !file.is_file()) {
        bail!("{file}: there is no such file; correct --env-file");
    }
    let usual =
        || inherited("STELAE_ENV_FILE").map_or_else(|| root.join(".env"), Utf8PathBuf::from);
    let mut files = vec![named.unwrap_or_else(usual), root.join(".env.local")];
    files.retain(|file| file.is_file());
    Ok(files)
}

fn template(args: &Args, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Utf8PathBuf> {
    let usual = || {
        let clone = Utf8PathBuf::from(lookup("STELAE_DIR")?);
        let known = ["config", "crates/stack/config"].into_iter();
        known.map(|f| clone.join(f).join("proxy.template.json")).find(|path| path.is_file())
    };
    let named = || lookup("STELAE_PROXY_TEMPLATE").map(Utf8PathBuf::from);
    args.template.clone().or_else(named).or_else(usual)
}

/// The embedded stack's bundle in the repository that this was built from.
fn built_in() -> Option<Utf8PathBuf> {
    if installed().is_some() {
        return None;
    }
    let package = inherited("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").to_owned());
    Some(Utf8Path::new(&package).join("../crates/stack/bundle"))
}
