//! The place of a bench: a folder with a HOME and a TMPDIR of its own, which goes when the bench is over,
//! with everything that still runs in it.

use std::fs;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::{Environment, Origin};
use smoke_core::stop::Stop;
use smoke_core::sweep::{Graces, sweep};
use smoke_core::{process, remove};
use smoke_record::folder::private_folder;
use smoke_record::screen;
use tempfile::TempDir;

/// The variable that all processes of a bench carry.
const TAG: &str = "SMOKE_BENCH_PLACE";

/// The inherited variables that what is measured may depend on: where programs are, and how cargo
/// reaches a registry. Anything else would make figures differ from one developer to the next.
const INHERITED: [&str; 17] = [
    "PATH",
    "LANG",
    "USER",
    "LOGNAME",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTUP_AUTO_INSTALL",
    "CARGO_NET_OFFLINE",
    "CARGO_HTTP_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "NO_PROXY",
];

/// Where a bench runs.
pub struct Place {
    path: Utf8PathBuf,
    /// What every process in it gets as its environment.
    pub environment: Environment,
    /// The wish to stop, which every wait looks at.
    pub stop: Stop,
    /// It is taken away by hand, because not everything in it may be writable.
    _folder: TempDir,
}

impl Place {
    /// A new one in `folder`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(folder: &Utf8Path, inherited: &Environment, stop: &Stop) -> Result<Self> {
        let prefix = tempfile::Builder::new().prefix("smoke-bench-").tempdir_in(folder);
        let made = prefix.with_context(|| format!("make a folder in {folder}"))?;
        let path = Utf8PathBuf::from_path_buf(made.path().to_owned());
        let path = path.map_err(|path| anyhow::anyhow!("{} is not UTF-8", path.display()))?;
        let path = path.canonicalize_utf8().context("find a folder")?;
        for below in ["home", "t"] {
            private_folder(&path.join(below)).context("make a folder")?;
        }
        let environment = clean(inherited, &path);
        Ok(Self { path, environment, stop: stop.clone(), _folder: made })
    }

    /// The folder.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// A folder in it, made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn folder(&self, name: &str) -> Result<Utf8PathBuf> {
        let folder = self.path.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("make {folder}"))?;
        Ok(folder)
    }

    /// A git repository in it with one commit of these files.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> Result<Utf8PathBuf> {
        let folder = self.folder(name)?;
        for (name, text) in files {
            let file = folder.join(name);
            let parent = file.parent().context("find a folder")?;
            fs::create_dir_all(parent).with_context(|| format!("make {parent}"))?;
            fs::write(&file, text).with_context(|| format!("write {file}"))?;
        }
        self.git(&folder, &["init", "--quiet", "--initial-branch=main", "."])?;
        self.commit(&folder, "first")?;
        Ok(folder)
    }

    /// Commits everything in the repository at `folder`.
    ///
    /// # Errors
    /// Git refuses.
    pub fn commit(&self, folder: &Utf8Path, message: &str) -> Result<()> {
        self.git(folder, &["add", "--all"])?;
        let author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
        let commit = ["commit", "--quiet", "--allow-empty", "--message", message];
        self.git(folder, &[&author[..], &commit].concat())
    }

    /// Runs git in `folder`.
    ///
    /// # Errors
    /// Git fails.
    pub fn git(&self, folder: &Utf8Path, arguments: &[&str]) -> Result<()> {
        self.run(&[&["git"], arguments].concat(), folder).map(drop)
    }

    /// That nobody asked to stop.
    ///
    /// # Errors
    /// Somebody did.
    pub fn go_on(&self) -> Result<()> {
        if self.stop.is_set() {
            bail!("stopped");
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let find = || process::carrying(TAG, self.path.as_str());
        for process in sweep(&find, &Graces::default()) {
            screen::say(&format!("pid {} lives on: {}", process.pid, process.command_line()));
        }
        if let Err(error) = remove::all(&self.path) {
            screen::say(&format!("cannot remove {}: {error}", self.path));
        }
    }
}

/// What is needed of `inherited`, with the folders of the place at `path`.
fn clean(inherited: &Environment, path: &Utf8Path) -> Environment {
    let mut environment = Environment::default();
    for key in INHERITED {
        inherited.get(key).iter().for_each(|value| environment.set(key, *value, Origin::Inherited));
    }
    // The toolchain stays where it is, though HOME moves.
    let home = Utf8Path::new(inherited.get("HOME").unwrap_or("/"));
    for (key, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if environment.get(key).is_none() && home.join(usual).is_dir() {
            environment.set(key, home.join(usual), Origin::Inherited);
        }
    }
    for (key, value) in [("HOME", "home"), ("TMPDIR", "t")] {
        environment.set(key, path.join(value), Origin::Run);
    }
    environment.set(TAG, path.as_str(), Origin::Run);
    environment
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use smoke_core::wait::{self, Patience, Probe};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn nothing_is_left_of_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let place = Place::new(folder, &Environment::inherited(), &Stop::default()).unwrap();
        let source = place.repository("source", &[("a/b", "text")]).unwrap();
        assert!(source.join(".git").is_dir());
        let (path, tag) = (place.path().to_owned(), place.path().to_owned());
        place.run(&["sh", "-c", "sleep 1000.5 & :"], &source).unwrap();
        // One that is just becoming another program shows no environment.
        let left = |_| match process::carrying(TAG, tag.as_str()).len() {
            1 => Probe::Ready(()),
            count => Probe::NotYet(count),
        };
        let patience = Patience::local(Duration::from_secs(60));
        wait::until(patience, &Stop::default(), |_| (), left).unwrap();
        drop(place);
        assert!(!path.exists() && process::carrying(TAG, tag.as_str()).is_empty());
    }

    #[test]
    fn the_environment_is_that_of_the_place() {
        let mut inherited = Environment::default();
        for (key, value) in [("PATH", "/bin"), ("HOME", "/no-such"), ("GIT_DIR", "/elsewhere")] {
            inherited.set(key, value, Origin::Inherited);
        }
        let found = clean(&inherited, "/place".into());
        assert_eq!(found.get("HOME"), Some("/place/home"));
        assert_eq!((found.get("PATH"), found.get("GIT_DIR")), (Some("/bin"), None));
    }
}
