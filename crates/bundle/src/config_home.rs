//! The config home, and where its files are.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{Lookup, Refusal};

/// A config home and the paths in it. Making one touches nothing on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigHome {
    root: Utf8PathBuf,
    state: Utf8PathBuf,
    overrides: Utf8PathBuf,
    runtime_overrides: Utf8PathBuf,
    /// Whether what is written is to outlast a power cut.
    pub(crate) lasting: bool,
}

impl ConfigHome {
    /// The config home at the absolute path `root`, with every file in its usual place.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        let root = root.into();
        let state = root.join(".state");
        Self {
            overrides: root.join("tool_overrides.json"),
            runtime_overrides: state.join("tool_overrides.json"),
            state,
            root,
            lasting: true,
        }
    }

    /// One that is deleted in a moment. A power cut may take what was written to it last: nobody
    /// will look for it.
    pub fn disposable(root: impl Into<Utf8PathBuf>) -> Self {
        Self { lasting: false, ..Self::new(root) }
    }

    /// The config home that the environment behind `lookup` names: `explicit` if given, else
    /// `STELAE_CONFIG_HOME`, `$XDG_CONFIG_HOME/stelae` or `~/.config/stelae`. `STELAE_STATE_HOME`,
    /// `STELAE_TOOL_OVERRIDES` and `TOOL_OVERRIDES_PATH` may move files within it.
    ///
    /// # Errors
    /// A path that is relative, or one that should lie in the config home and does not.
    pub fn locate(explicit: Option<&Utf8Path>, lookup: Lookup) -> Result<Self> {
        let given =
            |key: &str| lookup(key).filter(|value| !value.is_empty()).map(Utf8PathBuf::from);
        let root = explicit
            .map(Utf8Path::to_owned)
            .or_else(|| given("STELAE_CONFIG_HOME"))
            .or_else(|| given("XDG_CONFIG_HOME").map(|xdg| xdg.join("stelae")))
            .or_else(|| given("HOME").map(|home| home.join(".config/stelae")));
        let Some(root) = root else {
            bail!("no config home: set STELAE_CONFIG_HOME or HOME");
        };
        require_absolute("the config home", &root)?;
        let mut home = Self::new(root);
        // The variables describe the config home that they were set for, not any other one.
        if explicit.is_some() && given("STELAE_CONFIG_HOME").as_deref() != explicit {
            return Ok(home);
        }
        if let Some(state) = given("STELAE_STATE_HOME") {
            home.state = home.inside("STELAE_STATE_HOME", state)?;
            home.runtime_overrides = home.state.join("tool_overrides.json");
        }
        if let Some(path) = given("STELAE_TOOL_OVERRIDES") {
            home.overrides = home.inside("STELAE_TOOL_OVERRIDES", path)?;
        }
        if let Some(path) = given("TOOL_OVERRIDES_PATH") {
            home.runtime_overrides = home.inside("TOOL_OVERRIDES_PATH", path)?;
        }
        Ok(home)
    }

    /// The folder itself.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The folder of what is made from the config: rendered files, caches.
    pub fn state_home(&self) -> &Utf8Path {
        &self.state
    }

    /// The `.env` file.
    pub fn env_file(&self) -> Utf8PathBuf {
        self.root.join(".env")
    }

    /// The overlay: the servers that are laid over the template.
    pub fn overlay(&self) -> Utf8PathBuf {
        self.root.join("proxy.template.local.json")
    }

    /// The tool overrides that a person or an installer writes.
    pub fn overrides(&self) -> &Utf8Path {
        &self.overrides
    }

    /// The tool overrides that the gateway reads; [`crate::render`] makes them.
    pub fn runtime_overrides(&self) -> &Utf8Path {
        &self.runtime_overrides
    }

    /// The install registry.
    pub fn registry(&self) -> Utf8PathBuf {
        self.root.join("bundle_installs.json")
    }

    /// The folder of the catalog fragments that belong to no bundle.
    pub fn catalog(&self) -> Utf8PathBuf {
        self.root.join("catalog")
    }

    /// The folder that holds a folder for each installed bundle.
    pub fn bundles(&self) -> Utf8PathBuf {
        self.root.join("bundles")
    }

    /// The folder of the installed bundle `name`.
    pub fn bundle(&self, name: &str) -> Utf8PathBuf {
        self.bundles().join(name)
    }

    /// The gateway's rendered config, unless `PROXY_CONFIG` says otherwise.
    pub fn proxy_config(&self) -> Utf8PathBuf {
        self.state.join("proxy.json")
    }

    /// The file whose lock an installer holds.
    pub fn lock(&self) -> Utf8PathBuf {
        self.state.join("bundle.lock")
    }

    /// The folder of what `--force` replaced.
    pub fn backups(&self) -> Utf8PathBuf {
        self.state.join("backups")
    }

    fn inside(&self, what: &str, path: Utf8PathBuf) -> Result<Utf8PathBuf> {
        require_absolute(what, &path)?;
        let plain = path.components().all(|part| part.as_str() != "..");
        if !plain || !path.starts_with(&self.root) {
            bail!(Refusal::new(
                format!("{what} {path} is not in the config home"),
                format!("choose a path below {}", self.root),
            ));
        }
        Ok(path)
    }
}

fn require_absolute(what: &str, path: &Utf8Path) -> Result<()> {
    if !path.is_absolute() {
        bail!(Refusal::new(format!("{what} {path} is not absolute"), "give its full path"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(explicit: Option<&str>, values: &[(&str, &str)]) -> Result<ConfigHome> {
        let find = |key: &str| values.iter().find(|v| v.0 == key).map(|v| v.1.to_owned());
        ConfigHome::locate(explicit.map(Utf8Path::new), &find)
    }

    #[test]
    fn takes_the_first_place_that_is_named() {
        let all = [("STELAE_CONFIG_HOME", "/a"), ("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(locate(Some("/e"), &all).unwrap().root(), "/e");
        assert_eq!(locate(None, &all).unwrap().root(), "/a");
        assert_eq!(locate(None, &all[1..]).unwrap().root(), "/x/stelae");
        assert_eq!(locate(None, &all[2..]).unwrap().root(), "/h/.config/stelae");
        assert!(locate(None, &[]).is_err());
    }

    #[test]
    fn refuses_what_is_relative_or_outside() {
        let home = ("STELAE_CONFIG_HOME", "/a");
        assert!(locate(Some("rel"), &[]).is_err());
        assert!(locate(None, &[home, ("STELAE_STATE_HOME", "/b")]).is_err());
        assert!(locate(None, &[home, ("STELAE_STATE_HOME", "/a/../b")]).is_err());
        let moved = locate(None, &[home, ("STELAE_STATE_HOME", "/a/s")]).unwrap();
        assert_eq!(moved.runtime_overrides(), "/a/s/tool_overrides.json");
    }

    #[test]
    fn another_homes_variables_do_not_count() {
        let values = [("STELAE_CONFIG_HOME", "/a"), ("STELAE_STATE_HOME", "/a/s")];
        assert_eq!(locate(Some("/b"), &values).unwrap().state_home(), "/b/.state");
    }
}
