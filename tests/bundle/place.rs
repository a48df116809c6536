//! A sandbox with a bundle and a config home in it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_tests::{Finished, Sandbox};

/// A bundle, a config home that is not there yet, and the sandbox that they are in.
pub struct Place {
    pub sandbox: Sandbox,
}

impl Place {
    /// One whose bundle has these servers.
    pub fn new(servers: Value) -> Self {
        let place = Self { sandbox: Sandbox::new() };
        place.bundle(servers);
        place
    }

    /// One whose catalog is this text.
    pub fn with_catalog(text: impl AsRef<[u8]>) -> Self {
        let place = Self::new(json!([]));
        fs::write(place.pack().join("catalog.json"), text).unwrap();
        place
    }

    /// Gives the bundle other servers.
    pub fn bundle(&self, servers: Value) {
        fs::create_dir_all(self.pack()).unwrap();
        let catalog = json!({"schemaVersion": 1, "name": "pack", "servers": servers});
        fs::write(self.pack().join("catalog.json"), catalog.to_string()).unwrap();
    }

    /// The bundle's folder.
    pub fn pack(&self) -> Utf8PathBuf {
        self.sandbox.cwd().join("pack")
    }

    /// The config home.
    pub fn home(&self) -> Utf8PathBuf {
        self.sandbox.cwd().join("config")
    }

    /// Runs bundle-install on them.
    pub fn install(&self, more: &[&str]) -> Finished {
        self.install_from(&self.pack(), more)
    }

    /// Runs bundle-install with another bundle.
    pub fn install_from(&self, bundle: &Utf8Path, more: &[&str]) -> Finished {
        let home = self.home();
        let fixed = ["bundle-install", "--bundle", bundle.as_str(), "--config-home", home.as_str()];
        self.sandbox.xtask(&[&fixed, more].concat())
    }

    /// A JSON file of the config home.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.home().join(name)).unwrap()).unwrap()
    }
}

/// What was printed for programs: one JSON object.
pub fn object(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|_| panic!("{}", finished.shown()))
}
