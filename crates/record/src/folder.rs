//! The run folder: `target/smoke/runs/ID/`, with `target/smoke/latest` pointing at the newest.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::time::SystemTime;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::beneath;
use smoke_core::files::{self, PRIVATE};

/// What shows a file.
const SHOW: &str = "less ";

/// How a quote is written within quotes of a shell.
const QUOTE: &str = r"'\''";

/// The run's own log.
const LOG: &str = "harness.log";

/// Where a run leaves what explains it. It exists from the first moment of a run, outside of its
/// workspace.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: Utf8PathBuf,
}

impl RunFolder {
    /// Makes the folder of run `id` below `artifacts` and points `latest` at it.
    ///
    /// # Errors
    /// The folder cannot be made, as on a full or read-only disk.
    pub fn create(artifacts: &Utf8Path, id: &str) -> Result<Self> {
        let path = artifacts.join("runs").join(id);
        let folders = ["", "logs", "codex-transcripts"].map(|below| path.join(below));
        for folder in folders {
            private_folder(&folder).with_context(|| format!("make the run folder {path}"))?;
        }
        ignore(artifacts).with_context(|| format!("write {artifacts}/.gitignore"))?;
        point_latest(artifacts, id).with_context(|| format!("point {artifacts}/latest at it"))?;
        Ok(Self { path })
    }

    /// The folder of a run that went before.
    pub fn open(path: &Utf8Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Its path.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The command that shows the log of this name in it.
    pub fn read_log(&self, name: &str) -> String {
        self.read_file(&format!("logs/{name}"))
    }

    /// The command that shows the file of this name in it, as a shell takes it.
    pub fn read_file(&self, name: &str) -> String {
        let path = self.path.join(name).into_string();
        let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=".contains(c);
        match path.chars().all(is_plain) {
            true => format!("{SHOW}{path}"),
            false => format!("{SHOW}'{}'", path.replace('\'', QUOTE)),
        }
    }

    /// The advice, but the run's own log where it is to look at a file of this folder that is not there, or empty.
    pub fn in_reach(&self, advice: String) -> String {
        // As a word of its own.
        let shows = format!(" {advice}").find(&format!(" {SHOW}"));
        let Some(at) = shows else { return advice };
        let (before, path) = (&advice[..at], &advice[at + SHOW.len()..]);
        let path = path.trim_matches('\'').replace(QUOTE, "'");
        let has_words = Utf8Path::new(&path).metadata().is_ok_and(|file| file.len() > 0);
        match path.starts_with(self.path.as_str()) && !has_words {
            true => format!("{before}{}", self.read_file(LOG)),
            false => advice,
        }
    }

    /// A file in it, opened to be appended to.
    ///
    /// # Errors
    /// It cannot be made or opened, or a stack has put a link in its place.
    pub fn append(&self, name: &str) -> io::Result<File> {
        beneath::append(&self.path, name)
    }

    /// Replaces a file in it in one step, and a link in its place.
    ///
    /// # Errors
    /// It cannot be written, or a stack has put a link in the place of its folder.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        beneath::replace(&self.path, name, bytes, false)
    }

    /// As [`RunFolder::replace`], but it outlasts a power cut.
    ///
    /// # Errors
    /// As [`RunFolder::replace`].
    pub fn replace_for_good(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        beneath::replace(&self.path, name, bytes, true)
    }
}

/// The log of the step with this id, relative to the run folder.
pub fn log_of(step: &str) -> String {
    format!("logs/{step}.log")
}

/// Makes a folder that only its owner may enter, and the ones above it.
pub fn private_folder(path: &Utf8Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A name that sorts by time and is unique: `20260131-235959-1a2b3c`.
pub fn new_id() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let digits: String = now.chars().filter(char::is_ascii_digit).collect();
    format!("{}-{}-{:06x}", &digits[..8], &digits[8..14], fastrand::u32(..0x100_0000))
}

/// In a repository that does not ignore the folder, run folders would look like changes to it.
fn ignore(artifacts: &Utf8Path) -> io::Result<()> {
    let path = artifacts.join(".gitignore");
    if path.exists() { Ok(()) } else { files::replace(&path, b"*\n", PRIVATE) }
}

/// Points `latest` at the folder of run `id`. The link is made beside the old one and renamed over
/// it, so that it never is missing.
///
/// # Errors
/// It cannot be made.
pub fn point_latest(artifacts: &Utf8Path, id: &str) -> io::Result<()> {
    let (beside, latest) = (artifacts.join(format!(".latest-{id}")), artifacts.join("latest"));
    symlink(Utf8Path::new("runs").join(id), &beside)?;
    fs::rename(&beside, &latest).inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_private_and_latest_points_at_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Utf8Path::from_path(folder.path()).unwrap();
        RunFolder::create(artifacts, "a").unwrap();
        let run = RunFolder::create(artifacts, "b").unwrap();
        assert_eq!(fs::read_link(artifacts.join("latest")).unwrap().to_str(), Some("runs/b"));
        assert_eq!(fs::read_to_string(artifacts.join(".gitignore")).unwrap(), "*\n");
        let mode = fs::metadata(run.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn advice_shows_a_file_with_words() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Utf8Path::from_path(folder.path()).unwrap().join("it's a");
        let run = RunFolder::create(&artifacts, "a").unwrap();
        let quoted = |name: &str| {
            format!("less '{}'", run.path().join(name).as_str().replace('\'', r"'\''"))
        };
        let advice = run.read_log("gateway.log");
        assert_eq!(advice, quoted("logs/gateway.log"));
        assert_eq!(run.in_reach(format!("x, and {advice}")), format!("x, and {}", quoted(LOG)));
        fs::write(run.path().join("logs/gateway.log"), "words\n").unwrap();
        assert_eq!(run.in_reach(advice.clone()), advice);
        assert_eq!(run.in_reach("a stateless server".into()), "a stateless server");
    }

    #[test]
    fn ids_sort_by_time() {
        let id = new_id();
        assert_eq!((id.len(), id.matches('-').count()), (22, 2));
        assert_ne!(id, new_id());
    }
}
