//! A repository that is pushed to another one.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{Finished, Repository, Sandbox};

/// A repository with a bare one to push to, both in a sandbox.
pub struct Pushing<'a> {
    sandbox: &'a Sandbox,
    /// What is pushed.
    pub source: Repository<'a>,
    /// Where it is pushed to.
    pub remote: Utf8PathBuf,
}

impl<'a> Pushing<'a> {
    /// Makes the bare repository beside `source`.
    pub fn new(sandbox: &'a Sandbox, source: Repository<'a>) -> Self {
        let remote = sandbox.path().join("remote.git");
        source.git(&["init", "--quiet", "--bare", remote.as_str()]);
        source.git(&["remote", "add", "origin", remote.as_str()]);
        Self { sandbox, source, remote }
    }

    /// Pushes from the source.
    pub fn push(&self, arguments: &[&str]) -> Finished {
        self.push_from(self.source.path(), arguments)
    }

    /// Pushes from another folder.
    pub fn push_from(&self, folder: &Utf8Path, arguments: &[&str]) -> Finished {
        let mut git = self.sandbox.command("git");
        git.arg("push").args(arguments);
        self.sandbox.run_in(git, folder)
    }

    /// Runs `cargo xtask hook` for the source.
    pub fn hook(&self, what: &str, more: &[&str]) -> Finished {
        let fixed = ["hook", what, "--source", self.source.path().as_str()];
        self.sandbox.xtask(&[&fixed, more].concat())
    }

    /// What a ref of the remote leads to; empty when there is none.
    pub fn remote_ref(&self, name: &str) -> String {
        let mut git = self.sandbox.command("git");
        git.args(["rev-parse", "--verify", "--quiet", name]);
        self.sandbox.run_in(git, &self.remote).stdout.trim().to_owned()
    }

    /// How many runs there were.
    pub fn runs(&self) -> usize {
        fs::read_dir(self.sandbox.runs()).map_or(0, Iterator::count)
    }

    /// Writes a hook of somebody else, which may be executed.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write_hook(&self, folder: &Utf8Path, text: &str) -> Utf8PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("pre-push");
        fs::create_dir_all(folder).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        path
    }
}
