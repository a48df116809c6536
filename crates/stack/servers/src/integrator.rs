//! The installation and removal of servers, so that the gateway that is running serves them.
//!
//! A change is made in the overlay and the overrides of the config home, and then the gateway's
//! config is rendered from the template and them; the gateway takes it up by itself.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use camino::Utf8PathBuf;
use serde_json::{Value, json};
use smoke_bundle::{
    ConfigHome, ServerChange, ServerOptions, install_server, remove_server, render,
};
use smoke_core::files::{PRIVATE, write_atomic};

use super::discovery;
use crate::env_files::{self, variable};

/// Where things are.
pub struct Integrator {
    home: ConfigHome,
    discovery: Utf8PathBuf,
    template: Utf8PathBuf,
    output: Utf8PathBuf,
}

/// What a call asks for besides its operation.
#[derive(Debug, Default)]
pub struct Wish {
    /// The server's name: in the discovery list to install it, in the config to remove it.
    pub name: Option<String>,
    /// The name to install it under.
    pub target_name: Option<String>,
    /// The descriptor itself, instead of a name in the list.
    pub descriptor: Option<Value>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Replace what is set up differently; remove what is not there.
    pub force: bool,
}

impl Integrator {
    /// Takes the places from the environment.
    ///
    /// # Errors
    /// A variable that is needed and missing, or a path that is not absolute.
    pub fn from_environment() -> Result<Integrator> {
        let home = ConfigHome::locate(None, &variable)?;
        let path = |name| variable(name).map(Utf8PathBuf::from);
        let state = |file| home.state_home().join(file);
        Ok(Integrator {
            discovery: path("STELAE_DISCOVERY_PATH")
                .unwrap_or_else(|| state("discovered_servers.json")),
            output: path("PROXY_CONFIG").unwrap_or_else(|| state("proxy.json")),
            template: path("STELAE_PROXY_TEMPLATE")
                .or_else(|| Some(path("STELAE_DIR")?.join("config/proxy.template.json")))
                .context("set STELAE_PROXY_TEMPLATE, or STELAE_DIR to the folder of the clone")?,
            home,
        })
    }

    /// The servers in the discovery list.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn list(&self) -> Result<Value> {
        Ok(json!({"servers": discovery::read(&self.discovery)?, "path": self.discovery}))
    }

    /// Writes the discovery list with the built-in servers in it.
    ///
    /// # Errors
    /// A list that cannot be read or written.
    pub fn discover(&self, wish: &Wish) -> Result<Value> {
        let servers = discovery::known(&self.discovery)?;
        if !wish.dry_run {
            discovery::write(&self.discovery, &servers)?;
        }
        Ok(json!({"servers": servers, "path": self.discovery, "dryRun": wish.dry_run}))
    }

    /// Installs a server and renders the gateway's config.
    ///
    /// # Errors
    /// A server that is not known or cannot be installed here; nothing is then changed.
    pub fn install(&self, wish: &Wish) -> Result<Value> {
        let descriptor = self.descriptor(wish)?;
        let options = self.options(wish);
        self.change(wish, || install_server(&self.home, &descriptor, &options, &self.lookup()?))
    }

    /// Removes a server and renders the gateway's config.
    ///
    /// # Errors
    /// A server that is not there, unless forced, or that belongs to the stack itself; nothing is
    /// then changed.
    pub fn remove(&self, wish: &Wish) -> Result<Value> {
        let Some(name) = &wish.name else { bail!("remove_server needs params.name") };
        if wish.force && !self.is_known(name)? {
            return Ok(json!({"name": name, "dryRun": wish.dry_run, "changed": [], "files": [],
                "rendered": false, "note": "there is no such server"}));
        }
        self.change(wish, || remove_server(&self.home, name, &self.options(wish)))
    }

    /// Renders the gateway's config from the template and the overlay.
    ///
    /// # Errors
    /// A placeholder without a value, or files that cannot be read or written.
    pub fn reconcile(&self, wish: &Wish) -> Result<Value> {
        if wish.dry_run {
            return Ok(json!({"dryRun": true, "path": self.output}));
        }
        let changed = self.render()?;
        Ok(json!({"dryRun": false, "changed": changed, "path": self.output}))
    }

    fn change(&self, wish: &Wish, edit: impl FnOnce() -> Result<ServerChange>) -> Result<Value> {
        let before = [self.home.overlay(), self.home.overrides().to_owned()]
            .map(|path| (fs::read(&path).ok(), path));
        let change = edit()?;
        let rendered = match wish.dry_run {
            true => false,
            false => self.render().inspect_err(|_| put_back(&before)).context(
                "the server cannot be rendered into the gateway's config, so nothing was changed",
            )?,
        };
        Ok(details(&change, rendered))
    }

    /// Renders, and tells whether the config is a different one now.
    fn render(&self) -> Result<bool> {
        let before = fs::read(&self.output).ok();
        render(&self.template, &self.home, &self.output, &self.lookup()?)?;
        Ok(before != fs::read(&self.output).ok())
    }

    fn descriptor(&self, wish: &Wish) -> Result<Value> {
        if let Some(descriptor) = &wish.descriptor {
            return Ok(descriptor.clone());
        }
        let Some(name) = &wish.name else {
            bail!("install_server needs params.name or params.descriptor")
        };
        let known = discovery::known(&self.discovery)?;
        let names: Vec<_> = known.iter().map(discovery::name).collect();
        discovery::find(&known, name).cloned().with_context(|| {
            format!("{name} is not in the discovery list, which has {}", names.join(", "))
        })
    }

    fn options(&self, wish: &Wish) -> ServerOptions {
        ServerOptions {
            name: wish.target_name.clone(),
            template: Some(self.template.clone()),
            dry_run: wish.dry_run,
            force: wish.force,
        }
    }

    fn lookup(&self) -> Result<impl Fn(&str) -> Option<String> + use<>> {
        let files: BTreeMap<String, String> = env_files::read(&self.home)?;
        Ok(move |name: &str| files.get(name).cloned().or_else(|| std::env::var(name).ok()))
    }

    /// Whether the overlay or the overrides speak of the server.
    fn is_known(&self, name: &str) -> Result<bool> {
        for (path, key) in
            [(self.home.overlay(), "mcpServers"), (self.home.overrides().to_owned(), "servers")]
        {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let value: Value =
                serde_json::from_str(&text).with_context(|| format!("parse {path}"))?;
            if value.get(key).and_then(|servers| servers.get(name)).is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Gives files the content they had. What fails here has failed before, and that is reported.
fn put_back(before: &[(Option<Vec<u8>>, Utf8PathBuf)]) {
    for (bytes, path) in before {
        let _ = match bytes {
            Some(bytes) => write_atomic(path, bytes, PRIVATE),
            None => fs::remove_file(path),
        };
    }
}

fn details(change: &ServerChange, rendered: bool) -> Value {
    let files: Vec<_> =
        change.files.iter().map(|file| json!({"path": file.path, "diff": file.diff})).collect();
    let what: Vec<_> = change.what.iter().map(ToString::to_string).collect();
    json!({"name": change.name, "dryRun": change.dry_run, "changed": what, "tools": change.tools,
        "files": files, "rendered": rendered})
}
